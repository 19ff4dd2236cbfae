"""Random conditions and facts for the tests of whatever stands on them."""

from hypothesis import strategies as st

from apps.acd.engine import fact_fields as f
from apps.acd.engine.conditions import ALWAYS, Condition, Group, Leaf, Not
from apps.acd.engine.fact_fields import Value

QUEUES = ("7001", "7002")
SHORT = st.sampled_from(("a", "ab", "b", "广东省", "广东省广州市", "1", "2.5", "-3"))
NUMBERS = st.sampled_from(("13800138000", "1380013", "1001", "4008001000", "+8613800138000"))
COUNTS = st.one_of(st.integers(-5, 50), st.floats(-5, 50, allow_nan=False))
CLOCKS = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
NAMES = tuple(
    name
    for field in f.FIELDS
    for name in (
        [field.with_parameter(queue) for queue in QUEUES]
        if field.parameter == "queue"
        else [field.with_parameter("city")]
        if field.parameter
        else [field.name]
    )
)


def values(name: str) -> st.SearchStrategy[Value]:
    """Return values that a fact may have."""
    found = f.field_of(name)
    assert found is not None
    field = found[0]
    if field.options:
        return st.sampled_from(field.options)
    kinds: dict[str, st.SearchStrategy[Value]] = {
        f.PHONE: NUMBERS,
        f.COUNT: COUNTS,
        f.FLAG: st.booleans(),
        f.TAGS: st.lists(SHORT, max_size=3).map(tuple),
        f.CLOCK: CLOCKS,
    }
    return kinds.get(field.kind, SHORT)


@st.composite
def leaves(draw: st.DrawFn) -> Leaf:
    """Draw a comparison that can be read."""
    name = draw(st.sampled_from(NAMES))
    found = f.field_of(name)
    assert found is not None
    op = draw(st.sampled_from(found[0].ops))
    if op in f.IF_KNOWN:
        return Leaf(name, op)
    if op == f.BETWEEN:
        if found[0].kind == f.CLOCK:
            return Leaf(name, op, (draw(CLOCKS), draw(CLOCKS)))
        low, high = sorted((float(draw(COUNTS)), float(draw(COUNTS))))
        return Leaf(name, op, (low, high))
    if op in f.NUMBERS and found[0].kind == f.VARIABLE:
        return Leaf(name, op, draw(COUNTS))
    if op in (f.IN, f.NOT_IN, f.HAS, f.HAS_NOT):
        inside = SHORT if found[0].kind == f.TAGS else values(name).map(str)
        return Leaf(name, op, tuple(draw(st.lists(inside, min_size=1, max_size=3))))
    return Leaf(name, op, draw(values(name)))


def conditions() -> st.SearchStrategy[Condition]:
    """Return conditions of a few levels."""
    return st.recursive(
        st.one_of(leaves(), st.just(ALWAYS)),
        lambda inner: st.one_of(
            inner.map(Not),
            st.builds(
                Group, st.sampled_from(("all", "any")), st.lists(inner, max_size=3).map(tuple)
            ),
        ),
        max_leaves=8,
    ).filter(lambda condition: depth(condition) <= 7)


def depth(condition: Condition) -> int:
    """Return how deep a condition goes."""
    if isinstance(condition, Leaf):
        return 1
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    return 1 + max(map(depth, parts), default=0)


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Value]:
    """Draw some facts; what is not drawn is unknown."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return {name: draw(values(name)) for name in names}
