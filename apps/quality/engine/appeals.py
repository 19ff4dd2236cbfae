"""The course of one inspection: from the list to a score that stands. Pure.

A case is the fold of its acts: `replay(acts)` is its state, and what is written is only acts that
`act` has let through. Nobody judges himself: neither the inspected agent nor who set the score
that is appealed against decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

ASSIGNED, DRAFT, PUBLISHED = "assigned", "draft", "published"
ACKNOWLEDGED, APPEALED, DECIDED, CANCELLED = "acknowledged", "appealed", "decided", "cancelled"
STATES = (ASSIGNED, DRAFT, PUBLISHED, ACKNOWLEDGED, APPEALED, DECIDED, CANCELLED)
# Whose score counts and is shown to the agent.
SHOWN = (PUBLISHED, ACKNOWLEDGED, APPEALED, DECIDED)
WAITING = (ASSIGNED, DRAFT)

ASSIGN, GIVE, SAVE, PUBLISH, UNDO = "assign", "give", "save", "publish", "undo"
CORRECT, ACKNOWLEDGE, APPEAL, DECIDE, CANCEL = (
    "correct",
    "acknowledge",
    "appeal",
    "decide",
    "cancel",
)
ACTS = (ASSIGN, GIVE, SAVE, PUBLISH, UNDO, CORRECT, ACKNOWLEDGE, APPEAL, DECIDE, CANCEL)
# From which states an act is possible.
FROM: dict[str, tuple[str, ...]] = {
    GIVE: WAITING,
    SAVE: WAITING,
    PUBLISH: WAITING,
    UNDO: (PUBLISHED,),
    CORRECT: (PUBLISHED, ACKNOWLEDGED),
    ACKNOWLEDGE: (PUBLISHED, DECIDED),
    APPEAL: (PUBLISHED, ACKNOWLEDGED, DECIDED),
    DECIDE: (APPEALED,),
    CANCEL: WAITING,
}
TO = {
    SAVE: DRAFT,
    PUBLISH: PUBLISHED,
    UNDO: DRAFT,
    CORRECT: PUBLISHED,
    ACKNOWLEDGE: ACKNOWLEDGED,
    APPEAL: APPEALED,
    DECIDE: DECIDED,
    CANCEL: CANCELLED,
}

# Why an act is refused.
WRONG_STATE, NOT_HIS, OWN_CASE = "wrong_state", "not_his", "own_case"
TOO_LATE, NO_MORE, JUDGED = "too_late", "no_more_appeals", "judged_it"


class NotPossibleError(ValueError):
    """The act is not possible; `why` is one of the codes of this module."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Rules:
    """A company's rules; they hold for the acts that are tried, not for those that were done."""

    most_appeals: int = 2
    appeal_s: int = 7 * 24 * 3600
    undo_s: int = 15 * 60


@dataclass(frozen=True)
class Act:
    """One act of one person (None: the system) at a time (seconds of any clock).

    `to`: whom the case is given to, of "assign" and "give"; `agent`: whom it is about, of "assign".
    """

    kind: str
    by: int | None
    at: float = 0.0
    to: int | None = None
    agent: int | None = None


@dataclass(frozen=True)
class Case:
    """Where a case stands. People are users' ids; `judges` have set a score that was shown."""

    state: str = ""
    agent: int | None = None
    inspector: int | None = None
    judges: frozenset[int] = frozenset()
    appeals: int = 0
    told_at: float | None = None

    @property
    def is_shown(self) -> bool:
        """Say whether the agent sees the score and it counts."""
        return self.state in SHOWN

    def appeals_left(self, rules: Rules) -> int:
        """Return how often the agent may still appeal, were it in time."""
        return max(0, rules.most_appeals - self.appeals)


def act(case: Case, one: Act, rules: Rules) -> Case:
    """Return the case after an act; raise NotPossibleError when it may not be."""
    why = refusal(case, one, rules)
    if why:
        raise NotPossibleError(why)
    return _apply(case, one)


def replay(acts: Iterable[Act]) -> Case:
    """Return the case that its acts made; they were let through when they were done."""
    case = Case()
    for one in acts:
        case = _apply(case, one)
    return case


def refusal(case: Case, one: Act, rules: Rules) -> str:
    """Return why an act is not possible, '' when it is."""
    if one.kind == ASSIGN:
        is_own = one.to is not None and one.to == one.agent
        return WRONG_STATE if case.state else OWN_CASE if is_own else ""
    if one.kind not in FROM or case.state not in FROM[one.kind]:
        return WRONG_STATE
    if one.kind in (ACKNOWLEDGE, APPEAL):
        return _agents_refusal(case, one, rules)
    if one.by is not None and one.by == case.agent:
        return OWN_CASE
    return _inspectors_refusal(case, one, rules)


def _agents_refusal(case: Case, one: Act, rules: Rules) -> str:
    if one.by is None or one.by != case.agent:
        return NOT_HIS
    if one.kind == APPEAL:
        if not case.appeals_left(rules):
            return NO_MORE
        if case.told_at is None or one.at - case.told_at > rules.appeal_s:
            return TOO_LATE
    return ""


def _inspectors_refusal(case: Case, one: Act, rules: Rules) -> str:
    if one.kind == GIVE:
        return OWN_CASE if one.to is None or one.to == case.agent else ""
    if one.kind == CANCEL:
        return ""
    if one.kind == DECIDE:
        return NOT_HIS if one.by is None else JUDGED if one.by in case.judges else ""
    if one.by is None or one.by != case.inspector:
        return NOT_HIS
    if one.kind == UNDO and (case.told_at is None or one.at - case.told_at > rules.undo_s):
        return TOO_LATE
    # Once an appeal was decided, the decision stands: the inspector does not write over it.
    return WRONG_STATE if one.kind in (UNDO, CORRECT) and case.appeals else ""


def _apply(case: Case, one: Act) -> Case:
    if one.kind == ASSIGN:
        return Case(state=ASSIGNED, agent=one.agent, inspector=one.to)
    if one.kind == GIVE:
        # What the other has begun goes along.
        return replace(case, inspector=one.to)
    after = replace(case, state=TO[one.kind])
    if one.kind in (PUBLISH, CORRECT, DECIDE) and one.by is not None:
        after = replace(after, judges=case.judges | {one.by}, told_at=one.at)
    if one.kind == UNDO:
        after = replace(after, judges=frozenset(), told_at=None)
    if one.kind == APPEAL:
        after = replace(after, appeals=case.appeals + 1)
    return after
