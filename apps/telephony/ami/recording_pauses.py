"""Let a paused recording go on after its limit: whoever paused it may have forgotten, or be gone.

When is known here only; after a start or a lost link the ledger says what is paused.
"""

from datetime import UTC, datetime, timedelta

from apps.telephony.ami.actions import AmiActions


class RecordingPauses:
    """One node's paused channels. For the chores thread alone."""

    def __init__(self, actions: AmiActions, *, limit_s: int) -> None:
        self._actions = actions
        self._limit = timedelta(seconds=limit_s)
        self._until: dict[str, datetime] = {}

    def pause(self, uniqueids: list[str], *, is_on: bool, now: datetime | None = None) -> None:
        """Pause or resume these channels' recordings; raises AmiError. One that is gone is fine."""
        names = {one.uniqueid: one.channel for one in self._actions.live_channels()}
        for uniqueid in uniqueids:
            if uniqueid not in names:
                continue
            self._actions.recording_mute(names[uniqueid], is_on=is_on)
            if is_on:
                # Paused once more is not paused for longer.
                self._until.setdefault(uniqueid, (now or datetime.now(UTC)) + self._limit)
            else:
                self._until.pop(uniqueid, None)

    def adopt(self, paused: dict[str, datetime]) -> None:
        """Take what the ledger says of pauses that an earlier process began."""
        self._until = {**paused, **self._until}

    def look(self, now: datetime | None = None) -> None:
        """Resume what is over its limit; raises AmiError, and then tries again at the next look."""
        now = now or datetime.now(UTC)
        late = [uniqueid for uniqueid, until in self._until.items() if until <= now]
        if late:
            self.pause(late, is_on=False)
            for uniqueid in late:
                self._until.pop(uniqueid, None)
