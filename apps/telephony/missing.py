"""What CEL tells against what the ledger knows: what is missing, and what came late. Pure.

AMI stamps an event when it tells it, which under load can be seconds after it happened (measured:
8 s at a load of 33 on two cores); CEL has the time of the happening itself. A late fact is not told
twice but corrected: a fact of CEL's time that names the key it `corrects` (see `engine.fold`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import RESYNC, Fact
from apps.telephony.cel import TIMED

# CEL and AMI take the time of one happening a little apart.
APART = timedelta(seconds=1)
LATE = timedelta(milliseconds=50)
LATEST = timedelta(seconds=30)


@dataclass(frozen=True)
class KnownFact:
    """One fact of a call that the ledger has; `corrects` is the key it replaces, or ''."""

    key: str
    kind: str
    uniqueid: str
    source: str
    at: datetime
    corrects: str = ""


def missing_facts(
    told: Iterable[Fact], known: Sequence[KnownFact], *, is_exact: bool
) -> Iterator[Fact]:
    """Yield what the ledger does not have of one call, and, `is_exact`, corrections.

    `is_exact` says that the teller's times are better than AMI's: CEL's are, CDR's are not.
    """
    replaced = {fact.corrects for fact in known if fact.corrects}
    valid = [fact for fact in known if fact.key not in replaced]
    by_key = {fact.key: fact for fact in known}
    taken: set[str] = set()
    for fact in sorted(told, key=lambda item: item.at):
        if fact.key in by_key:
            same = [one for one in valid if one.key == fact.key]
        elif fact.kind == kinds.QUEUE_LEFT and not fact.data.get("reason"):
            same = _same_leaving(fact, valid)
        elif fact.kind in TIMED:
            same = [one for one in valid if one.key not in taken and _is_same(fact, one)]
            same = sorted(same, key=lambda one: one.at)[:1]
            taken.update(one.key for one in same)
        else:
            same = []
        if not same and fact.key not in by_key:
            yield fact
        elif is_exact:
            yield from (_correction(fact, one) for one in same if _is_late(fact, one))


def _same_leaving(fact: Fact, valid: Sequence[KnownFact]) -> list[KnownFact]:
    # CEL tells the application's end, AMI when the caller left: after an answer, long before.
    same = [one for one in valid if one.key.startswith(_prefix(fact))]
    return [one for one in same if one.at <= fact.at + LATEST]


def _is_same(fact: Fact, known: KnownFact) -> bool:
    if (known.kind, known.uniqueid) != (fact.kind, fact.uniqueid):
        return False
    if abs(known.at - fact.at) < APART:
        return True
    is_named = known.source != RESYNC and known.key.startswith(_prefix(fact))
    return is_named and fact.at <= known.at <= fact.at + LATEST


def _is_late(fact: Fact, known: KnownFact) -> bool:
    # A resynchronisation's times are bounds and were never taken for more.
    return known.source != RESYNC and not known.corrects and known.at - fact.at > LATE


def _prefix(fact: Fact) -> str:
    """Return a timed fact's key up to its time: channel, kind, and bridge or queue."""
    return fact.key.rpartition(":")[0] + ":"


def _correction(fact: Fact, known: KnownFact) -> Fact:
    return replace(fact, key=f"{known.key}:cel", data={**fact.data, "corrects": known.key})
