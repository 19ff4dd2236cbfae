"""A flow: the checked document of the steps that an order takes.

A document is a list of steps inside steps (branches hold lists of steps), not a net of arrows: a
flow has no way back, so it ends. Going back is an act of a person (`return`), bounded by
`max_returns`. docs/work-orders.md has every property.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 1
START = "start"
KINDS = ("approval", "handling", "condition", "parallel")
MODES = ("any", "all", "k", "sequence")
RULES = (
    "person",
    "role",
    "department",
    "department_head",
    "submitter_head",
    "submitter",
    "field",
    "previous",
)
ESCALATIONS = ("remind", "head", "person", "approve", "return", "reject")
ROLES = ("agent", "team_lead", "inspector", "admin")
DEFAULT_RETURNS = 10
MOST_RETURNS = 50
MOST_STEPS = 100
MOST_DEEP = 6
MOST_BRANCHES = 20
MOST_PEOPLE = 50
MOST_LEVELS = 5
MOST_MINUTES = 60 * 24 * 366


@dataclass(frozen=True)
class Rule:
    """Who decides a step. `by` as in RULES, and `admin`: the company's admins, for a fall-back."""

    by: str
    ids: tuple[int, ...] = ()
    role: str = ""
    department: int | None = None
    is_submitters_department: bool = False
    levels: int = 1
    field: str = ""


@dataclass(frozen=True)
class Level:
    """What happens when a step is `after_min` working minutes past its deadline (before: < 0)."""

    after_min: int
    do: str
    person: int | None = None


@dataclass(frozen=True)
class Step:
    """A step in which people act."""

    key: str
    kind: str
    name: str
    approvers: Rule
    fallback: Rule
    mode: str = "any"
    k: int = 1
    deadline_min: int | None = None
    levels: tuple[Level, ...] = ()
    editable: tuple[str, ...] = ()
    may_attach: bool = True
    needs_opinion: bool = False
    takes_submitter: bool = False


@dataclass(frozen=True)
class Branch:
    """One way through a block; `condition` None: the else-branch, or a parallel one."""

    key: str
    name: str
    steps: "tuple[Step | Block, ...]"
    condition: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Block:
    """`condition`: the first branch that is true. `parallel`: all, done when `need` of them are."""

    key: str
    kind: str
    name: str
    branches: tuple[Branch, ...]
    need: int = 1


@dataclass(frozen=True)
class Flow:
    """A checked flow. `start_editable` None: whoever submits may fill in every field."""

    steps: tuple[Step | Block, ...]
    start_editable: tuple[str, ...] | None = None
    max_returns: int = DEFAULT_RETURNS
    may_withdraw: bool = True
    types: Mapping[str, str] = field(default_factory=dict)

    def walk(self) -> Iterator[Step | Block]:
        """Yield every step and block in the order of the document."""
        yield from _walk(self.steps)

    @property
    def people_steps(self) -> dict[str, Step]:
        """Return the steps in which people act, by key."""
        return {one.key: one for one in self.walk() if isinstance(one, Step)}


def _walk(steps: tuple[Step | Block, ...]) -> Iterator[Step | Block]:
    for one in steps:
        yield one
        if isinstance(one, Block):
            for branch in one.branches:
                yield from _walk(branch.steps)


def build(document: Mapping[str, Any], types: Mapping[str, str]) -> Flow:
    """Return the flow of a checked document; `flow_check.load` is what others call."""
    start = document.get("start") or {}
    editable = start.get("editable")
    return Flow(
        steps=tuple(_step(raw) for raw in document["steps"]),
        start_editable=None if editable is None else tuple(editable),
        max_returns=document.get("max_returns", DEFAULT_RETURNS),
        may_withdraw=document.get("may_withdraw", True),
        types=dict(types),
    )


def _step(raw: Mapping[str, Any]) -> Step | Block:
    if raw["kind"] in ("condition", "parallel"):
        branches = tuple(
            Branch(
                key=one["key"],
                name=one.get("name", ""),
                steps=tuple(_step(inner) for inner in one["steps"]),
                condition=one.get("if"),
            )
            for one in raw["branches"]
        )
        join = raw.get("join", "all")
        need = 1 if raw["kind"] == "condition" else len(branches) if join == "all" else raw["k"]
        return Block(raw["key"], raw["kind"], raw.get("name", ""), branches, need)
    return Step(
        key=raw["key"],
        kind=raw["kind"],
        name=raw["name"],
        approvers=rule(raw["approvers"]),
        fallback=rule(raw.get("fallback") or {"by": "admin"}),
        mode=raw.get("mode", "any"),
        k=raw.get("k", 1),
        deadline_min=raw.get("deadline_min"),
        levels=tuple(
            Level(one["after_min"], one["do"], one.get("person"))
            for one in raw.get("escalation", ())
        ),
        editable=tuple(raw.get("editable", ())),
        may_attach=raw.get("may_attach", True),
        needs_opinion=raw.get("needs_opinion", False),
        # Nobody approves what he asked for himself; working on it himself is no harm.
        takes_submitter=raw.get("takes_submitter", raw["kind"] == "handling"),
    )


def rule(raw: Mapping[str, Any]) -> Rule:
    """Return the rule of a checked document's part."""
    department = raw.get("department")
    return Rule(
        by=raw["by"],
        ids=tuple(raw.get("ids", ())),
        role=raw.get("role", ""),
        department=None if isinstance(department, str) else department,
        is_submitters_department=department == "submitter",
        levels=raw.get("levels", 1),
        field=raw.get("field", ""),
    )
