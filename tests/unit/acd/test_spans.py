"""Agents' days as spans: no hole, no overlap, nothing that never ends, whatever comes and goes."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.acd.engine.agent_state import (
    HELD,
    PAUSED,
    READY,
    RESTING,
    RINGING,
    TALKING,
    UNREACHABLE,
    WRAP_UP,
    Live,
)
from apps.acd.engine.board import Board
from apps.acd.engine.floor import LONGEST_IDLE, Membership
from apps.acd.engine.orders import Ring
from apps.acd.engine.rows import AgentRow, Joined, QueueRow
from apps.acd.engine.spans import Span, StateHistory, Stay, whole_ms
from tests.unit.acd.floors import NOW


def after(seconds: float) -> datetime:
    """Return the time this long after NOW."""
    return NOW + timedelta(seconds=seconds)


QUEUE = QueueRow("t-1", LONGEST_IDLE, ring_s=20, rest_s=2, wrap_up_s=10)


@dataclass
class Office:
    """A distributor without Asterisk or database: board, history, and the rows it wrote."""

    written: dict[tuple[str, datetime], Span] = field(default_factory=dict)
    sessions: dict[str, AgentRow] = field(default_factory=dict)
    ended: list[Stay] = field(default_factory=list)
    devices: dict[str, str] = field(default_factory=dict)
    seen_at: datetime | None = None

    def __post_init__(self) -> None:
        self.start(NOW)

    def start(self, at: datetime) -> None:
        """Start the process anew; it knows only what was written."""
        self.start_unseeing(at)
        self.look(at)

    def start_unseeing(self, at: datetime) -> None:
        """Start the process anew, without a link."""
        self.board = Board()
        self.history = StateHistory(self.board)
        if self.seen_at is not None:
            self.write(self.history.resume(list(self.written.values()), self.seen_at))
        self.read(at)

    def look(self, at: datetime) -> None:
        """Ask every phone's state anew."""
        for phone, state in self.devices.items():
            self.board.device(phone, state, at)
        self.write(self.history.sighted(at))
        self.seen_at = at

    def read(self, at: datetime) -> None:
        """Read sessions and queues."""
        self.board.rows(self.sessions.values(), [QUEUE], at)
        here = [(row.id, row.signed_in_at or at) for row in self.sessions.values()]
        self.write(self.history.rows(here, self.ended, at))
        self.write(self.history.after(at, "wish"))
        self.alive(at)

    def alive(self, at: datetime) -> None:
        if not self.history.log.is_blind:
            self.seen_at = at

    def write(self, spans: Iterable[Span]) -> None:
        for span in spans:
            if span.is_void:
                self.written.pop((span.agent, span.started_at), None)
            else:
                self.written[span.agent, span.started_at] = span

    def sign_in(self, agent: str, at: datetime) -> None:
        self.sessions[agent] = AgentRow(
            id=agent,
            phone=f"{agent}-desk",
            endpoints=(f"{agent}-desk", f"{agent}-web"),
            is_paused=False,
            wish_since=at,
            signed_in_at=at,
            queues={"t-1": Membership()},
        )

    def sign_out(self, agent: str, at: datetime) -> None:
        row = self.sessions.pop(agent)
        assert row.signed_in_at is not None
        self.ended.append(Stay(agent, row.signed_in_at, at))

    def wish(self, agent: str, at: datetime, **fields: object) -> None:
        self.sessions[agent] = replace(self.sessions[agent], **fields)  # type: ignore[arg-type]
        self.read(at)

    def device(self, phone: str, state: str, at: datetime) -> None:
        self.devices[phone] = state
        self.board.device(phone, state, at)
        self.write(self.history.after(at))
        self.alive(at)

    def hold(self, phone: str, at: datetime, *, is_on: bool = True) -> None:
        self.board.hold(f"channel of {phone}", phone, is_on=is_on)
        self.write(self.history.after(at))

    def rings(
        self, phone: str, at: datetime, *, is_on: bool = True, is_answered: bool = False
    ) -> None:
        self.board.rings(f"channel of {phone}", phone, is_on=is_on, is_answered=is_answered)
        self.write(self.history.after(at))

    def turn(self, at: datetime) -> list[Ring]:
        found = self.board.step(at)
        self.write(self.history.after(at))
        self.alive(at)
        return [order for order in found.orders if isinstance(order, Ring)]

    def call(self, name: str, at: datetime) -> None:
        self.board.joined(Joined(name, f"PJSIP/{name}", "t-1", at, linkedid=f"L{name}"))
        self.write(self.history.after(at))

    def answered(self, call: str, phone: str, at: datetime) -> None:
        self.board.answered(call, phone, at)
        self.write(self.history.after(at))

    def left(self, call: str, at: datetime) -> None:
        self.board.left(call, at)
        self.write(self.history.after(at))

    def spans(self, agent: str) -> list[Span]:
        return sorted(
            (span for span in self.written.values() if span.agent == agent),
            key=lambda span: span.started_at,
        )

    def told(self, agent: str = "a") -> list[tuple[str, float, float | None]]:
        """Return (state, from, to) in seconds after NOW."""
        return [
            (
                span.live.state + ("?" if span.is_uncertain else ""),
                (span.started_at - NOW).total_seconds(),
                None if span.ended_at is None else (span.ended_at - NOW).total_seconds(),
            )
            for span in self.spans(agent)
        ]


def office() -> Office:
    """Return an office with one ready agent."""
    made = Office()
    made.sign_in("a", NOW)
    made.read(NOW)
    made.device("a-desk", "NOT_INUSE", NOW)
    return made


def talking(made: Office) -> None:
    """Let the agent take a caller at second 5."""
    made.call("c1", after(2))
    assert made.turn(after(2))
    made.device("a-desk", "RINGING", after(3))
    made.device("a-desk", "INUSE", after(5))
    made.answered("c1", "a-desk", after(5))


def test_a_call_from_its_offer_to_the_end_of_its_wrap_up() -> None:
    made = office()
    talking(made)
    made.hold("a-desk", after(8))
    made.hold("a-desk", after(11), is_on=False)
    made.device("a-desk", "NOT_INUSE", after(20))
    made.left("c1", after(20))
    made.turn(after(31))
    assert made.told() == [
        (READY, 0, 2),
        (RINGING, 2, 5),
        (TALKING, 5, 8),
        (HELD, 8, 11),
        (TALKING, 11, 20),
        (WRAP_UP, 20, 30),
        (READY, 30, None),
    ]
    spans = made.spans("a")
    assert {span.live.call for span in spans[1:6]} == {"Lc1"}
    assert {span.live.queue for span in spans[1:6]} == {"t-1"}
    assert spans[5].live.until == after(30)
    assert made.history.log.impossible == []


def test_a_talk_of_his_own_counts_without_a_queue() -> None:
    made = office()
    made.device("a-web", "INUSE", after(5))
    made.device("a-web", "NOT_INUSE", after(9))
    assert made.told() == [(READY, 0, 5), (TALKING, 5, 9), (READY, 9, None)]


def test_a_phone_that_is_busy_because_it_rings_does_not_talk() -> None:
    made = office()
    made.call("c1", after(2))
    assert made.turn(after(2))
    made.rings("a-desk", after(3))
    made.device("a-desk", "BUSY", after(3))
    made.answered("c1", "a-desk", after(5))
    made.rings("a-desk", after(5), is_on=False, is_answered=True)
    made.device("a-desk", "NOT_INUSE", after(20))
    made.left("c1", after(20))
    assert made.told()[:4] == [
        (READY, 0, 2),
        (RINGING, 2, 5),
        (TALKING, 5, 20),
        (WRAP_UP, 20, None),
    ]


def test_a_colleagues_call_rings_talks_and_ends_without_a_wrap_up() -> None:
    made = office()
    made.rings("a-desk", after(3))
    made.device("a-desk", "BUSY", after(3))
    made.rings("a-desk", after(5), is_on=False, is_answered=True)
    made.device("a-desk", "NOT_INUSE", after(9))
    assert made.told() == [(READY, 0, 3), (RINGING, 3, 5), (TALKING, 5, 9), (READY, 9, None)]


def test_a_ring_that_is_missed_was_no_talk_and_keeps_his_turn() -> None:
    made = office()
    made.rings("a-desk", after(3))
    made.device("a-desk", "BUSY", after(3))
    made.rings("a-desk", after(9), is_on=False)
    made.device("a-desk", "NOT_INUSE", after(9.001))
    assert made.told() == [(READY, 0, 3), (RINGING, 3, 9.001), (READY, 9.001, None)]
    assert made.board.floor(after(10)).agents["a"].idle_since == NOW


def test_a_phone_that_rings_a_moment_longer_than_its_offer_rings_once() -> None:
    made = office()
    made.call("c1", after(2))
    made.turn(after(2))
    made.rings("a-desk", after(2.1))
    made.device("a-desk", "BUSY", after(2.1))
    made.rings("a-desk", after(9), is_on=False)
    made.board.missed(Joined("c1", "PJSIP/c1", "t-1", after(2), linkedid="Lc1"), after(9.001))
    made.write(made.history.after(after(9.001)))
    made.device("a-desk", "NOT_INUSE", after(9.003))
    assert made.told() == [(READY, 0, 2), (RINGING, 2, 9.003), (RESTING, 9.003, None)]
    assert made.spans("a")[1].live.call == "Lc1"


def test_what_rings_at_a_start_rings() -> None:
    made = office()
    made.board.ringing({"channel": "a-desk"})
    made.device("a-desk", "BUSY", after(3))
    assert made.told()[-1] == (RINGING, 3, None)
    made.board.ringing({})
    made.device("a-desk", "BUSY", after(5))
    assert made.told()[-1] == (TALKING, 5, None)


def test_busy_pressed_in_a_talk_begins_after_it() -> None:
    made = office()
    talking(made)
    made.wish("a", after(7), is_paused=True, pause_reason="meal", wish_since=after(7))
    made.device("a-desk", "NOT_INUSE", after(10))
    made.left("c1", after(10))
    assert made.told()[-2:] == [(TALKING, 5, 10), (PAUSED, 10, None)]
    assert made.spans("a")[-1].live.reason == "meal"


def test_a_wish_counts_from_when_it_was_wished_not_when_it_was_read() -> None:
    made = office()
    made.wish("a", after(9), is_paused=True, wish_since=after(7.5))
    made.sign_out("a", after(20.25))
    made.read(after(22))
    assert made.told() == [(READY, 0, 7.5), (PAUSED, 7.5, 20.25)]


def test_who_was_ready_and_busy_between_two_readings_was_both() -> None:
    made = Office()
    made.sign_in("a", after(1))
    made.wish("a", after(3), is_paused=True, wish_since=after(2))
    made.sign_in("b", after(4))
    made.sign_out("b", after(5))
    made.read(after(6))
    made.read(after(8))
    assert made.told() == [(READY, 1, 2), (PAUSED, 2, None)]
    assert made.told("b") == [(READY, 4, 5)]


def test_out_and_in_again_between_two_readings_are_two_sessions() -> None:
    made = office()
    made.sign_out("a", after(5))
    made.sign_in("a", after(6))
    made.read(after(7))
    made.read(after(9))
    assert made.told() == [(READY, 0, 5), (READY, 6, None)]


def test_ready_ends_a_wrap_up_and_more_time_lengthens_it() -> None:
    made = office()
    talking(made)
    made.device("a-desk", "NOT_INUSE", after(20))
    made.left("c1", after(20))
    made.wish("a", after(25), wrap_up_until=after(90))
    assert made.spans("a")[-1].live.until == after(90)
    made.turn(after(40))
    assert made.told()[-1] == (WRAP_UP, 20, None)
    made.wish("a", after(51), wrap_up_over_at=after(50))
    assert made.told()[-2:] == [(WRAP_UP, 20, 50), (READY, 50, None)]


def test_more_time_asked_for_too_late_begins_no_wrap_up() -> None:
    made = office()
    talking(made)
    made.device("a-desk", "NOT_INUSE", after(20))
    made.left("c1", after(20))
    made.turn(after(31))
    made.wish("a", after(32), wrap_up_until=after(90))
    assert made.told()[-1] == (READY, 30, None)


def test_a_phone_that_is_gone_is_unreachable_until_it_is_back() -> None:
    made = office()
    made.device("a-desk", "UNAVAILABLE", after(4))
    made.device("a-desk", "NOT_INUSE", after(6))
    assert made.told() == [(READY, 0, 4), (UNREACHABLE, 4, 6), (READY, 6, None)]


def test_a_miss_rests_and_its_end_is_exact() -> None:
    made = office()
    made.call("c1", after(2))
    made.turn(after(2))
    made.board.missed(Joined("c1", "PJSIP/c1", "t-1", after(2)), after(9))
    made.write(made.history.after(after(9)))
    made.left("c1", after(10))
    made.turn(after(14))
    assert made.told()[-3:] == [(RINGING, 2, 9), (RESTING, 9, 11), (READY, 11, None)]


def test_a_link_that_is_lost_in_a_talk_leaves_its_seconds_marked() -> None:
    made = office()
    talking(made)
    made.write(made.history.blind(after(10)))
    made.devices["a-desk"] = "NOT_INUSE"
    made.board.alive([], after(25))
    made.look(after(25))
    assert made.told()[-3:] == [(TALKING, 5, 10), (f"{TALKING}?", 10, 25), (WRAP_UP, 25, None)]


def test_killed_in_a_talk_and_back_the_talk_goes_on_and_its_wrap_up_comes() -> None:
    made = office()
    talking(made)
    made.alive(after(10))
    made.start(after(14))
    made.device("a-desk", "NOT_INUSE", after(20))
    made.turn(after(31))
    assert made.told()[-5:] == [
        (TALKING, 5, 10),
        (f"{TALKING}?", 10, 14),
        (TALKING, 14, 20),
        (WRAP_UP, 20, 30),
        (READY, 30, None),
    ]
    assert {span.live.call for span in made.spans("a")[2:6]} == {"Lc1"}


def test_killed_in_a_wrap_up_and_back_it_ends_when_it_would_have() -> None:
    made = office()
    talking(made)
    made.device("a-desk", "NOT_INUSE", after(20))
    made.left("c1", after(20))
    made.start(after(24))
    made.turn(after(31))
    assert made.told()[-3:] == [(f"{WRAP_UP}?", 20, 24), (WRAP_UP, 24, 30), (READY, 30, None)]


def test_who_signed_out_and_in_while_nobody_looked_has_both_times() -> None:
    made = office()
    made.alive(after(10))
    made.sign_out("a", after(12))
    made.sign_in("a", after(14))
    made.sign_out("a", after(15))
    made.sign_in("a", after(18))
    made.start(after(30))
    made.read(after(32))
    assert made.told() == [
        (READY, 0, 10),
        (f"{READY}?", 10, 12),
        (f"{READY}?", 14, 15),
        (f"{READY}?", 18, 30),
        (READY, 30, None),
    ]


# --- Any order of events ---

AGENTS = ("a", "b")
STATES = ("NOT_INUSE", "BUSY", "RINGING", "INUSE", "ONHOLD", "UNAVAILABLE", "RINGINUSE")
ACTIONS = st.one_of(
    st.tuples(st.just("device"), st.sampled_from(AGENTS), st.sampled_from(STATES)),
    st.tuples(st.just("hold"), st.sampled_from(AGENTS), st.sampled_from(["on", "off"])),
    st.tuples(st.just("rings"), st.sampled_from(AGENTS), st.sampled_from(["on", "off", "yes"])),
    st.tuples(st.just("lost_device"), st.sampled_from(AGENTS), st.sampled_from(STATES)),
    st.tuples(st.just("call"), st.sampled_from("xyz"), st.just("")),
    st.tuples(st.just("answered"), st.sampled_from("xyz"), st.sampled_from(AGENTS)),
    st.tuples(st.just("missed"), st.sampled_from("xyz"), st.just("")),
    st.tuples(st.just("left"), st.sampled_from("xyz"), st.just("")),
    st.tuples(st.just("turn"), st.just(""), st.just("")),
    st.tuples(st.just("in"), st.sampled_from(AGENTS), st.just("")),
    st.tuples(st.just("out"), st.sampled_from(AGENTS), st.just("")),
    st.tuples(st.just("pause"), st.sampled_from(AGENTS), st.sampled_from(["", "meal"])),
    st.tuples(st.just("over"), st.sampled_from(AGENTS), st.just("")),
    st.tuples(st.just("more"), st.sampled_from(AGENTS), st.just("")),
    st.tuples(st.just("read"), st.just(""), st.just("")),
    st.tuples(st.just("blind"), st.just(""), st.just("")),
    st.tuples(st.just("look"), st.just(""), st.just("")),
    st.tuples(st.just("restart"), st.just(""), st.just("")),
)
STEPS = st.lists(st.tuples(ACTIONS, st.integers(0, 7_000), st.booleans()), min_size=1, max_size=60)


def act(made: Office, what: tuple[str, str, str], at: datetime) -> None:
    """Do one thing."""
    action, name, more = what
    joined = Joined(name, f"PJSIP/{name}", "t-1", at, linkedid=f"L{name}")
    match action:
        case "device":
            made.device(f"{name}-desk", more, at)
        case "hold":
            made.hold(f"{name}-desk", at, is_on=more == "on")
        case "rings":
            made.rings(f"{name}-desk", at, is_on=more == "on", is_answered=more == "yes")
        case "lost_device":
            made.devices[f"{name}-desk"] = more
        case "call":
            made.call(name, at)
        case "answered":
            made.answered(name, f"{more}-desk", at)
        case "missed":
            made.board.missed(joined, at)
            made.write(made.history.after(at))
        case "left":
            made.left(name, at)
        case "turn":
            made.turn(at)
        case "in" if name not in made.sessions:
            made.sign_in(name, at)
        case "out" if name in made.sessions:
            made.sign_out(name, at)
        case "pause" if name in made.sessions:
            row = made.sessions[name]
            made.sessions[name] = replace(
                row, is_paused=not row.is_paused, pause_reason=more, wish_since=at
            )
        case "over" if name in made.sessions:
            made.sessions[name] = replace(made.sessions[name], wrap_up_over_at=at)
        case "more" if name in made.sessions:
            until = at + timedelta(seconds=30)
            made.sessions[name] = replace(made.sessions[name], wrap_up_until=until)
        case "read":
            made.read(at)
        case "blind":
            made.write(made.history.blind(at))
        case "look":
            made.look(at)
        case "restart":
            made.start(at)


def check(made: Office, agent: str) -> None:
    """Check an agent's spans: none backwards, none overlapping, at most one open, and the last."""
    spans = made.spans(agent)
    for span in spans:
        assert not span.is_void
    for one, following in itertools.pairwise(spans):
        assert one.ended_at is not None
        assert one.started_at < one.ended_at <= following.started_at


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_spans_neither_overlap_nor_stick_whatever_happens(
    steps: list[tuple[tuple[str, str, str], int, bool]],
) -> None:
    made, at = Office(), NOW
    for agent in AGENTS:
        made.devices[f"{agent}-desk"] = "NOT_INUSE"
    for what, ms, is_twice in steps:
        at += timedelta(milliseconds=ms + 1)
        act(made, what, at)
        if is_twice:
            act(made, what, at)
        for agent in AGENTS:
            check(made, agent)
    # Everything ends: Asterisk has no call, phones are idle, times pass.
    made.read(at)
    made.look(at + timedelta(seconds=1))
    made.board.alive([], at + timedelta(seconds=1))
    for agent in AGENTS:
        made.device(f"{agent}-desk", "NOT_INUSE", at + timedelta(seconds=2))
    end = at + timedelta(hours=1)
    made.turn(end)
    for agent in AGENTS:
        check(made, agent)
        span = made.history.log.open(agent)
        assert (span is not None) == (agent in made.sessions)
        if span is not None:
            assert span.live.state == (PAUSED if made.sessions[agent].is_paused else READY)
            assert span.live == made.board.live(agent, end)
        stays = [
            (stay.signed_in_at, stay.signed_out_at) for stay in made.ended if stay.agent == agent
        ]
        if agent in made.sessions:
            stays.append((made.sessions[agent].signed_in_at or end, end))
        signed_in = sum((whole_ms(out) - whole_ms(began) for began, out in stays), timedelta())
        told = sum(
            ((span.ended_at or end) - span.started_at for span in made.spans(agent)), timedelta()
        )
        assert told == signed_in
    assert made.history.log.impossible == []


def test_telling_the_same_twice_changes_nothing() -> None:
    made = office()
    talking(made)
    told = made.told()
    made.device("a-desk", "INUSE", after(6))
    made.answered("c1", "a-desk", after(6))
    made.read(after(6))
    assert made.told() == told
    assert made.history.log.seen("a", Live(TALKING, queue="t-1", call="Lc1"), after(7), "x") == []


def test_who_may_not_sign_in_any_more_is_gone_since_he_was_first_missed() -> None:
    made = office()
    del made.sessions["a"]
    made.read(after(5))
    assert made.told() == [(READY, 0, None)]
    made.read(after(7))
    assert made.told() == [(READY, 0, 5)]


def test_killed_while_somebody_is_held_and_back_he_is_held_until_he_is_taken_back() -> None:
    made = office()
    talking(made)
    made.hold("a-desk", after(8))
    made.alive(after(10))
    made.start(after(12))
    made.hold("a-desk", after(15), is_on=False)
    assert made.told()[-4:] == [
        (HELD, 8, 10),
        (f"{HELD}?", 10, 12),
        (HELD, 12, 15),
        (TALKING, 15, None),
    ]


def test_a_second_restart_goes_on_from_what_was_believed() -> None:
    made = office()
    made.alive(after(10))
    made.start_unseeing(after(12))
    made.start(after(20))
    assert made.told() == [(READY, 0, 10), (f"{READY}?", 10, 20), (READY, 20, None)]


def test_a_session_whose_predecessors_end_was_not_heard_ends_that_one() -> None:
    made = office()
    made.sessions["a"] = replace(made.sessions["a"], signed_in_at=after(7), wish_since=after(7))
    made.read(after(8))
    assert made.told() == [(READY, 0, 7), (READY, 7, None)]


def test_who_comes_while_nobody_looks_is_what_he_wishes() -> None:
    made = office()
    made.write(made.history.blind(after(2)))
    made.write(made.history.blind(after(3)))
    made.sign_in("b", after(4))
    made.wish("b", after(5), is_paused=True, wish_since=after(5))
    assert made.told("b") == [(f"{PAUSED}?", 4, None)]
    made.devices["b-desk"] = "NOT_INUSE"
    made.look(after(6))
    assert made.told("b") == [(f"{PAUSED}?", 4, 6), (PAUSED, 6, None)]
    assert made.history.log.gone("nobody", after(9)) == []


def test_a_change_that_should_not_be_possible_is_believed_and_told() -> None:
    made = office()
    made.write(made.history.log.seen("a", Live(WRAP_UP), after(5), "event"))
    assert made.told()[-1] == (WRAP_UP, 5, None)
    assert made.history.log.impossible == [("a", READY, WRAP_UP)]
    assert made.history.log.unbroken_since("a") == NOW
    assert made.history.log.unbroken_since("nobody") is None


def test_a_pause_that_should_be_over_lasts_until_it_is_read_so() -> None:
    made = office()
    made.wish("a", after(5), is_paused=True, wish_since=after(5), pause_until=after(9))
    made.turn(after(12))
    assert made.told()[-1] == (PAUSED, 5, None)


def test_what_was_told_after_a_sign_out_that_is_read_late_is_taken_back() -> None:
    made = office()
    made.sign_out("a", after(5))
    made.device("a-desk", "BUSY", after(6))
    made.device("a-desk", "NOT_INUSE", after(7))
    made.read(after(8))
    made.read(after(10))
    assert made.told() == [(READY, 0, 5)]
