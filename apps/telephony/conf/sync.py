"""Keep Asterisk's include files equal to the rows, whoever changed them and however.

Level-triggered: every `POLL_S` seconds, and at once when nudged, a fingerprint of the rows is
compared; when it differs the files are rendered, replaced atomically, and the modules whose file
really changed are reloaded over AMI. A failed reload is tried again at the next round.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from apps.telephony.conf.render import dids_conf, music_conf, pjsip_conf, queues_conf
from apps.telephony.conf.rows import conf_fingerprint, conf_rows

logger = logging.getLogger(__name__)

POLL_S = 2.0


@dataclass(frozen=True)
class ConfFile:
    """One rendered file and the Asterisk module that reads it."""

    name: str
    module: str


MUSIC = ConfFile("musiconhold_huawu.conf", "res_musiconhold.so")
PJSIP = ConfFile("pjsip_huawu.conf", "res_pjsip.so")
QUEUES = ConfFile("queues_huawu.conf", "app_queue.so")
DIDS = ConfFile("extensions_dids.conf", "pbx_config.so")


class ConfSync:
    """The loop of one node.

    `reload(module)` asks Asterisk over AMI and raises when it fails; `members_changed()` brings the
    queues' members in line after the reload, since who serves a queue may have changed too.
    """

    def __init__(
        self,
        *,
        folder: Path,
        media_address: str,
        reload: Callable[[str], None],
        members_changed: Callable[[], None],
    ) -> None:
        self._folder = folder
        self._media_address = media_address
        self._reload = reload
        self._members_changed = members_changed
        self._are_members_due = False
        self.is_in_line = False
        self._fingerprint = ""
        self._pending: dict[str, None] = {}
        self._nudged = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the loop in its own thread."""
        self._thread = threading.Thread(target=self._run, name="conf-sync", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the loop and wait for it."""
        self._stopping = True
        self._nudged.set()
        if self._thread is not None:
            self._thread.join(10)

    def nudge(self) -> None:
        """Look at the rows now."""
        self._nudged.set()

    def asterisk_restarted(self) -> None:
        """Reload everything at the next round: Asterisk may have started with older files."""
        self._pending.update(
            dict.fromkeys((MUSIC.module, PJSIP.module, QUEUES.module, DIDS.module))
        )
        self._nudged.set()

    def _run(self) -> None:
        while not self._stopping:
            try:
                self.round()
            except DatabaseError:
                logger.warning("database not there, configuration not compared", exc_info=True)
                connection.close()
            except Exception:
                logger.exception("configuration not brought to Asterisk; trying again")
            self._nudged.wait(POLL_S)
            self._nudged.clear()
            close_old_connections()
        connection.close()

    def round(self) -> None:
        """Compare once, write what differs, reload what was written."""
        fingerprint = conf_fingerprint()
        if fingerprint != self._fingerprint:
            self._pending.update(dict.fromkeys(write_files(self._folder, self._media_address)))
            self._are_members_due = True
            self._fingerprint = fingerprint
        for module in list(self._pending):
            self._reload(module)
            del self._pending[module]
            logger.info("asterisk reloaded %s", module)
        if self._are_members_due:
            self._members_changed()
            self._are_members_due = False
        self.is_in_line = True


def write_files(folder: Path, media_address: str) -> list[str]:
    """Write the files that differ; return the modules to reload, in order."""
    rows = conf_rows()
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        # First: queues and dialplan name its classes.
        MUSIC: music_conf(rows),
        PJSIP: pjsip_conf(
            rows, media_address=media_address, trunk_qualify_s=settings.HUAWU_TRUNK_QUALIFY_S
        ),
        QUEUES: queues_conf(rows),
        DIDS: dids_conf(rows),
    }
    return [file.module for file, text in texts.items() if _replace(folder / file.name, text)]


def _replace(path: Path, text: str) -> bool:
    group = path.parent.stat().st_gid
    if path.exists() and path.stat().st_gid == group and path.read_text(encoding="utf-8") == text:
        return False
    temporary = path.with_suffix(".tmp")
    # Secrets' hashes are inside: readable by owner and group only, before anything is in it.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    # The folder's group is Asterisk's; a file made before the folder got it has another.
    with contextlib.suppress(PermissionError):
        os.chown(temporary, -1, group)
    temporary.replace(path)
    return True
