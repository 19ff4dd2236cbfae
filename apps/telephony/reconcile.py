"""Read Asterisk's own CEL and CDR files and tell the ledger what we did not hear.

The same keys as AMI's facts, so what was heard is ignored and what was missed is repaired. CEL
tells channels, bridges, queues and messages; CDR is the second witness where CEL is switched off.
"""

import csv
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from apps.acd.voicemail_news import voicemail_announce
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.models import CallFact
from apps.core.tenancy import all_tenants
from apps.recordings.services import recordings_scan
from apps.telephony.cel import Message, fact_from_cel, facts_from_cdr, message_from_cel
from apps.telephony.log_tail import LogTail
from apps.telephony.missing import KnownFact, missing_facts
from apps.voicemail.scan import voicemail_scan
from apps.voicemail.services import SHORTEST_MS

logger = logging.getLogger(__name__)

WAV_HEADER, BYTES_PER_MS = 44, 16

CEL_TIME, CDR_END = 1, 10
FAR = datetime.max.replace(tzinfo=UTC)

Known = dict[str, list[KnownFact]]


class Reconciler:
    """Follows one node's files. `put` takes each fact that the ledger does not have."""

    def __init__(self, node: str, asterisk_dir: Path, put: Callable[[Fact], None]) -> None:
        log, spool = asterisk_dir / "log", settings.HUAWU_DATA_DIR / "spool"
        self._node = node
        self._put = put
        self._voicemail_dir = asterisk_dir / "voicemail"
        self._cel = LogTail(log / "cel-custom" / "Master.csv", spool / f"cel-{node}.position")
        self._cdr = LogTail(log / "cdr-custom" / "Master.csv", spool / f"cdr-{node}.position")

    def read_logs(self, before: datetime = FAR) -> None:
        """Tell what is new in the files up to `before`; what is younger is read the next time.

        AMI's event of a moment ago may still be on its way: told now, it would be told twice.
        """
        repaired: set[str] = set()
        while lines := self._cel.read(lambda line: _is_before(line, CEL_TIME, before)):
            repaired |= self._tell(self._missing(self.cel_facts(csv.reader(lines)), is_exact=True))
            self._cel.keep()
        while lines := self._cdr.read(lambda line: _is_before(line, CDR_END, before)):
            facts = self._missing(self.cdr_facts(csv.reader(lines)), is_exact=False)
            # CEL is the better witness, and what it told is not in the database yet.
            self._tell([fact for fact in facts if fact.linkedid not in repaired])
            self._cdr.keep()

    @staticmethod
    def scan_files() -> None:
        """Make rows for recordings and messages that have none."""
        recordings_scan()
        for message in voicemail_scan():
            voicemail_announce(message)

    def cel_facts(self, rows: Iterable[Sequence[str]]) -> list[Fact]:
        """Return the facts of CEL lines, a left message's duration from its file."""
        found = []
        for row in rows:
            message = message_from_cel(row, node=self._node)
            fact = self._message_fact(message) if message else fact_from_cel(row, node=self._node)
            if fact is not None:
                found.append(fact)
        return found

    def cdr_facts(self, rows: Iterable[Sequence[str]]) -> list[Fact]:
        """Return the facts of CDR lines; a channel of several lines ends with the last."""
        latest: dict[str, Fact] = {}
        for fact in (fact for row in rows for fact in facts_from_cdr(row, node=self._node)):
            known = latest.get(fact.key)
            is_end = fact.kind == kinds.LEG_ENDED
            if known is None or (fact.at > known.at if is_end else fact.at < known.at):
                latest[fact.key] = fact
        return list(latest.values())

    def _tell(self, missing: list[Fact]) -> set[str]:
        for fact in missing:
            self._put(fact)
        if missing:
            logger.info("%d facts repaired", len(missing), extra={"node": self._node})
        return {fact.linkedid for fact in missing}

    def _message_fact(self, message: Message) -> Fact | None:
        # As our own dialplan does: under half a second is no message.
        path = self._voicemail_dir / message.box / message.file_name
        try:
            duration_ms = (path.stat().st_size - WAV_HEADER) // BYTES_PER_MS
        except OSError:
            return None
        return message.fact(duration_ms) if duration_ms >= SHORTEST_MS else None

    def _missing(self, facts: list[Fact], *, is_exact: bool) -> list[Fact]:
        told: dict[str, list[Fact]] = {}
        for fact in facts:
            told.setdefault(fact.linkedid, []).append(fact)
        known = self._known(sorted(told))
        return [
            missing
            for linkedid, of_call in told.items()
            for missing in missing_facts(of_call, known.get(linkedid, []), is_exact=is_exact)
        ]

    def _known(self, linkedids: list[str]) -> Known:
        known: Known = {}
        with all_tenants("a node serves every company"):
            for start in range(0, len(linkedids), 500):
                rows = CallFact.objects.filter(
                    node=self._node, linkedid__in=linkedids[start : start + 500]
                ).values_list("linkedid", "key", "kind", "uniqueid", "source", "at", "data")
                for linkedid, key, kind, uniqueid, source, at, data in rows:
                    corrects = str(data.get("corrects", ""))
                    known.setdefault(linkedid, []).append(
                        KnownFact(key, kind, uniqueid, source, at.astimezone(UTC), corrects)
                    )
        return known


def _is_before(line: str, column: int, before: datetime) -> bool:
    """Say whether a line's time is before; a line without one is never waited for."""
    if before == FAR:
        return True
    try:
        return float(next(csv.reader([line]))[column]) < before.timestamp()
    except (ValueError, IndexError, StopIteration, csv.Error):
        return True
