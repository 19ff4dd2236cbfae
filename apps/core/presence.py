"""Tell a company's open directories that somebody does something else now: at most once a second.

A nudge without content or number: the page asks for the list anew, with the rights it has then. It
is not kept and may be lost; the page asks by itself now and then.
"""

import threading
import time
from collections.abc import Callable
from functools import partial

from django.db import transaction

from apps.core.events import Envelope, publisher

KIND = "presence"
EVERY_S = 1.0


def presence_group(tenant_id: int) -> str:
    """Return the channel-layer group of the pages that show who does what."""
    return f"presence.{tenant_id}"


class Nudges:
    """One process's; the first is sent at once, those within a second after it as one."""

    def __init__(
        self,
        send: Callable[[float, str, Envelope], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        # When the last one was sent, or will be.
        self._at: dict[int, float] = {}

    def touch(self, tenant_id: int) -> None:
        """Send one now, or soon; nothing when one is on its way."""
        now = self._clock()
        with self._lock:
            last = self._at.get(tenant_id)
            if last is not None and last > now:
                return
            at = now if last is None else max(now, last + EVERY_S)
            self._at[tenant_id] = at
        envelope = Envelope(v=1, seq=0, kind=KIND, tenant=tenant_id, at="", data={})
        self._send(at - now, presence_group(tenant_id), envelope)


nudges = Nudges(lambda wait_s, group, envelope: publisher.send_later(wait_s, group, envelope))


def presence_changed(tenant_id: int) -> None:
    """Say after the commit that somebody of the company changed his state."""
    transaction.on_commit(partial(nudges.touch, tenant_id), robust=True)
