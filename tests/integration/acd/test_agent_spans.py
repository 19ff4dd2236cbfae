"""Agents' spans in the database: written by their key, one open at a time, whatever comes twice."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from apps.accounts.models import Agent
from apps.acd.engine.agent_state import READY, TALKING, WRAP_UP, Live
from apps.acd.engine.spans import Span, Stay
from apps.acd.models import AgentStateSpan, DistributorBeat
from apps.acd.selectors import agent_state
from apps.acd.services import agent_lock, agent_sign_in, agent_sign_out
from apps.acd.span_writer import SpanWriter
from apps.acd.state_spans import Beat, before_restart, spans_apply, stays_since
from apps.core.events import stream_seq, user_stream
from apps.core.tenancy import all_tenants, tenant_scope
from tests.factories import AgentFactory, QueueMemberFactory

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def span(agent: str, start: float, end: float | None = None, state: str = READY) -> Span:
    return Span(agent, at(start), Live(state), ended_at=None if end is None else at(end))


def rows(agent: Agent) -> list[tuple[Any, ...]]:
    with all_tenants("a test looks"):
        return list(
            AgentStateSpan.objects.filter(agent=agent)
            .order_by("started_at")
            .values_list("state", "started_at", "ended_at", "is_uncertain")
        )


@pytest.fixture
def agent(db: None) -> Agent:
    found: Agent = QueueMemberFactory().agent
    return found


def test_a_change_closes_the_span_before_it_and_twice_is_harmless(agent: Agent) -> None:
    name = agent.sip_username
    spans_apply([span(name, 0)], None)
    change = [span(name, 0, 5), span(name, 5, state=TALKING)]
    spans_apply(change, Beat("n", at(6), is_seeing=True))
    spans_apply(change, Beat("n", at(6), is_seeing=True))
    assert rows(agent) == [(READY, at(0), at(5), False), (TALKING, at(5), None, False)]
    assert DistributorBeat.objects.get().seen_at == at(6)


def test_a_span_that_never_was_is_taken_back(agent: Agent) -> None:
    name = agent.sip_username
    spans_apply([span(name, 0)], None)
    spans_apply([span(name, 0, 0)], None)
    assert rows(agent) == []


def test_an_open_span_of_a_process_that_is_gone_is_closed(agent: Agent) -> None:
    name = agent.sip_username
    spans_apply([span(name, 0)], None)
    spans_apply([span(name, 3, state=TALKING)], None)
    assert rows(agent) == [(READY, at(0), at(3), False), (TALKING, at(3), None, False)]


def test_a_restart_reads_what_was_open_what_was_recent_and_up_to_when(agent: Agent) -> None:
    name = agent.sip_username
    assert before_restart("n", NOW) is None
    talk = Span(name, at(5), Live(TALKING, queue=f"{agent.tenant.slug}-7001", call="L1"))
    spans_apply([span(name, 0, 5), talk], Beat("n", at(6), is_seeing=True))
    spans_apply([], Beat("n", None, is_seeing=False))
    before = before_restart("n", at(10))
    assert before is not None
    assert before.seen_at == at(6)
    assert sorted(before.spans, key=lambda one: one.started_at) == [span(name, 0, 5), talk]
    long_ago = before_restart("n", NOW + timedelta(days=30))
    assert long_ago is not None
    assert long_ago.seen_at == NOW + timedelta(days=28)


def test_sessions_that_ended_are_told_with_both_times(agent: Agent) -> None:
    with tenant_scope(agent.tenant_id):
        agent_sign_in(agent=agent, now=at(0))
        agent_sign_out(agent=agent, now=at(60))
        agent_sign_in(agent=agent, now=at(70))
    assert stays_since(at(60)) == (Stay(agent.sip_username, at(0), at(60)),)
    assert stays_since(at(61)) == ()


def test_the_desk_hears_what_the_agent_does_while_somebody_sees_it(agent: Agent) -> None:
    now = timezone.now()
    with tenant_scope(agent.tenant_id):
        agent_sign_in(agent=agent)
        assert agent_state(agent)["live_state"] == ""
        until = now + timedelta(seconds=30)
        wrapping = Span(agent.sip_username, now, Live(WRAP_UP, until))
        spans_apply([wrapping], Beat("n", now, is_seeing=True))
        state = agent_state(agent)
        assert (state["state"], state["live_state"]) == ("ready", WRAP_UP)
        assert state["until"] == until.isoformat(timespec="milliseconds")
        assert stream_seq(user_stream(agent.user_id)) == 2
        spans_apply([], Beat("n", now - timedelta(seconds=60), is_seeing=True))
        assert agent_state(agent)["live_state"] == ""
        spans_apply([], Beat("n", now, is_seeing=False))
        assert agent_state(agent)["live_state"] == ""


def test_the_database_keeps_spans_forward_and_one_open(agent: Agent) -> None:
    spans_apply([span(agent.sip_username, 5)], None)
    more = {"tenant_id": agent.tenant_id, "agent": agent, "state": READY, "source": "event"}
    for times in ({"started_at": at(7)}, {"started_at": at(1), "ended_at": at(0)}):
        with all_tenants("a test"), pytest.raises(IntegrityError), transaction.atomic():
            AgentStateSpan.objects.create(**more, **times)


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_leave_one_open_span() -> None:
    agent = QueueMemberFactory().agent
    both = Barrier(2, timeout=10)
    failed: list[BaseException] = []

    def write(offset: int) -> None:
        writer = SpanWriter(f"n{offset}")
        try:
            both.wait()
            for number in range(10):
                writer._write([span(agent.sip_username, number * 2 + offset)], None)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=write, args=(offset,)) for offset in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failed == []
    assert sum(row[2] is None for row in rows(agent)) == 1


@pytest.mark.django_db(transaction=True)
def test_states_are_written_while_a_click_of_the_agent_holds_his_row() -> None:
    # His click has the row and wants the counter of his events; the writer has the counter.
    agent = QueueMemberFactory().agent
    failed: list[BaseException] = []

    def write() -> None:
        try:
            spans_apply([span(agent.sip_username, 0)], None)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)
        finally:
            connection.close()

    thread = Thread(target=write)
    with tenant_scope(agent.tenant_id), transaction.atomic():
        agent_lock(agent)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
    assert failed == []
    assert len(rows(agent)) == 1


# --- The writer ---


class Table:
    """What was written, or the database's absence."""

    def __init__(self) -> None:
        self.spans: dict[tuple[str, datetime], Span] = {}
        self.beats: list[Beat] = []
        self.is_away = False
        self.tried = Event()

    def apply(self, spans: Sequence[Span], beat: Beat | None) -> None:
        self.tried.set()
        if self.is_away:
            raise OperationalError("away")
        if any(one.agent == "refused" for one in spans):
            raise ValueError("no")
        self.spans.update({(one.agent, one.started_at): one for one in spans})
        if beat is not None:
            self.beats.append(beat)


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def writer(table: Table, monkeypatch: pytest.MonkeyPatch) -> Iterator[SpanWriter]:
    monkeypatch.setattr("apps.acd.span_writer.RETRY_S", 0.01)
    made = SpanWriter("n", apply=table.apply, max_waiting=6)
    yield made
    made.stop()


def test_what_was_put_is_written_before_the_beat_that_came_after_it(
    writer: SpanWriter, table: Table
) -> None:
    writer.put([span("a", 0), span("b", 0)])
    writer.put([span("a", 0, 2), span("a", 2, state=TALKING)])
    writer.beat(at(3))
    writer.start()
    assert writer.wait_idle(5)
    assert table.spans["a", at(0)].ended_at == at(2)
    assert len(table.spans) == 3
    assert table.beats == [Beat("n", at(3), is_seeing=True)]


def test_a_database_that_is_away_blocks_nobody_and_loses_nothing_that_fits(
    writer: SpanWriter, table: Table
) -> None:
    table.is_away = True
    writer.start()
    writer.put([span("a", 0)])
    writer.beat(at(1))
    assert table.tried.wait(5)
    writer.put([span("a", 0, 4), span("a", 4)])
    table.is_away = False
    assert writer.wait_idle(5)
    assert table.spans["a", at(0)].ended_at == at(4)
    assert table.spans["a", at(4)].ended_at is None
    assert table.beats[-1] == Beat("n", at(1), is_seeing=True)


def test_too_much_becomes_one_marked_span_and_the_last_state_stays(
    writer: SpanWriter, table: Table
) -> None:
    writer.put([span("b", 0)])
    for number in range(20):
        writer.put([span("a", number, number + 1), span("a", number + 1, state=TALKING)])
    assert writer.waiting <= 6
    writer.start()
    assert writer.wait_idle(5)
    mine = sorted(
        (one for one in table.spans.values() if one.agent == "a"), key=lambda s: s.started_at
    )
    assert mine[0].is_uncertain
    assert (mine[0].started_at, mine[-1]) == (at(0), span("a", 20, state=TALKING))
    for one, following in itertools.pairwise(mine):
        assert one.ended_at == following.started_at


def test_one_agent_whom_the_database_refuses_does_not_stop_the_others(
    writer: SpanWriter, table: Table
) -> None:
    writer.put([span("refused", 0), span("a", 0)])
    writer.beat(at(1))
    writer.start()
    assert writer.wait_idle(5)
    assert list(table.spans) == [("a", at(0))]
    assert table.beats


def test_an_agent_who_is_no_more_is_passed_over(agent: Agent) -> None:
    spans_apply([span("nobody", 0), span(agent.sip_username, 0)], None)
    assert len(rows(agent)) == 1
    assert rows(AgentFactory()) == []
