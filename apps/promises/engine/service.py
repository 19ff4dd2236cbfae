"""In which slots of 30 seconds the service answered. Pure.

A slot is up when every part that a caller or an agent needs has said in it that it works, on at
least one node; down when one of them said nothing while another did; unknown when nobody said
anything, or the link to the exchange was lost in it. What is unknown never counts as up.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SLOT = timedelta(seconds=30)
QUARTER = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A beat is written at once; a slot is looked at when its last beat had time to come.
GRACE = timedelta(seconds=30)

WEB, FASTAGI, AMI, WORKER = "web", "fastagi", "ami", "worker"
NEEDED = (WEB, FASTAGI, AMI)
NOBODY, LINK = "nobody", "link"


@dataclass(frozen=True)
class Quarter:
    """Slots of a quarter-hour; up + down + unknown are those that are over and measured.

    `causes`: for what was missing, in how many slots; a slot may have several. The worker is told
    of too, although nobody waits for it.
    """

    up: int = 0
    down: int = 0
    unknown: int = 0
    causes: Mapping[str, int] = ()  # type: ignore[assignment]  # always given

    @property
    def slots(self) -> int:
        """Return how many slots were measured."""
        return self.up + self.down + self.unknown


def slot_of(at: datetime) -> datetime:
    """Return the beginning of the slot that holds a time."""
    return at.astimezone(UTC) - (at - _EPOCH) % SLOT


def quarter_measured(
    quarter: datetime,
    beats: Iterable[tuple[str, datetime]],
    gaps: Collection[tuple[datetime, datetime]],
    *,
    first: datetime,
    now: datetime,
) -> Quarter:
    """Return the slots of a quarter-hour from the beats in it (component, slot).

    `first`: the slot of the first beat ever, before which nothing was measured; `gaps`: times in
    which the link to an exchange was lost. Order and repetition of beats do not matter.
    """
    seen: dict[datetime, set[str]] = {}
    for component, slot in beats:
        seen.setdefault(slot, set()).add(component)
    counts = {"up": 0, "down": 0, "unknown": 0}
    causes: dict[str, int] = {}
    slot = max(quarter, first)
    while slot < quarter + QUARTER and slot + SLOT + GRACE <= now:
        state, why = _slot(seen.get(slot, set()), _is_in(slot, gaps))
        counts[state] += 1
        for cause in why:
            causes[cause] = causes.get(cause, 0) + 1
        slot += SLOT
    return Quarter(**counts, causes=causes)


def _slot(seen: set[str], is_link_lost: bool) -> tuple[str, list[str]]:
    if not seen:
        return "unknown", [NOBODY]
    missing = [one for one in NEEDED if one not in seen]
    causes = [*missing, *([] if WORKER in seen else [WORKER])]
    if missing:
        return "down", causes
    return ("unknown", [LINK, *causes]) if is_link_lost else ("up", causes)


def _is_in(slot: datetime, gaps: Collection[tuple[datetime, datetime]]) -> bool:
    return any(start < slot + SLOT and slot < end for start, end in gaps)
