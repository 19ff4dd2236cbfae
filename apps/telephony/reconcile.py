"""Read Asterisk's own CEL file and tell the ledger what we did not hear.

The same keys as AMI's facts, so what was heard is ignored and what was missed is repaired. The
position is kept beside the spool; a rotated or shortened file is read from its beginning. Source of
the columns: asterisk/etc/cel_custom.conf; Asterisk 22 CEL specification.
"""

import csv
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import CEL, Fact, clean, fact_at_key
from apps.calls.models import CallFact
from apps.core.tenancy import all_tenants
from apps.recordings.services import recordings_scan
from apps.voicemail.services import voicemail_scan

logger = logging.getLogger(__name__)

MAX_LINES = 20_000
COLUMNS = 13


class Reconciler:
    """Follows one node's CEL file. `put` takes each fact that the ledger does not have."""

    def __init__(self, node: str, asterisk_dir: Path, put: Callable[[Fact], None]) -> None:
        self._node = node
        self._path = asterisk_dir / "log" / "cel-custom" / "Master.csv"
        self._position_path = settings.HUAWU_DATA_DIR / "spool" / f"cel-{node}.position"
        self._put = put

    def round(self) -> None:
        """Read what is new in the file, then look for files without a row."""
        while self._read() >= MAX_LINES:
            pass
        recordings_scan()
        voicemail_scan()

    def _read(self) -> int:
        if not self._path.exists():
            return 0
        inode, offset = self._position()
        status = self._path.stat()
        if inode != status.st_ino or offset > status.st_size:
            offset = 0
        with self._path.open("rb") as file:
            file.seek(offset)
            lines = []
            for line in file:
                if not line.endswith(b"\n"):
                    break  # being written; the next round reads it whole
                lines.append(line.decode("utf-8", "replace"))
                offset += len(line)
                if len(lines) >= MAX_LINES:
                    break
        facts = [fact for fact in map(self.fact, csv.reader(lines)) if fact is not None]
        for fact in self._missing(facts):
            self._put(fact)
        self._position_path.write_text(json.dumps([status.st_ino, offset]))
        return len(lines)

    def _position(self) -> tuple[int, int]:
        try:
            inode, offset = json.loads(self._position_path.read_text())
        except (OSError, ValueError):
            return 0, 0
        return int(inode), int(offset)

    def _missing(self, facts: list[Fact]) -> list[Fact]:
        linkedids = sorted({fact.linkedid for fact in facts})
        known: set[tuple[str, str]] = set()
        with all_tenants("a node serves every company"):
            for start in range(0, len(linkedids), 500):
                known |= set(
                    CallFact.objects.filter(
                        node=self._node, linkedid__in=linkedids[start : start + 500]
                    ).values_list("linkedid", "key")
                )
        return [fact for fact in facts if self._is_missing(fact, known)]

    def _is_missing(self, fact: Fact, known: set[tuple[str, str]]) -> bool:
        if fact.kind not in (kinds.BRIDGED, kinds.UNBRIDGED, kinds.QUEUED):
            return (fact.linkedid, fact.key) not in known
        # Their keys hold a time that CEL and AMI take a little apart: whoever heard the leg's
        # beginning by AMI heard these too, unless the leg's end was missed.
        heard = (fact.linkedid, f"{fact.uniqueid}:started") in known
        return not (heard and (fact.linkedid, f"{fact.uniqueid}:ended") in known)

    def fact(self, row: list[str]) -> Fact | None:
        """Return the fact of one CEL line, None for lines that tell none."""
        if len(row) < COLUMNS:
            return None
        event, at_text, linkedid, uniqueid, channel, exten, context, number, name = row[:9]
        try:
            at = datetime.fromtimestamp(float(at_text), UTC)
        except ValueError:
            return None
        made = self._kind(event, row, at)
        if made is None or not linkedid or not uniqueid:
            return None
        kind, suffix, data = made
        data["channel"] = clean(channel)
        if kind == kinds.LEG_STARTED:
            data.update(
                exten=clean(exten, 80),
                context=clean(context, 80),
                caller=clean(number, 80),
                caller_name=clean(name),
            )
        return Fact(
            node=self._node,
            linkedid=clean(linkedid, 150),
            key=f"{clean(uniqueid, 150)}:{suffix}",
            kind=kind,
            at=at,
            source=CEL,
            uniqueid=clean(uniqueid, 150),
            data=data,
        )

    def _kind(
        self, event: str, row: list[str], at: datetime
    ) -> tuple[str, str, dict[str, object]] | None:
        extra = _extra(row[12])
        bridge = clean(extra.get("bridge_id", ""), 80)
        if event == "CHAN_START":
            return kinds.LEG_STARTED, "started", {}
        if event == "ANSWER":
            return kinds.LEG_ANSWERED, "answered", {}
        if event == "HANGUP":
            return kinds.LEG_ENDED, "ended", {"cause": clean(extra.get("hangupcause", ""), 5)}
        if event == "BRIDGE_ENTER":
            return kinds.BRIDGED, f"bridged:{bridge}:{fact_at_key(at)}", {"bridge": bridge}
        if event == "BRIDGE_EXIT":
            return kinds.UNBRIDGED, f"unbridged:{bridge}:{fact_at_key(at)}", {"bridge": bridge}
        if event == "APP_START" and row[9] == "Queue":
            queue = clean(row[10].split(",")[0], 80)
            return kinds.QUEUED, f"queued:{queue}:{fact_at_key(at)}", {"queue": queue}
        return None


def _extra(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
