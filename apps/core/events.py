"""Events to browsers: numbered inside the writing transaction, published after its commit.

A publish that fails or is dropped is not an error of the writer: the page sees the hole in `seq`
and asks for a snapshot.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypedDict

from channels.layers import get_channel_layer
from django.db import connection, transaction
from django.utils import timezone

from apps.core.models import StreamCounter

logger = logging.getLogger(__name__)

MAX_PENDING = 10_000
SEND_TIMEOUT_S = 2.0


class Envelope(TypedDict):
    """One numbered event of one stream; `data` is the absolute value, never a difference."""

    v: int
    seq: int
    kind: str
    tenant: int | None
    at: str
    data: dict[str, Any]


@dataclass(frozen=True)
class StreamEvent:
    """What a service wants to tell one stream."""

    stream: str
    kind: str
    tenant_id: int | None
    data: dict[str, Any]


def user_stream(user_id: int) -> str:
    """Return the stream of one person's pages."""
    return f"user.{user_id}"


def group_name(stream: str) -> str:
    """Return the channel-layer group of a stream."""
    return f"stream.{stream}"


def stream_seq(stream: str) -> int:
    """Return the last number given to a stream, 0 before its first event. 1 query."""
    return StreamCounter.objects.filter(stream=stream).values_list("seq", flat=True).first() or 0


def _last_seqs(counts: dict[str, int]) -> dict[str, int]:
    """Take so many numbers of each stream; return the last one of each. 1 query."""
    # The row locks make the order of numbers the order of commits. Taken in stream order by one
    # statement, on PostgreSQL and SQLite.
    taken = sorted(counts.items())
    rows = ", ".join(["(%s, %s)"] * len(taken))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO core_streamcounter (stream, seq) VALUES {rows} "  # noqa: S608 - marks only
            "ON CONFLICT (stream) DO UPDATE SET seq = core_streamcounter.seq + excluded.seq "
            "RETURNING stream, seq",
            [value for row in taken for value in row],
        )
        return {stream: int(seq) for stream, seq in cursor.fetchall()}


def publish_on_commit(events: Iterable[StreamEvent]) -> None:
    """Number the events now and send them after the commit of the current transaction. 1 query.

    Call it last in the transaction: the counters' row locks are taken in stream order.
    """
    ordered = sorted(events, key=lambda item: item.stream)
    if not ordered:
        return
    at = timezone.now().isoformat(timespec="milliseconds")
    counts = Counter(event.stream for event in ordered)
    seqs = {stream: last - counts[stream] for stream, last in _last_seqs(counts).items()}
    for event in ordered:
        seqs[event.stream] += 1
        envelope = Envelope(
            v=1,
            seq=seqs[event.stream],
            kind=event.kind,
            tenant=event.tenant_id,
            at=at,
            data=event.data,
        )
        transaction.on_commit(
            partial(publisher.send, group_name(event.stream), envelope), robust=True
        )


class Publisher:
    """Send envelopes from any thread over one event loop of this process, in order.

    `bind` names the loop that the process already runs (the web's, so that the in-memory layer
    works); otherwise a daemon thread with its own loop is started at the first send.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queue: asyncio.Queue[tuple[str, Envelope]] | None = None
        self._sender: asyncio.Task[None] | None = None
        self.dropped = 0

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use this running loop from now on; call it on the loop's own thread."""
        with self._lock:
            self._loop = loop
            self._queue = asyncio.Queue(MAX_PENDING)
            self._sender = loop.create_task(self._run(self._queue))

    def send(self, group: str, envelope: Envelope) -> None:
        """Queue one envelope; never blocks, drops with a warning when the queue is full."""
        loop = self._running_loop()
        loop.call_soon_threadsafe(self._put, group, envelope)

    def send_later(self, wait_s: float, group: str, envelope: Envelope) -> None:
        """Queue one envelope in so many seconds; never blocks."""
        loop = self._running_loop()
        loop.call_soon_threadsafe(loop.call_later, wait_s, self._put, group, envelope)

    def _put(self, group: str, envelope: Envelope) -> None:
        try:
            assert self._queue is not None  # noqa: S101 - set before the loop is
            self._queue.put_nowait((group, envelope))
        except asyncio.QueueFull:
            self.dropped += 1
            if self.dropped % 1000 == 1:
                logger.warning("event queue full, %d events dropped so far", self.dropped)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is not None and not self._loop.is_closed():
                return self._loop
            self._loop = asyncio.new_event_loop()
            ready = threading.Event()
            loop = self._loop
            thread = threading.Thread(
                target=self._run_loop, args=(loop, ready), name="publisher", daemon=True
            )
            thread.start()
        ready.wait(5)
        return loop

    def _run_loop(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        self._queue = asyncio.Queue(MAX_PENDING)
        self._sender = loop.create_task(self._run(self._queue))
        ready.set()
        loop.run_forever()

    async def _run(self, queue: "asyncio.Queue[tuple[str, Envelope]]") -> None:
        while True:
            group, envelope = await queue.get()
            try:
                layer = get_channel_layer()
                await asyncio.wait_for(
                    layer.group_send(group, {"type": "stream.event", "envelope": envelope}),
                    SEND_TIMEOUT_S,
                )
            except Exception:
                self.dropped += 1
                logger.warning("event not published to %s", group, exc_info=True)


publisher = Publisher()
