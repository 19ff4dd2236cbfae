"""A call's stays in queues: each is offered once and ends answered, abandoned or flowed out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# From the word that a caller left a queue to his channel's end when he hung up (22.10: some ms).
HUNG_UP_WITHIN = timedelta(seconds=1)
WAITING, ANSWERED, ABANDONED, FLOWED_OUT = "waiting", "answered", "abandoned", "flowed_out"
# How he left, nobody said yet.
LEFT = "left"
MOVED = "moved"
# Words that do not say how: AMI's QueueCallerLeave comes with every way, QueueCallerAbandon (22.10)
# with the time limit too, `continue` when the dialplan goes on after the talk, '' is CEL's.
SAYS_NOTHING = frozenset({"left", "abandoned", "continue", ""})


@dataclass
class Visit:
    """One stay in one queue. `how` is waiting, answered, abandoned or flowed_out.

    `reason` says how he flowed out: app_queue's word (timeout, full, joinempty, leaveempty,
    withdraw …), `overflow`, `moved` into another queue, '' when nobody said.
    """

    queue: str
    joined_at: datetime
    left_at: datetime | None = None
    how: str = WAITING
    reason: str = ""
    agent_endpoint: str = ""
    # Who waits: in a call that an agent made it is not the channel that began it.
    uniqueid: str = ""

    @property
    def is_open(self) -> bool:
        """Say whether he still waits here."""
        return self.left_at is None

    def leave(self, at: datetime, reason: str) -> None:
        """Note a word about his leaving. The first time counts, and the first that says how.

        `moved` says least: he was seen in another queue before the word why he left this one.
        """
        if self.reason == MOVED and reason not in SAYS_NOTHING:
            self.reason = reason
        if self.how not in (WAITING, LEFT):
            return
        if self.left_at is None:
            self.left_at, self.how = at, LEFT
        if reason not in SAYS_NOTHING:
            self.how, self.reason = FLOWED_OUT, reason

    def come_back(self, queue: str) -> bool:
        """Note that he never left but for a moment between app_queue and the distributor.

        Say whether that can be: not of another queue, nor once an agent had him.
        """
        if self.queue != queue or self.how == ANSWERED:
            return False
        self.how, self.left_at, self.reason = WAITING, None, ""
        return True

    def answer(self, at: datetime, endpoint: str) -> None:
        """Note that an agent has him."""
        if self.how in (WAITING, LEFT):
            self.left_at = self.left_at or at
            self.how, self.agent_endpoint = ANSWERED, endpoint

    def close(self, caller_gone_at: datetime | None) -> None:
        """Decide what nobody said, once the caller's channel has ended."""
        if caller_gone_at is None or self.how not in (WAITING, LEFT):
            return
        if self.left_at is None or caller_gone_at - self.left_at <= HUNG_UP_WITHIN:
            self.how, self.left_at = ABANDONED, self.left_at or caller_gone_at
        else:
            self.how = FLOWED_OUT
