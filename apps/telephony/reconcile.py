"""Read Asterisk's own CEL and CDR files and tell the ledger what we did not hear.

The same keys as AMI's facts, so what was heard is ignored and what was missed is repaired. CEL
tells channels, bridges, queues and messages; CDR is the second witness where CEL is switched off.
"""

import csv
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from apps.acd.voicemail_news import voicemail_announce
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.models import CallFact
from apps.core.tenancy import all_tenants
from apps.recordings.services import recordings_scan
from apps.telephony.cel import TIMED, Message, fact_from_cel, facts_from_cdr, message_from_cel
from apps.telephony.log_tail import LogTail
from apps.voicemail.services import voicemail_scan

logger = logging.getLogger(__name__)

# AMI and CEL take the time of one happening a little apart.
APART = timedelta(seconds=1)
WAV_HEADER, BYTES_PER_MS, SHORTEST_MS = 44, 16, 500

Known = dict[str, list[tuple[str, str, str, datetime]]]


class Reconciler:
    """Follows one node's files. `put` takes each fact that the ledger does not have."""

    def __init__(self, node: str, asterisk_dir: Path, put: Callable[[Fact], None]) -> None:
        log, spool = asterisk_dir / "log", settings.HUAWU_DATA_DIR / "spool"
        self._node = node
        self._put = put
        self._voicemail_dir = asterisk_dir / "voicemail"
        self._cel = LogTail(log / "cel-custom" / "Master.csv", spool / f"cel-{node}.position")
        self._cdr = LogTail(log / "cdr-custom" / "Master.csv", spool / f"cdr-{node}.position")

    def round(self) -> None:
        """Read what is new in the files, then look for files without a row."""
        repaired: set[str] = set()
        while lines := self._cel.read():
            repaired |= self._tell(self._missing(self.cel_facts(csv.reader(lines))))
            self._cel.keep()
        while lines := self._cdr.read():
            facts = self._missing(self.cdr_facts(csv.reader(lines)))
            # CEL is the better witness, and what it told is not in the database yet.
            self._tell([fact for fact in facts if fact.linkedid not in repaired])
            self._cdr.keep()
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

    def _missing(self, facts: list[Fact]) -> list[Fact]:
        known = self._known(sorted({fact.linkedid for fact in facts}))
        return [fact for fact in facts if is_missing(fact, known)]

    def _known(self, linkedids: list[str]) -> Known:
        known: Known = {}
        with all_tenants("a node serves every company"):
            for start in range(0, len(linkedids), 500):
                rows = CallFact.objects.filter(
                    node=self._node, linkedid__in=linkedids[start : start + 500]
                ).values_list("linkedid", "key", "kind", "uniqueid", "at")
                for linkedid, key, kind, uniqueid, at in rows:
                    known.setdefault(linkedid, []).append((key, kind, uniqueid, at))
        return known


def is_missing(fact: Fact, known: Known) -> bool:
    """Say whether the ledger has neither this key nor, of timed kinds, the same a moment apart."""
    for key, kind, uniqueid, at in known.get(fact.linkedid, ()):
        if key == fact.key:
            return False
        # CEL tells the application's end, AMI when the caller left: after an answer, long before.
        left = fact.key.rpartition(":")[0]
        if fact.kind == kinds.QUEUE_LEFT and key.startswith(left) and at <= fact.at + APART:
            return False
        same = fact.kind in TIMED and (kind, uniqueid) == (fact.kind, fact.uniqueid)
        if same and abs(at.astimezone(UTC) - fact.at) < APART:
            return False
    return True
