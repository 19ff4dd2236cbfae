"""Any flow that the check accepts, small enough to be played through."""

from typing import Any

from hypothesis import strategies as st

from tests.unit.workorders.company import DEPARTMENT

IDS = sorted(DEPARTMENT)
PERSON = st.sampled_from(IDS)
PEOPLE = st.lists(PERSON, min_size=1, max_size=4, unique=True)
RULE = st.one_of(
    PEOPLE.map(lambda ids: {"by": "person", "ids": ids}),
    st.just({"by": "person", "ids": [99]}),
    st.builds(
        lambda role, department: {"by": "role", "role": role, "department": department},
        st.sampled_from(["agent", "team_lead", "admin"]),
        st.sampled_from([None, 1, 2, "submitter"]),
    ),
    st.sampled_from(
        [
            {"by": "department", "department": 1},
            {"by": "department_head", "department": 2},
            {"by": "department_head", "department": "submitter"},
            {"by": "submitter_head"},
            {"by": "submitter"},
            {"by": "field", "field": "engineer"},
            {"by": "previous"},
        ]
    ),
)
ESCALATION = st.lists(
    st.one_of(
        st.sampled_from(["remind", "head", "approve", "return", "reject"]).map(
            lambda do: {"do": do}
        ),
        PERSON.map(lambda person: {"do": "person", "person": person}),
    ),
    max_size=3,
).map(lambda some: [{**one, "after_min": at * 10} for at, one in enumerate(some)])
CONDITION = st.one_of(
    st.builds(
        lambda word, amount: {"field": "amount", "is": word, "value": str(amount)},
        st.sampled_from(["greater", "at_least", "less", "at_most", "equals"]),
        st.integers(0, 20),
    ),
    st.sampled_from([{"field": "result", "is": "empty"}, {"field": "kind", "is": "filled"}]),
)


@st.composite
def people_step(draw: st.DrawFn) -> dict[str, Any]:
    levels = draw(ESCALATION)
    return {
        "kind": draw(st.sampled_from(["approval", "handling"])),
        "name": "step",
        "approvers": draw(RULE),
        **draw(
            st.one_of(
                st.sampled_from([{"mode": "any"}, {"mode": "all"}, {"mode": "sequence"}]),
                st.integers(1, 3).map(lambda k: {"mode": "k", "k": k}),
            )
        ),
        **({"fallback": {"by": "person", "ids": draw(PEOPLE)}} if draw(st.booleans()) else {}),
        **({"deadline_min": 60, "escalation": levels} if levels else {}),
        "editable": draw(st.sampled_from([[], ["amount"], ["amount", "result"]])),
    }


def blocks(inner: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[list[Any]]:
    condition = st.builds(
        lambda cond, then, otherwise: {
            "kind": "condition",
            "branches": [{"if": cond, "steps": then}, {"steps": otherwise}],
        },
        CONDITION,
        inner,
        st.one_of(st.just([]), inner),
    )
    parallel = st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda lists: st.sampled_from([None, *range(1, len(lists) + 1)]).map(
            lambda k: {
                "kind": "parallel",
                "branches": [{"steps": steps} for steps in lists],
                **({} if k is None else {"join": "any", "k": k}),
            }
        )
    )
    one = st.one_of(people_step(), condition, parallel)
    return st.lists(one, min_size=1, max_size=3)


def _keyed(steps: list[Any], count: list[int]) -> list[Any]:
    made = []
    for one in steps:
        count[0] += 1
        keyed = {**one, "key": f"s{count[0]}"}
        if "branches" in one:
            branches = []
            for branch in one["branches"]:
                count[0] += 1
                key = f"s{count[0]}"
                branches.append({**branch, "key": key, "steps": _keyed(branch["steps"], count)})
            keyed["branches"] = branches
        made.append(keyed)
    return made


STEPS = st.recursive(st.lists(people_step(), min_size=1, max_size=2), blocks, max_leaves=5)
FLOWS = st.builds(
    lambda steps, returns, withdraws: {
        "version": 1,
        "steps": _keyed(steps, [0]),
        "max_returns": returns,
        "may_withdraw": withdraws,
    },
    STEPS,
    st.integers(0, 3),
    st.booleans(),
)
