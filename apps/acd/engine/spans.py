"""An agent's day as spans: what he was, from when to when. Pure; times are aware UTC.

`SpanLog` is told states and answers with the spans that changed. A span's natural key is (agent,
started_at), so that writing it twice, or what is newer over what is older, is harmless. Spans of an
agent never overlap, have no hole between sign-in and sign-out, and begin at whole milliseconds, so
that a sum over rows is exact. What nobody saw (link lost, process dead) is a span of its own,
`is_uncertain`, with the state that was believed.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.acd.engine.agent_state import PAUSED, READY, Live, is_allowed
from apps.acd.engine.board import Board

# What made a span begin.
EVENT, WISH, TIMER, RESYNC = "event", "wish", "timer", "resync"
# So many closed spans of an agent may a sign-out that is read late still take back.
RECENT = 32


@dataclass(frozen=True)
class Span:
    """One state of one agent. `ended_at` None: still so; not after `started_at`: it never was."""

    agent: str
    started_at: datetime
    live: Live
    source: str = EVENT
    ended_at: datetime | None = None
    is_uncertain: bool = False

    @property
    def is_void(self) -> bool:
        """Say whether the span is to be forgotten."""
        return self.ended_at is not None and self.ended_at <= self.started_at


@dataclass(frozen=True)
class Stay:
    """A session that is over."""

    agent: str
    signed_in_at: datetime
    signed_out_at: datetime


class SpanLog:
    """The open span of each agent. Told in any order; time never runs backwards for one agent."""

    def __init__(self) -> None:
        self._open: dict[str, Span] = {}
        # Up to when each agent's time is told.
        self._told: dict[str, datetime] = {}
        self._recent: dict[str, deque[Span]] = {}
        # Whose open span ends by itself, and when: few of many, asked at each event.
        self._ends: dict[str, datetime] = {}
        self.is_blind = True
        self.impossible: list[tuple[str, str, str]] = []

    def open(self, agent: str) -> Span | None:
        """Return what the agent is, None when he is signed out."""
        return self._open.get(agent)

    @property
    def agents(self) -> frozenset[str]:
        """Return who is signed in."""
        return frozenset(self._open)

    def told_until(self, agent: str) -> datetime | None:
        """Return up to when the agent's time is told."""
        return self._told.get(agent)

    def due(self, now: datetime) -> list[tuple[str, datetime]]:
        """Return whose state has ended by itself, and when, earliest first."""
        found = [(agent, until) for agent, until in self._ends.items() if until <= now]
        return sorted(found, key=lambda one: (one[1], one[0]))

    def seen(self, agent: str, live: Live, at: datetime, source: str) -> list[Span]:
        """Take a signed-in agent's state; return what changed."""
        at = max(whole_ms(at), self._told.get(agent, whole_ms(at)))
        span = self._open.get(agent)
        if span is None:
            return [self._begin(agent, live, at, source)]
        if self._goes_on(span, live):
            return self._amend(span, live)
        is_seen = not self.is_blind and not span.is_uncertain
        if is_seen and not is_allowed(span.live.state, live.state):
            self.impossible.append((agent, span.live.state, live.state))
        closed = [self._close(span, at)] if at > span.started_at else []
        return [*closed, self._begin(agent, live, at, source)]

    def gone(self, agent: str, at: datetime) -> list[Span]:
        """Take an agent's sign-out; what was told of him after it is taken back."""
        at = whole_ms(at)
        span = self._open.pop(agent, None)
        self._ends.pop(agent, None)
        if span is None:
            return []
        found = [self._close(span, max(at, span.started_at))]
        recent = self._recent.get(agent, deque())
        for late in [late for late in recent if late.ended_at is not None and late.ended_at > at]:
            recent.remove(late)
            found.append(self._close(late, max(at, late.started_at)))
        kept = [one.ended_at for one in found if one.ended_at is not None and not one.is_void]
        self._told[agent] = max(kept, default=min(one.started_at for one in found))
        return found

    def blind(self, at: datetime) -> list[Span]:
        """Note that from `at` on nothing is seen: every state is only believed."""
        self.is_blind = True
        found = []
        for agent, span in sorted(self._open.items()):
            if span.is_uncertain:
                continue
            then = max(whole_ms(at), span.started_at)
            if then > span.started_at:
                found.append(self._close(span, then))
            found.append(self._begin(agent, span.live, then, RESYNC))
        return found

    def resume(self, spans: Iterable[Span]) -> None:
        """Take what was written before a restart: open spans, and closed ones of the last time."""
        self.is_blind = True
        for span in sorted(spans, key=lambda one: one.started_at):
            if span.ended_at is None:
                self._is_open(span)
            else:
                self._close(span, span.ended_at)
            self._told[span.agent] = span.ended_at or span.started_at

    def unbroken_since(self, agent: str) -> datetime | None:
        """Return since when the agent is signed in as far as his spans are known here."""
        span = self._open.get(agent)
        if span is None:
            return None
        since = span.started_at
        for earlier in reversed(self._recent.get(agent, deque())):
            if earlier.ended_at != since:
                break
            since = earlier.started_at
        return since

    def _begin(self, agent: str, live: Live, at: datetime, source: str) -> Span:
        span = Span(agent, at, live, source, is_uncertain=self.is_blind)
        self._is_open(span)
        self._told[agent] = at
        return span

    def _is_open(self, span: Span) -> None:
        self._open[span.agent] = span
        if span.live.until is None:
            self._ends.pop(span.agent, None)
        else:
            self._ends[span.agent] = span.live.until

    def _close(self, span: Span, at: datetime) -> Span:
        closed = replace(span, ended_at=at)
        if not closed.is_void:
            self._recent.setdefault(span.agent, deque(maxlen=RECENT)).append(closed)
        return closed

    def _goes_on(self, span: Span, live: Live) -> bool:
        if span.is_uncertain != self.is_blind:
            return False
        is_same = (span.live.state, span.live.reason) == (live.state, live.reason)
        # A talk is known from the phone before it is known with whom, and a phone rings for a
        # moment after its offer is over.
        return is_same and ("" in (span.live.call, live.call) or span.live.call == live.call)

    def _amend(self, span: Span, live: Live) -> list[Span]:
        if not live.call:
            live = replace(live, call=span.live.call, queue=live.queue or span.live.queue)
        if span.live == live:
            return []
        changed = replace(span, live=live)
        self._is_open(changed)
        return [changed]


class StateHistory:
    """The board's agents as spans. Call `after` with each event's time, right after it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.log = SpanLog()
        # The session that each agent's open span is of.
        self._signed_in: dict[str, datetime] = {}
        self._before: dict[str, Span] = {}
        # Since when somebody is not there though no session of his is over.
        self._missing: dict[str, datetime] = {}

    def resume(self, spans: Iterable[Span], seen_at: datetime) -> list[Span]:
        """Take what an earlier process wrote, see `SpanLog.resume`; it saw up to `seen_at`."""
        self.log.resume(spans)
        for agent in self.log.agents:
            span, since = self.log.open(agent), self.log.unbroken_since(agent)
            if span is not None and since is not None:
                self._before[agent], self._signed_in[agent] = span, since
        return self.log.blind(seen_at)

    def rows(
        self, signed_in: Iterable[tuple[str, datetime]], ended: Iterable[Stay], now: datetime
    ) -> list[Span]:
        """Take who is signed in since when, and which sessions are over; after `Board.rows`."""
        found: list[Span] = []
        here = dict(signed_in)
        stays = sorted(ended, key=lambda stay: (stay.signed_in_at, stay.agent))
        for stay in stays:
            found += self._stayed(stay)
        missing = {agent: self._missing.get(agent, now) for agent in self.log.agents - set(here)}
        for agent in sorted(set(missing) & set(self._missing)):
            # Left without a word, and none came later: he may not sign in any more.
            found += self.log.gone(agent, missing.pop(agent))
        self._missing = missing
        for agent, at in here.items():
            since = self._signed_in.get(agent)
            if self.log.open(agent) is not None and since is not None and whole_ms(at) > since:
                # Another session than we know, whose predecessor's end was not heard.
                found += self.log.gone(agent, at)
            if self.log.open(agent) is None:
                found += self._arrived(agent, at, now)
        return found

    def after(self, at: datetime, source: str = EVENT) -> list[Span]:
        """Return what changed up to and by what happened at `at`."""
        touched = self._board.touched()
        if self.log.is_blind:
            return []
        found = self._timers(at)
        for agent, since in touched.items():
            is_wish = since is not None
            live = self._board.live(agent, at)
            if live is not None and self.log.open(agent) is not None:
                found += self.log.seen(
                    agent, live, min(since or at, at), WISH if is_wish else source
                )
        return found + self._timers(at)

    def blind(self, at: datetime) -> list[Span]:
        """Note that nothing is seen from `at` on."""
        return [] if self.log.is_blind else self.log.blind(at)

    def sighted(self, at: datetime) -> list[Span]:
        """Note that all phones' states are known again; after the board was told them."""
        for agent, span in self._before.items():
            self._board.resume(agent, span.live, span.started_at, at)
        self._before = {}
        self._board.touched()
        self.log.is_blind = False
        found: list[Span] = []
        for agent in sorted(self.log.agents):
            live = self._board.live(agent, at)
            if live is not None:
                found += self.log.seen(agent, live, at, RESYNC)
        return found

    def _timers(self, at: datetime) -> list[Span]:
        found: list[Span] = []
        while due := self.log.due(at):
            changed: list[Span] = []
            for agent, until in due:
                live = self._board.live(agent, until)
                if live is not None:
                    changed += self.log.seen(agent, live, until, TIMER)
            if not changed:
                # The board thinks otherwise of the end; it will tell.
                break
            found += changed
        return found

    def _stayed(self, stay: Stay) -> list[Span]:
        """Close a session that is over, or tell of one that came and went unseen."""
        since = self._signed_in.get(stay.agent)
        began = whole_ms(stay.signed_in_at)
        if self.log.open(stay.agent) is not None and since is not None:
            # After a restart `since` is the beginning of a span within the session.
            is_this = began == since or began < since < stay.signed_out_at
            return self.log.gone(stay.agent, stay.signed_out_at) if is_this else []
        told = self.log.told_until(stay.agent)
        if told is not None and told > began:
            return []
        if since is not None and since >= began:
            return []
        self._signed_in[stay.agent] = began
        found = self.log.seen(stay.agent, Live(READY), stay.signed_in_at, WISH)
        return found + self.log.gone(stay.agent, stay.signed_out_at)

    def _arrived(self, agent: str, at: datetime, now: datetime) -> list[Span]:
        self._signed_in[agent] = whole_ms(at)
        wish = self._board.wish(agent)
        if self.log.is_blind:
            paused = Live(PAUSED, reason=wish[1])
            return self.log.seen(agent, paused if wish[0] else Live(READY), at, WISH)
        found: list[Span] = []
        if wish[0] and whole_ms(wish[2]) > whole_ms(at):
            # He was ready for a moment before we heard of him.
            found += self.log.seen(agent, Live(READY), at, WISH)
            at = wish[2]
        live = self._board.live(agent, now)
        return found + (self.log.seen(agent, live, at, WISH) if live is not None else [])


def whole_ms(at: datetime) -> datetime:
    """Return the time cut to its millisecond."""
    return at - timedelta(microseconds=at.microsecond % 1000)
