"""The agents half of the board: who is signed in, what his phones do, what follows for his state.

Like the board it takes every event in any order and twice, and has no I/O and no clock.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from apps.acd.engine.agent_seen import Seen
from apps.acd.engine.agent_state import IN_TALK, Live, busiest, derive
from apps.acd.engine.floor import Agent
from apps.acd.engine.rows import AgentRow, Joined, QueueRow

# Asterisk may tell of the state of a phone that rings before it tells that it is dialled.
SAME = timedelta(seconds=1)


class Team:
    """The agents; the board adds the callers."""

    def __init__(self) -> None:
        self._agents: dict[str, AgentRow] = {}
        self._queues: dict[str, QueueRow] = {}
        self._by_phone: dict[str, str] = {}
        self._devices: dict[str, str] = {}
        self._seen: dict[str, Seen] = {}
        # Whose state may be another, and since when when that is known.
        self._touched: dict[str, datetime | None] = {}
        # As decisions see them, until they are touched or their state's time is over.
        self._on_floor: dict[str, Agent] = {}

    # --- What the database says ---

    def rows(
        self, agents: Iterable[AgentRow], queues: Iterable[QueueRow], now: datetime | None = None
    ) -> None:
        """Take the agents who are signed in and the queues; who is missing is signed out."""
        before = self._agents
        self._agents = {agent.id: agent for agent in agents}
        self._queues = {queue.id: queue for queue in queues}
        self._by_phone = {
            phone: agent.id for agent in self._agents.values() for phone in agent.endpoints
        }
        for agent in self._agents.values():
            seen = self._seen.setdefault(agent.id, Seen(idle_since=agent.wish_since))
            seen.idle_since = max(seen.idle_since, agent.wish_since)
            if before.get(agent.id) != agent:
                self._wished(before.get(agent.id), agent, seen, now)
        for gone in before.keys() - self._agents.keys():
            self._on_floor.pop(gone, None)
        for gone in set(self._seen) - set(self._agents):
            if not self._seen[gone].call:
                del self._seen[gone]

    def past(self, agent: str, *, idle_since: datetime | None, taken: int) -> None:
        """Take what the ledger knows of an agent's shift: a restart forgets nobody's turn."""
        seen = self._seen.get(agent)
        if seen is not None:
            self._on_floor.pop(agent, None)
            seen.taken = max(seen.taken, taken)
            if idle_since is not None:
                seen.idle_since = max(seen.idle_since, idle_since)

    def resume(self, agent: str, before: Live, began: datetime, now: datetime) -> None:
        """Take what was told of an agent before a restart; call it when the phones are known."""
        row, seen = self._agents.get(agent), self._seen.get(agent)
        if row is None or seen is None:
            return
        seen.resume(before, began)
        seen.wrap_up_wished(row, now)
        if seen.queue and not seen.call and self._device(agent) not in IN_TALK:
            self._talk_over(seen, now, is_idle=True)
        self._touch(agent)

    # --- What Asterisk says ---

    def device(self, endpoint: str, state: str, now: datetime) -> None:
        """Note a phone's state (Asterisk's word)."""
        before = self._devices.get(endpoint, "")
        self._devices[endpoint] = state
        agent = self._by_phone.get(endpoint, "")
        seen = self._seen.get(agent)
        if seen is None:
            return
        self._touch(agent)
        device = self._device(agent)
        # So short a talk that its "in use" was never told ends with the ringing.
        is_short = bool(seen.call) and before == "RINGING" and device != "RINGING"
        if device == "BUSY" and seen.rings and not seen.call:
            # It rings (device_state_busy_at=1); whether it is answered, the dialling tells.
            return
        if device in IN_TALK:
            if device == "BUSY" and before not in IN_TALK and not seen.talked:
                seen.busy_at = now
            seen.talked = True
            return
        seen.held.clear()
        seen.busy_at = None
        if device != "RINGING":
            seen.rings.clear()
        if seen.kept:
            return  # it vanished in a talk, whose other side waits for it
        if (before in IN_TALK and seen.talked) or is_short:
            self._talk_over(seen, now, is_idle=True)

    def hold(self, channel: str, endpoint: str, *, is_on: bool) -> None:
        """Note that a phone's channel holds its call, or takes it back."""
        agent = self._by_phone.get(endpoint, "")
        seen = self._seen.get(agent)
        if seen is not None:
            seen.hold(channel, is_on=is_on)
            self._touch(agent)

    def phone_lost(self, call: str, linkedid: str, endpoint: str) -> None:
        """Note that a phone vanished in a talk, and that the other (channel) waits for it.

        He stays in the talk: no offer, no wrap-up. It ends with the other's channel, when the
        other goes back to the queue, or after the phone came back as any talk does.
        """
        agent = self._by_phone.get(endpoint, "")
        seen = self._seen.get(agent)
        if seen is not None:
            seen.kept = seen.call = call
            seen.linkedid = seen.linkedid or linkedid
            seen.held.clear()
            self._touch(agent)

    def rejoined(self, endpoint: str) -> None:
        """Note that the phone is back in its talk."""
        agent = self._by_phone.get(endpoint, "")
        seen = self._seen.get(agent)
        if seen is not None:
            seen.kept = ""
            seen.talked = self._device(agent) in IN_TALK
            self._touch(agent)

    def not_rejoined(self, endpoint: str, now: datetime) -> None:
        """Note that the phone did not come: the talk is over."""
        agent = self._by_phone.get(endpoint, "")
        seen = self._seen.get(agent)
        if seen is not None and seen.kept:
            self._talk_over(seen, now, is_idle=True)
            self._touch(agent)

    def rings(
        self,
        channel: str,
        endpoint: str,
        *,
        is_on: bool,
        is_answered: bool = False,
        now: datetime | None = None,
    ) -> None:
        """Note that a phone's channel is dialled, or that this is over."""
        agent = self._by_phone.get(endpoint, "")
        seen = self._seen.get(agent)
        if seen is None:
            return
        self._touch(agent)
        if is_on:
            seen.rings.add(channel)
            if seen.busy_at is not None and now is not None and now - seen.busy_at <= SAME:
                # What made it busy a moment ago was this ringing.
                seen.busy_at, seen.talked = None, False
            return
        # Not answered: until the phone says that it is idle, a moment later, it is as it was.
        if is_answered:
            seen.rings.discard(channel)
            seen.busy_at = None
            seen.talked = seen.talked or self._device(agent) in IN_TALK

    def given(self, call: str, endpoint: str, queue: str, linkedid: str) -> None:
        """Note that a phone got a caller from a colleague: its wrap-up is that of his queue."""
        agent = self._by_phone.get(endpoint, "")
        seen = self._seen.get(agent)
        if seen is None or seen.call == call:
            return
        self._touch(agent)
        seen.took(queue, call, linkedid, is_in_talk=self._device(agent) in IN_TALK)

    def ringing(self, channels: Mapping[str, str]) -> None:
        """Take which channels (and of which endpoints) ring; there are no others."""
        for agent, seen in self._seen.items():
            found = {one for one, phone in channels.items() if self._by_phone.get(phone) == agent}
            if found != seen.rings:
                seen.rings = found
                self._touch(agent)

    # --- What follows ---

    def wish(self, agent: str) -> tuple[bool, str, datetime]:
        """Return whether a signed-in agent wishes to be busy, why, and since when."""
        row = self._agents[agent]
        return row.is_paused, row.pause_reason, row.wish_since

    def _agent(self, row: AgentRow, is_offered: bool, now: datetime) -> Agent:
        seen = self._seen[row.id]
        live = self._live(row, seen, ("", "") if is_offered else None, now)
        return Agent(
            id=row.id,
            state=live.state,
            idle_since=seen.idle_since,
            queues=row.queues,
            skills=row.skills,
            taken=seen.taken,
            until=live.until,
        )

    def _live(
        self, row: AgentRow, seen: Seen, offer: tuple[str, str] | None, now: datetime
    ) -> Live:
        phone = self._devices.get(row.phone, "")
        return derive(seen.signs(row, self._device(row.id), phone, offer), now)

    def _device(self, agent: str) -> str:
        row = self._agents.get(agent)
        return busiest(self._devices.get(phone, "") for phone in row.endpoints) if row else ""

    def _touch(self, *agents: str) -> None:
        for agent in agents:
            if agent:
                self._touched[agent] = None
                self._on_floor.pop(agent, None)

    def _wished(
        self, before: AgentRow | None, row: AgentRow, seen: Seen, now: datetime | None
    ) -> None:
        is_new = before is None or before.wish_since != row.wish_since
        over_at = seen.wrap_up_wished(row, now)
        self._on_floor.pop(row.id, None)
        self._touched[row.id] = over_at or (row.wish_since if is_new else None)

    def _wanted(self, joined: Joined) -> str:
        """Return the agent for whom the caller is kept, '' when he is not signed in here."""
        for agent in self._agents.values():
            if agent.number == joined.wanted and joined.queue in agent.queues:
                return agent.id
        return ""

    def _talk_over(self, seen: Seen, now: datetime, *, is_idle: bool) -> None:
        queue = self._queues.get(seen.queue)
        if seen.answered_at is not None and seen.queue:
            talk_s = (now - seen.answered_at).total_seconds()
            self._handled(seen.queue, talk_s + (queue.wrap_up_s if queue else 0))
            seen.answered_at = None
        seen.talk_over(queue, now, is_idle=is_idle)

    def _handled(self, queue: str, seconds: float) -> None:
        """Take how long a call of the queue took, wrap-up included."""

    def _rest(self, agents: Iterable[str], queue_id: str, now: datetime) -> None:
        queue = self._queues.get(queue_id)
        rest = timedelta(seconds=queue.rest_s if queue else 0)
        for agent in agents:
            if agent in self._seen:
                self._seen[agent].rests_until = now + rest
                self._touch(agent)
