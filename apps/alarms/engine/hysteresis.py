"""When an alarm is raised and when it is over: two thresholds and two times. Pure.

Beyond `raise_at` for `raise_after_s` raises; back at `clear_at` for `clear_after_s` ends it. What
lies between the two changes nothing, so a value that trembles about one of them raises one alarm.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

QUIET, RISING, RAISED, CLEARING = "quiet", "rising", "raised", "clearing"
PHASES = (QUIET, RISING, RAISED, CLEARING)
RAISE, CLEAR = "raise", "clear"
# Nobody looked for so long: what was seen before says nothing of the time between.
BLIND_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class Limits:
    """A rule's thresholds and times. `is_rising`: much is bad; else `raise_at` <= `clear_at`."""

    raise_at: float
    clear_at: float
    raise_after_s: float = 0
    clear_after_s: float = 0
    is_rising: bool = True
    # What no value means while the alarm is raised: that it is over, or nothing.
    is_over_without_value: bool = True

    def is_bad(self, value: float | None) -> bool:
        """Say whether the value is at or beyond the first threshold; None never is."""
        if value is None:
            return False
        return value >= self.raise_at if self.is_rising else value <= self.raise_at

    def is_good(self, value: float | None) -> bool:
        """Say whether the value is back at or behind the second threshold."""
        if value is None:
            return self.is_over_without_value
        if self.is_bad(value):
            return False
        return value <= self.clear_at if self.is_rising else value >= self.clear_at


@dataclass(frozen=True)
class Watch:
    """What was seen so far: the phase, since when, and when it was looked at last."""

    phase: str = QUIET
    since: datetime | None = None
    seen_at: datetime | None = None

    @property
    def is_raised(self) -> bool:
        """Say whether the alarm is on."""
        return self.phase in (RAISED, CLEARING)


def step(
    watch: Watch, value: float | None, now: datetime, limits: Limits
) -> tuple[Watch, str | None]:
    """Return what is known after a look, and RAISE or CLEAR when the alarm begins or ends.

    A clock that went back, or a time in which nobody looked, begins the waiting anew; it never
    raises or ends anything by itself.
    """
    waited_anew = _is_blind(watch, now)
    if watch.is_raised:
        phase, done, after_s, ended = CLEARING, limits.is_good(value), limits.clear_after_s, QUIET
        rest, event = RAISED, CLEAR
    else:
        phase, done, after_s, ended = RISING, limits.is_bad(value), limits.raise_after_s, RAISED
        rest, event = QUIET, RAISE
    if not done:
        since = watch.since if watch.phase == rest else now
        return Watch(rest, since, now), None
    since = watch.since if watch.phase == phase and not waited_anew else now
    if since is not None and now - since >= timedelta(seconds=after_s):
        return Watch(ended, now, now), event
    return Watch(phase, since, now), None


def _is_blind(watch: Watch, now: datetime) -> bool:
    if watch.seen_at is None or watch.since is None:
        return True
    return now < watch.seen_at or now < watch.since or now - watch.seen_at > BLIND_AFTER


def silenced(watch: Watch, now: datetime) -> tuple[Watch, str | None]:
    """Return what is known outside the rule's hours: nothing waits, and what was raised ends."""
    ended = replace(watch, phase=QUIET, since=now, seen_at=now)
    return ended, CLEAR if watch.is_raised else None
