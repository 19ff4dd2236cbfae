"""What each queue did lately, as it happens: the live source of `estimate.Pace`.

Remembers events of the last minutes only; a distributor that has just begun knows nothing, and
the estimate falls back to what is usual for its agents.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.acd.engine.estimate import WINDOW, Pace

# Handling times are few and change slowly: the last ones count, however old.
HANDLED = 100


@dataclass
class _Seen:
    # (time, seconds he had waited, whether he waited for an agent)
    answered: deque[tuple[datetime, float, bool]] = field(default_factory=deque)
    gave_up: deque[tuple[datetime, float]] = field(default_factory=deque)
    # (from, to, agents at work) while somebody waited for an agent
    busy: deque[tuple[datetime, datetime, int]] = field(default_factory=deque)
    busy_since: datetime | None = None
    serving: int = 0
    handled_s: deque[float] = field(default_factory=lambda: deque(maxlen=HANDLED))


class Paces:
    """The paces of all queues of one node. Times must not go back; late ones count as now."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window
        self._queues: dict[str, _Seen] = {}

    def busy(self, queue: str, is_busy: bool, serving: int, now: datetime) -> None:
        """Note whether somebody waits for an agent, and how many are at work."""
        seen = self._of(queue)
        is_same = (seen.busy_since is not None) == is_busy and seen.serving == serving
        if is_same:
            return
        if seen.busy_since is not None and now > seen.busy_since:
            seen.busy.append((seen.busy_since, now, seen.serving))
        seen.busy_since = now if is_busy else None
        seen.serving = serving

    def answered(self, queue: str, waited_s: float, has_waited: bool, now: datetime) -> None:
        """Note that an agent took a caller; `has_waited`: nobody was free for him at first."""
        self._of(queue).answered.append((now, waited_s, has_waited))

    def gave_up(self, queue: str, waited_s: float, now: datetime) -> None:
        """Note that a caller hung up waiting."""
        self._of(queue).gave_up.append((now, waited_s))

    def handled(self, queue: str, seconds: float) -> None:
        """Note how long a talk and its wrap-up took."""
        self._of(queue).handled_s.append(seconds)

    def pace(self, queue: str, now: datetime) -> Pace:
        """Return what the queue did in the window that ends now."""
        seen, since = self._of(queue), now - self._window
        for events in (seen.answered, seen.gave_up):
            while events and events[0][0] < since:
                events.popleft()
        while seen.busy and seen.busy[0][1] < since:
            seen.busy.popleft()
        spans = list(seen.busy)
        if seen.busy_since is not None:
            spans.append((seen.busy_since, now, seen.serving))
        agent_s = sum(
            max(0.0, (until - max(start, since)).total_seconds()) * serving
            for start, until, serving in spans
        )
        waits = [event[1] for event in seen.answered] + [event[1] for event in seen.gave_up]
        return Pace(
            answered=sum(has_waited for _, _, has_waited in seen.answered),
            agent_s=agent_s,
            gave_up=len(seen.gave_up),
            waited_s=sum(waits),
            handle_s=sum(seen.handled_s) / len(seen.handled_s) if seen.handled_s else None,
        )

    def _of(self, queue: str) -> _Seen:
        return self._queues.setdefault(queue, _Seen())
