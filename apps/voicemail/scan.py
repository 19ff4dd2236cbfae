"""Find messages that were left while we were down: files without a row."""

import logging
import wave
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.utils import timezone

from apps.calls.models import Call
from apps.core.tenancy import all_tenants
from apps.voicemail.files import voicemail_folder
from apps.voicemail.models import VoicemailMessage
from apps.voicemail.services import SHORTEST_MS, voicemail_left

logger = logging.getLogger(__name__)

# Younger files are still being recorded.
SETTLED_S = 10
# Between the call and the number of its take; Asterisk's ids have no such sign.
TAKE = "~"


@dataclass(frozen=True)
class Take:
    """One file: the `number`th try of a caller to leave a message in one box."""

    path: Path
    linkedid: str
    number: int
    changed_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        """Return what all takes of one message share."""
        return self.path.parent.name, self.linkedid


class VoicemailScan:
    """Looks through the folder; remembers what held no message, so that it is read only once."""

    def __init__(self) -> None:
        self._empty: dict[Path, datetime] = {}

    def __call__(self) -> list[VoicemailMessage]:
        """Make rows for messages without one; return them. 2 queries and some a message."""
        takes = self._takes()
        if not takes:
            return []
        folder = voicemail_folder()
        found = []
        with all_tenants("a node serves every company"):
            known = {
                (row.box, row.linkedid)
                for row in VoicemailMessage.objects.filter(
                    linkedid__in={take.linkedid for take in takes}
                ).only("box", "linkedid")
            }
            new = [take for take in takes if take.key not in known]
            calls = {
                call.linkedid: call
                for call in Call.objects.filter(linkedid__in={take.linkedid for take in new})
            }
            done: set[tuple[str, str]] = set()
            # The last take counts; an earlier one only when nothing was said in the later.
            for take in sorted(new, key=lambda one: (one.key, -one.number)):
                call = calls.get(take.linkedid)
                # A silent caller's file may not grow for long: while he is there it may yet.
                if take.key in done or (call is not None and call.ended_at is None):
                    continue
                duration_ms = _duration_ms(take.path)
                if duration_ms < SHORTEST_MS:
                    self._empty[take.path] = take.changed_at
                    continue
                done.add(take.key)
                message = voicemail_left(
                    linkedid=take.linkedid,
                    box=take.path.parent.name,
                    path=str(folder / take.path),
                    duration_ms=duration_ms,
                    at=take.changed_at,
                    caller=call.caller if call else "",
                    call=call,
                )
                if message is not None:
                    found.append(message)
        return found

    def _takes(self) -> list[Take]:
        """Return the files that may hold a message and have been still for a while."""
        before = timezone.now().timestamp() - SETTLED_S
        takes = []
        seen = set()
        for path in sorted(voicemail_folder().glob("*/*.wav")):
            seen.add(path)
            try:
                changed = path.stat().st_mtime
            except OSError:
                continue
            changed_at = datetime.fromtimestamp(changed, UTC)
            if changed > before or self._empty.get(path) == changed_at:
                continue
            linkedid, _, number = path.stem.partition(TAKE)
            takes.append(Take(path, linkedid, int(number) if number.isdigit() else 1, changed_at))
        self._empty = {path: at for path, at in self._empty.items() if path in seen}
        return takes


def _duration_ms(path: Path) -> int:
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnframes() * 1000 // file.getframerate()
    except (wave.Error, EOFError, OSError):
        logger.info("message %s holds no sound", path)
        return 0


voicemail_scan = VoicemailScan()
