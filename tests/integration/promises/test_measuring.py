"""The promises' figures are what the ledger says, whatever the order in which it was told."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.calls import card_events, resolve
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants, tenant_scope
from apps.promises.engine.sums import CallSums, added, how_of
from apps.promises.measuring import promise_tend, promise_waiting, promises_tend
from apps.promises.models import PromiseCall, PromiseDirty, PromiseQuarter
from apps.tenants.models import Tenant
from tests.factories import AgentFactory, QueueFactory, TenantFactory
from tests.integration.promises.told import AT, Teller, fallen_back, good, late, lost, never

MAKERS = (good, lost, late, fallen_back, never)


@pytest.fixture
def company(db: Any) -> Any:
    resolve.caches_clear()
    card_events.sent_cards = card_events.SentCards()
    with all_tenants("test"):
        tenant = TenantFactory(slug="lab", timezone="Asia/Shanghai")
        AgentFactory(tenant=tenant, number="1001", sip_username="1001")
        QueueFactory(tenant=tenant, number="7001")
    yield tenant
    resolve.caches_clear()


def kept(tenant: Tenant) -> dict[str, int]:
    """Return what was measured of the company, without what is nothing."""
    with tenant_scope(tenant.pk):
        whole = CallSums()
        for row in PromiseQuarter.objects.all():
            whole = added(whole, CallSums(**{name: getattr(row, name) for name in how_of()}))
    return {name: getattr(whole, name) for name in how_of() if getattr(whole, name)}


def against(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant.pk):
        return {
            call.rpartition(".")[2]: what
            for call, what in PromiseCall.objects.values_list("call__linkedid", "against")
        }


def test_a_day_of_known_calls_gives_the_figures_worked_out_by_hand(company: Tenant) -> None:
    for number, make in enumerate((good, good, *MAKERS)):
        facts_apply(make(number, AT + timedelta(minutes=10 * number)))
    assert promises_tend() > 0
    assert kept(company) == {
        "callers": 7, "connected": 5, "unserved": 2, "voices": 5, "voice_ms": 4 * 1_000 + 9_000,
        "voices_late": 1, "longest_voice_ms": 9_000, "talks": 6, "dropped": 1,
        "picks": 6, "pick_ms": 6 * 400, "longest_pick_ms": 400,
    }  # fmt: skip
    assert against(company) == {"3": "unheard", "4": "late", "5": "fallback", "6": "unanswered"}
    with tenant_scope(company.pk):
        assert promise_waiting() == 0


@pytest.mark.parametrize(
    ("cause", "agent_cause", "what"), [(16, 44, "network"), (44, 16, "network"), (16, 16, "")]
)
def test_a_line_that_went_silent_is_dropped_whosever_it_was(
    company: Tenant, cause: int, agent_cause: int, what: str
) -> None:
    # As Asterisk 22 tells it: the RTP time-out asks for the hang-up of the line itself
    # (tests/telephony/test_promises.py).
    told = Teller(1).comes().waits(5).talks(20)
    for uniqueid, channel in ((told.leg, told.agent), (told.linkedid, told.caller)):
        told.tell(kinds.HANGUP_REQUESTED, 80, uniqueid, channel=channel, is_soft=True)
    facts_apply(told.ends(80, cause=cause, agent_cause=agent_cause))
    promises_tend()
    assert kept(company).get("dropped", 0) == int(bool(what))
    assert against(company) == ({"1": what} if what else {})


def test_a_correction_takes_back_what_counted_against_us(company: Tenant) -> None:
    facts_apply(lost(1))
    promises_tend()
    assert against(company) == {"1": "unheard"}
    # CEL was read meanwhile: the caller had hung up.
    teller = Teller(1)
    facts_apply([Fact("pbx1", teller.linkedid, "x", kinds.HANGUP_REQUESTED,
                      AT + timedelta(seconds=80), "cel", teller.linkedid,
                      {"channel": teller.caller})])  # fmt: skip
    promises_tend()
    assert against(company) == {}
    assert kept(company)["talks"] == 1


def test_a_call_told_days_later_counts_where_it_was(company: Tenant) -> None:
    facts_apply(good(1))
    promises_tend()
    facts_apply(late(2, AT - timedelta(days=3)))
    promises_tend()
    with tenant_scope(company.pk):
        quarters = list(PromiseQuarter.objects.order_by("quarter").values_list("quarter", "voices"))
    assert quarters == [(AT - timedelta(days=3), 1), (AT, 1)]


def test_what_is_marked_while_it_is_measured_stays_marked(company: Tenant) -> None:
    facts_apply(good(1))
    with tenant_scope(company.pk):
        marks = set(PromiseDirty.objects.values_list("pk", flat=True))
        promise_tend(company.pk)
        PromiseDirty.objects.create(tenant=company, quarter=AT)
        assert not marks & set(PromiseDirty.objects.values_list("pk", flat=True))
        assert promise_waiting() == 1


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(MAKERS), st.integers(0, 7_200)), min_size=1, max_size=5),
    st.randoms(),
)
def test_any_order_gives_what_a_rebuild_gives(
    company: Tenant, made: list[tuple[Any, int]], dice: Any
) -> None:
    resolve.caches_clear()
    with transaction.atomic():
        facts = [
            fact
            for number, (make, begins_s) in enumerate(made)
            for fact in make(number, AT + timedelta(seconds=begins_s))
        ]
        dice.shuffle(facts)
        half = len(facts) // 2
        facts_apply(facts[:half])
        promises_tend()
        facts_apply(facts[half:])
        promises_tend()
        before, behind = kept(company), against(company)
        call_command("promises", "check", "--tenant", "lab", verbosity=0, stdout=Silent())
        call_command("promises", "rebuild", "--tenant", "lab", stdout=Silent())
        assert (kept(company), against(company)) == (before, behind)
        assert before.get("dropped", 0) + before.get("unserved", 0) + before.get(
            "voices_late", 0
        ) == len(behind)
        transaction.set_rollback(True)


def test_a_check_finds_what_is_wrong(company: Tenant) -> None:
    facts_apply(good(1))
    promises_tend()
    with tenant_scope(company.pk):
        PromiseQuarter.objects.update(dropped=7)
    with pytest.raises(CommandError, match="1 days differ"):
        call_command("promises", "check", "--since", "2026-11-01", "--until", "2026-11-03",
                     stdout=Silent())  # fmt: skip
    assert date(2026, 11, 2) == AT.date()


def test_companies_are_measured_apart(company: Tenant) -> None:
    with all_tenants("test"):
        other = TenantFactory(slug="other")
    facts_apply(lost(1))
    teller = Teller(2, tenant="other").comes()
    facts_apply(teller.hangs_up(30).ends(30, has_agent=False))
    promises_tend()
    assert kept(company)["dropped"] == 1
    assert kept(other) == {"callers": 1, "connected": 1, "voices": 1, "voice_ms": 1_000,
                           "longest_voice_ms": 1_000}  # fmt: skip
    assert against(other) == {}


class Silent:
    """Somewhere to print to."""

    def write(self, _text: str) -> int:
        return 0
