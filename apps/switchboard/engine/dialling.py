"""May this agent dial this number now, which number is shown, how long may he talk. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time

from apps.core.number_kind import NumberKind, is_emergency

ALLOWED = ""
BARRED = "barred"
OUTSIDE_HOURS = "outside_hours"
UNWELCOME = "unwelcome"


@dataclass(frozen=True)
class Rights:
    """What an agent may dial.

    `highest` is the costliest kind; `opens` and `closes` bound calls to the outside (None: any
    time; closing before opening means over midnight); `limit_s` ends a talk, 0: never.
    """

    highest: NumberKind = NumberKind.NATIONAL
    opens: time | None = None
    closes: time | None = None
    limit_s: int = 0


@dataclass(frozen=True)
class Grant:
    """One row that gives a class: of an agent, of a department, or of the company."""

    highest: NumberKind
    limit_s: int | None = None


def rights(
    *,
    agent: Grant | None,
    departments: Sequence[Grant | None],
    company: Grant | None,
    opens: time | None = None,
    closes: time | None = None,
) -> Rights:
    """Return the rights in force: the agent's own, else the nearest department's, else company's.

    `departments` begin with the agent's own. A limit that a row leaves open (None) is asked of the
    next one.
    """
    chain = [grant for grant in (agent, *departments, company) if grant is not None]
    highest = chain[0].highest if chain else Rights().highest
    limits = [grant.limit_s for grant in chain if grant.limit_s is not None]
    return Rights(highest, opens, closes, limits[0] if limits else 0)


def refusal(
    *, number: str, kind: NumberKind, given: Rights, now: time, is_blacklisted: bool
) -> str:
    """Return why the number may not be dialled, `ALLOWED` when it may.

    Emergency numbers always may: before every other rule. `now` is the company's local time.
    """
    if kind == NumberKind.INTERNAL or is_emergency(number):
        return ALLOWED
    if kind > given.highest:
        return BARRED
    if is_blacklisted:
        return UNWELCOME
    if not _is_open(given, now):
        return OUTSIDE_HOURS
    return ALLOWED


def _is_open(given: Rights, now: time) -> bool:
    if given.opens is None or given.closes is None or given.opens == given.closes:
        return True
    if given.opens < given.closes:
        return given.opens <= now < given.closes
    return now >= given.opens or now < given.closes


@dataclass(frozen=True)
class ShownRule:
    """One rule of which number is shown; what is empty fits every call.

    `area` is the beginning of the number called without its trunk prefix ("20", "138"), or of its
    region's name ("广东").
    """

    shown: str
    agent: str = ""
    queue: str = ""
    area: str = ""

    def fits(self, *, agent: str, queue: str, number: str, region: str) -> bool:
        """Say whether the rule is for this call."""
        if self.agent and self.agent != agent:
            return False
        if self.queue and self.queue != queue:
            return False
        if not self.area:
            return True
        return _national(number).startswith(self.area.lstrip("0")) or region.startswith(self.area)


def _national(number: str) -> str:
    return number.removeprefix("+86").removeprefix("0086").lstrip("0")


def number_shown(
    rules: Iterable[ShownRule], *, agent: str, queue: str, number: str, region: str, default: str
) -> str:
    """Return the number that the called one sees: of the first rule that fits, else the default."""
    for rule in rules:
        if rule.fits(agent=agent, queue=queue, number=number, region=region):
            return rule.shown
    return default
