"""Facts become calls and legs, whatever their order, and the agents concerned are told."""

import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.calls.engine.facts import AGI, DECIDED, ENTERED, NODE, Fact
from apps.calls.models import Call, CallFact, Leg, QueueVisit
from apps.calls.services import facts_apply
from apps.core.events import publisher, user_stream
from apps.core.tenancy import all_tenants, tenant_scope
from tests.integration.calls.conftest import Company, recorded

Sent = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Sent:
    """Collect what would go to browsers."""
    found: Sent = []
    monkeypatch.setattr(publisher, "send", lambda group, envelope: found.append((group, envelope)))
    return found


def rows() -> list[tuple[Any, ...]]:
    with all_tenants("test"):
        calls = list(
            Call.objects.order_by("linkedid").values_list(
                "tenant__slug", "linkedid", "outcome", "agent__number", "queue_number", "wait_ms",
                "talk_ms", "hangup_by", "started_at", "ended_at", "customer__name",
            )
        )  # fmt: skip
        legs = list(
            Leg.objects.order_by("uniqueid").values_list(
                "uniqueid", "kind", "agent__number", "result", "answered_at", "ended_at"
            )
        )
        visits = list(
            QueueVisit.objects.order_by("call__linkedid", "number").values_list(
                "tenant__slug", "queue_number", "how", "reason", "wait_ms", "agent__number"
            )
        )
    return calls + legs + visits


def agi_facts(linkedid: str, first: Fact) -> list[Fact]:
    def fact(kind: str, key: str, ms: int, **data: str) -> Fact:
        at = first.at + timedelta(milliseconds=ms)
        return Fact("lab-1", linkedid, f"{linkedid}:{key}", kind, at, AGI, linkedid, data)

    return [
        fact(ENTERED, "entered", 5, did="4008001000", tenant="lab"),
        fact(NODE, "node:1", 10, node="main", keys="1"),
        fact(DECIDED, "decided:1", 15, next="queue", target="lab-7001"),
    ]


@pytest.mark.django_db
def test_answered_call_has_its_row_and_legs(company: Company) -> None:
    facts_apply(recorded("answered_caller_ends"))

    with tenant_scope(company.tenant.pk):
        call = Call.objects.get()
        legs = list(call.legs.order_by("started_at"))
    assert (call.tenant_id, call.outcome, call.status) == (company.tenant.pk, "answered", "ended")
    assert (call.agent, call.queue_number) == (company.agents["1001"], "7001")
    assert (call.caller, call.caller_lookup) == ("13800138000", "+8613800138000")
    assert (call.caller_region, call.caller_carrier) == ("北京市", "中国移动")
    assert call.caller_name == "张三丰"
    assert call.customer == company.customer
    assert (call.wait_ms, call.talk_ms, call.hangup_by) == (707, 1796, "caller")
    assert [(leg.kind, leg.agent) for leg in legs] == [
        ("caller", None),
        ("agent", company.agents["1001"]),
    ]
    assert legs[1].result == "connected"
    with tenant_scope(company.tenant.pk):
        visit = call.visits.get()
    assert (visit.queue_number, visit.how, visit.wait_ms) == ("7001", "answered", 707)
    assert visit.agent == company.agents["1001"]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_order_batches_and_repetition_give_the_same_rows(company: Company, seed: int) -> None:
    told = recorded("second_agent_answers")
    told += agi_facts(told[0].linkedid, told[0])
    facts_apply(told)
    expected = rows()
    with all_tenants("test"):
        CallFact.objects.all().delete()
        QueueVisit.objects.all().delete()
        Leg.objects.all().delete()
        Call.objects.all().delete()

    mixed = told + told[::3]
    random.Random(seed).shuffle(mixed)
    size = seed + 1
    for start in range(0, len(mixed), size):
        facts_apply(mixed[start : start + size])

    assert rows() == expected


@pytest.mark.django_db
def test_twice_the_same_facts_change_nothing(company: Company) -> None:
    facts_apply(recorded("storm"))
    before, count = rows(), _facts_count()
    facts_apply(recorded("storm"))
    assert (rows(), _facts_count()) == (before, count)


def _facts_count() -> int:
    with all_tenants("test"):
        return CallFact.objects.count()


@pytest.mark.django_db
def test_no_facts_cost_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert facts_apply([]) == []


@pytest.mark.django_db
def test_batch_costs_the_same_queries_whatever_its_size(company: Company) -> None:
    storm = recorded("storm")
    with CaptureQueriesContext(connection) as small:
        facts_apply(storm[:10])
    facts_apply(storm[:150])
    with CaptureQueriesContext(connection) as large:
        facts_apply(storm[150:])
    # Cards cost their own; names are looked up once and remembered.
    assert len(large) < len(small) + 60


@pytest.mark.django_db
def test_agi_may_come_first_or_last(company: Company) -> None:
    told = recorded("answered_agent_ends")
    agi = agi_facts(told[0].linkedid, told[0])
    facts_apply(agi)
    facts_apply(told)
    first = rows()
    with all_tenants("test"):
        assert Call.objects.get().path == [{"node": "main", "keys": "1"}]
        for model in (CallFact, QueueVisit, Leg, Call):
            model.objects.all().delete()
    facts_apply(told)
    facts_apply(agi)
    assert rows() == first


@pytest.mark.django_db
def test_call_to_a_number_of_nobody_is_kept_without_a_company(db: None) -> None:
    facts_apply(recorded("tone"))
    with all_tenants("test"):
        call = Call.objects.get()
    assert call.tenant is None
    assert call.outcome == "self_service"


@pytest.mark.django_db
def test_facts_told_before_the_company_was_known_belong_to_it_afterwards(
    company: Company,
) -> None:
    told = recorded("answered_caller_ends")
    company.did.delete()
    facts_apply(told[:1])
    with all_tenants("test"):
        assert Call.objects.get().tenant is None
    facts_apply(agi_facts(told[0].linkedid, told[0]))
    with tenant_scope(company.tenant.pk):
        assert Call.objects.count() == 1
        assert CallFact.objects.count() == 4


@pytest.mark.django_db
def test_only_the_offered_agent_is_told_and_only_of_news(
    company: Company, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for fact in recorded("second_agent_answers"):
            facts_apply([fact])

    first, second = (user_stream(company.agents[n].user_id) for n in ("1001", "1002"))
    assert {group for group, _ in sent} == {f"stream.{first}", f"stream.{second}"}
    states = {
        group.removeprefix("stream."): [
            envelope["data"]["state"] for g, envelope in sent if g == group
        ]
        for group, _ in sent
    }
    assert states[first][0] == "ringing"
    assert states[first][-1] == "ended"
    assert "talking" not in states[first]
    assert [s for i, s in enumerate(states[second]) if i == 0 or s != states[second][i - 1]] == [
        "ringing",
        "talking",
        "ended",
    ]
    card = sent[0][1]["data"]
    assert sent[0][1]["kind"] == "call.changed"
    assert card["customer"]["name"] == "王芳"
    assert card["caller"]["region"] == "北京市"
    assert card["queue"] == {"number": "7001", "name": "销售"}
    numbers = [envelope["seq"] for group, envelope in sent if group == f"stream.{second}"]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.django_db
def test_agent_of_another_company_with_that_endpoint_is_not_told(
    company: Company, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    told = recorded("answered_caller_ends")
    other = Fact(
        "lab-1", told[0].linkedid, "x:entered", ENTERED, told[0].at, AGI, told[0].linkedid,
        {"tenant": "stranger"},
    )  # fmt: skip
    from tests.factories import TenantFactory

    TenantFactory(slug="stranger")
    with django_capture_on_commit_callbacks(execute=True):
        facts_apply([other])
        facts_apply(told)
    assert sent == []


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_call_lose_nothing(company: Company) -> None:
    told = recorded("held_twice")
    told += agi_facts(told[0].linkedid, told[0])
    parts = [told[0::2], told[1::2]]
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def write(part: list[Fact]) -> None:
        try:
            barrier.wait()
            for fact in part:
                facts_apply([fact])
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    with all_tenants("test"):
        call = Call.objects.get()
    assert (call.outcome, call.talk_ms, call.path) == (
        "answered",
        1803,
        [{"node": "main", "keys": "1"}],
    )


@pytest.mark.django_db(transaction=True)
def test_two_writers_who_make_each_others_calls_do_not_wait_for_each_other(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    del company
    first = recorded("answered_caller_ends")[0]
    batch = [agi_facts(linkedid, first)[0] for linkedid in ("pbx1-a", "pbx1-b")]
    second_makes, first_has_made = threading.Event(), threading.Event()
    make = Call.objects.bulk_create

    def bulk_create(calls: list[Call], **how: Any) -> list[Call]:
        """Let the second writer find b there and miss a, while the first makes both."""
        name = threading.current_thread().name
        if name == "third" or not how.get("ignore_conflicts"):
            return make(calls, **how)
        if name == "second":
            second_makes.set()
            assert first_has_made.wait(20)
            return make(calls, **how)
        third = threading.Thread(target=apply, args=([batch[1]],), name="third")
        third.start()
        third.join(20)
        threads[1].start()
        assert second_makes.wait(20)
        made = make(calls, **how)
        first_has_made.set()
        return made

    monkeypatch.setattr(Call.objects, "bulk_create", bulk_create)
    failures: list[Exception] = []

    def apply(part: list[Fact]) -> None:
        try:
            facts_apply(part)
        except Exception as error:  # noqa: BLE001 - told by the assertion
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=apply, args=(batch,), name=n) for n in ("first", "second")]
    threads[0].start()
    threads[0].join(60)
    threads[1].join(60)
    assert failures == []
    with all_tenants("test"):
        assert Call.objects.count() == 2
        assert CallFact.objects.count() == 2
