"""What events told of one agent: his talk, its wrap-up, his rest. Part of the board."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.acd.engine.agent_state import HELD, IN_TALK, TALKING, WRAP_UP, Live, Signs
from apps.acd.engine.rows import AgentRow, QueueRow

# That of a hold which was told before a restart.
UNKNOWN_CHANNEL = "?"


@dataclass
class Seen:
    """One agent. `queue` and `linkedid`: of his talk from a queue, whose end begins the wrap-up."""

    idle_since: datetime
    taken: int = 0
    queue: str = ""
    call: str = ""
    linkedid: str = ""
    answered_at: datetime | None = None
    # Who waits for his browser phone, which vanished in their talk (channel); his talk goes on.
    kept: str = ""
    talked: bool = False
    # Since when his phone is busy though nothing was heard of a ringing; it may be told yet.
    busy_at: datetime | None = None
    # His channels that hold somebody.
    held: set[str] = field(default_factory=set)
    # His channels that ring.
    rings: set[str] = field(default_factory=set)
    # Of which (queue, linkedid) he wraps up, and since when.
    wrap_up: tuple[str, str] = ("", "")
    wrap_up_began: datetime | None = None
    wrap_up_until: datetime | None = None
    rests_until: datetime | None = None

    def took(self, queue: str, call: str, linkedid: str, *, is_in_talk: bool) -> None:
        """Note that he has this call now."""
        self.taken += 1
        self.queue, self.call, self.linkedid = queue, call, linkedid
        self.talked = is_in_talk
        self.wrap_up_began = self.wrap_up_until = None

    def hold(self, channel: str, *, is_on: bool) -> None:
        """Note that a channel of his holds somebody, or does no more."""
        self.held.discard(UNKNOWN_CHANNEL)
        if is_on:
            self.held.add(channel)
        else:
            self.held.discard(channel)

    def talk_over(self, queue: QueueRow | None, now: datetime, *, is_idle: bool) -> None:
        """End his call; while his phone is not idle he still talks, and it ends once more."""
        if queue is not None and queue.wrap_up_s:
            self.wrap_up, self.wrap_up_began = (self.queue, self.linkedid), now
            self.wrap_up_until = now + timedelta(seconds=queue.wrap_up_s)
        self.idle_since, self.call, self.kept = max(self.idle_since, now), "", ""
        if is_idle:
            self.queue, self.linkedid, self.talked = "", "", False
            self.held.clear()

    def wrap_up_wished(self, row: AgentRow, now: datetime | None) -> datetime | None:
        """End (return when) or lengthen his wrap-up; a late wish begins no new one."""
        if self.wrap_up_began is None or self.wrap_up_until is None:
            return None
        if row.wrap_up_over_at is not None and row.wrap_up_over_at >= self.wrap_up_began:
            self.wrap_up_began = self.wrap_up_until = None
            return row.wrap_up_over_at
        if row.wrap_up_until is not None and (now is None or now < self.wrap_up_until):
            self.wrap_up_until = max(self.wrap_up_until, row.wrap_up_until)
        return None

    def resume(self, before: Live, began: datetime) -> None:
        """Take what was told of him before a restart."""
        if not before.queue or self.queue or self.wrap_up_began:
            return
        if before.state in (TALKING, HELD):
            self.queue, self.linkedid, self.talked = before.queue, before.call, True
            if before.state == HELD:
                self.held.add(UNKNOWN_CHANNEL)
        elif before.state == WRAP_UP:
            self.wrap_up, self.wrap_up_began = (before.queue, before.call), began
            self.wrap_up_until = before.until

    def signs(self, row: AgentRow, device: str, phone: str, offer: tuple[str, str] | None) -> Signs:
        """Gather what is known; `offer` is (queue, linkedid) of what he is offered."""
        is_talk = bool(self.call) or device in IN_TALK
        queue, call = (self.queue, self.linkedid) if is_talk else self.wrap_up
        return Signs(
            device=device,
            phone=phone,
            is_paused=row.is_paused,
            reason=row.pause_reason,
            pause_until=row.pause_until,
            has_call=bool(self.call),
            is_held=bool(self.held),
            # Offered he was idle: a phone that is busy since then rings, until he has the call.
            is_rung=(bool(self.rings) and not self.talked)
            or (offer is not None and self.busy_at is not None),
            queue=queue,
            call=call,
            is_offered=offer is not None,
            offer=offer[1] if offer else "",
            offer_queue=offer[0] if offer else "",
            wrap_up_until=self.wrap_up_until,
            rests_until=self.rests_until,
        )
