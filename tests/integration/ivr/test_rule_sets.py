"""Rule sets: drafts, versions, roll-back, and what the rules read of a company."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.acd.engine.rules import rules_parse
from apps.acd.models import AgentSession
from apps.audit.models import AuditEntry
from apps.calls.models import QueueVisit
from apps.core.errors import NotFoundError
from apps.core.tenancy import tenant_scope
from apps.ivr.drafts import FlowUnstorableError
from apps.ivr.models import RuleSet, RuleSetVersion
from apps.ivr.routing import RulesPlan, Seen, national, routing_read
from apps.ivr.rule_sets import (
    RuleSetChangedError,
    RuleSetInUseError,
    RuleSetNameError,
    RuleSetRefusedError,
    RuleSetUnchangedError,
    rule_set_create,
    rule_set_delete,
    rule_set_get,
    rule_set_publish,
    rule_set_roll_back,
    rule_set_save,
    rule_set_uses,
)
from apps.ivr.selectors import rules_in_force
from apps.ivr.simulator import CompanyWorld, route_in_company
from tests.factories import (
    AgentFactory,
    CallFactory,
    CustomerFactory,
    CustomerNumberFactory,
    EntryPointFactory,
    FlowFactory,
    LegFactory,
    QueueFactory,
    QueueMemberFactory,
    RuleSetFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db

REFUSE = {"rules": [{"id": "a", "name": "Nobody", "when": {"all": []}, "then": {"kind": "refuse"}}]}
NOWHERE = {
    "rules": [
        {"id": "a", "name": "x", "when": {"all": []}, "then": {"kind": "queue", "queue": "99"}}
    ]
}
NUMBER = "13800138000"


@pytest.fixture
def user(admin: Any) -> User:
    person: User = admin.user
    return person


@pytest.fixture
def rules(user: User) -> Any:
    with tenant_scope(user.tenant_id):
        yield rule_set_create(tenant_id=user.tenant_id, name="Entry", actor=user)


def test_a_name_is_given_once_and_kept_short(rules: RuleSet, user: User) -> None:
    for name in ("Entry", " Entry ", "", "x" * 61, "a\nb"):
        with pytest.raises(RuleSetNameError):
            rule_set_create(tenant_id=user.tenant_id, name=name, actor=user)


def test_two_people_do_not_overwrite_each_other(rules: RuleSet, user: User) -> None:
    assert rule_set_save(rule_set=rules, document=REFUSE, revision=0, actor=user) == 1
    with pytest.raises(RuleSetChangedError):
        rule_set_save(rule_set=rules, document={"rules": []}, revision=0, actor=user)
    # The same again is no save.
    assert rule_set_save(rule_set=rules, document=REFUSE, revision=1, actor=user) == 1
    with pytest.raises(RuleSetChangedError):
        rule_set_publish(rule_set=rules, revision=0, user=user)
    with pytest.raises(FlowUnstorableError):
        rule_set_save(rule_set=rules, document={"rules": ["\x00"]}, revision=1, actor=user)


def test_versions_are_numbered_noted_audited_and_rolled_back(rules: RuleSet, user: User) -> None:
    rule_set_save(rule_set=rules, document=REFUSE, revision=0, actor=user)
    first = rule_set_publish(rule_set=rules, revision=1, note=" holiday ", user=user)
    assert (first.number, first.note, first.published_by) == (1, "holiday", user)
    with pytest.raises(RuleSetUnchangedError):
        rule_set_publish(rule_set=rules, revision=1, user=user)
    rule_set_save(rule_set=rules, document={"rules": []}, revision=1, actor=user)
    assert rule_set_publish(rule_set=rules, revision=2, user=user).number == 2
    back = rule_set_roll_back(rule_set=rules, number=1, note="back", user=user)
    assert (back.number, back.document) == (3, REFUSE)
    assert rules_in_force(user.tenant_id)["Entry"].number == 3
    with pytest.raises(NotFoundError):
        rule_set_roll_back(rule_set=rules, number=9, user=user)
    actions = set(
        AuditEntry.objects.filter(object_type="rule_set").values_list("action", flat=True)
    )
    assert actions == {"rule_set.create", "rule_set.draft_save", "rule_set.publish"}


def test_what_names_nothing_is_not_published(rules: RuleSet, user: User) -> None:
    rule_set_save(rule_set=rules, document=NOWHERE, revision=0, actor=user)
    with pytest.raises(RuleSetRefusedError) as error:
        rule_set_publish(rule_set=rules, revision=1, user=user)
    assert [doubt.code for doubt in error.value.doubts] == ["unknown_queue"]
    rule_set_save(rule_set=rules, document={"rules": [7]}, revision=1, actor=user)
    with pytest.raises(RuleSetRefusedError):
        rule_set_publish(rule_set=rules, revision=2, user=user)


def test_another_companys_queue_is_none(rules: RuleSet, user: User) -> None:
    QueueFactory(tenant=TenantFactory(), number="99")
    rule_set_save(rule_set=rules, document=NOWHERE, revision=0, actor=user)
    with pytest.raises(RuleSetRefusedError):
        rule_set_publish(rule_set=rules, revision=1, user=user)


def test_rules_that_somebody_asks_stay(rules: RuleSet, user: User) -> None:
    entry = EntryPointFactory(tenant=user.tenant, rule_set=rules)
    route = {"kind": "route", "rules": "Entry", "otherwise": "end"}
    flow = FlowFactory(tenant=user.tenant, name="Main", draft={"nodes": {"r": route}})
    uses = rule_set_uses(rules)
    assert (uses.numbers, uses.flows) == ((entry.did.number,), ("Main",))
    with pytest.raises(RuleSetInUseError):
        rule_set_delete(rule_set=rules, actor=user)
    entry.delete()
    flow.delete()
    rule_set_delete(rule_set=rules, actor=user)
    assert not RuleSet.objects.exists()


def test_another_companys_rules_are_not_there(user: User) -> None:
    theirs = RuleSetFactory(tenant=TenantFactory())
    with tenant_scope(user.tenant_id), pytest.raises(NotFoundError):
        rule_set_get(theirs.pk)


def test_an_unreadable_version_leaves_the_others_in_force(rules: RuleSet, user: User) -> None:
    RuleSetVersion.objects.create(
        tenant_id=user.tenant_id, rule_set=rules, number=1, document={"rules": [7]}
    )
    assert rules_in_force(user.tenant_id) == {}


# --- What is read ---


def asks(*facts: str, **then: str) -> Any:
    """Give rules that look at these facts."""
    leaves = [{"fact": fact, "op": "known"} for fact in facts]
    action = then or {"kind": "refuse"}
    return rules_parse(
        {"rules": [{"id": "a", "name": "", "when": {"all": leaves}, "then": action}]}
    )


def read(user: User, *facts: str, caller: str = NUMBER, **then: str) -> Seen:
    """Read facts for a caller."""
    return routing_read(
        asks(*facts, **then),
        {"caller.number": caller},
        time_zone="Asia/Shanghai",
        now=datetime(2026, 11, 29, 1, 30, tzinfo=UTC),
    )


def test_nothing_is_read_that_no_rule_asks(
    rules: RuleSet, user: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        seen = read(user, "dialled", "time.clock", "caller.region")
    assert (seen.facts["time.clock"], seen.facts["time.weekday"]) == ("09:30", "7")
    assert seen.facts["caller.region"] == "北京市"
    assert seen.facts["caller.number"] == NUMBER


def test_customer_owner_and_last_agent(rules: RuleSet, user: User) -> None:
    owner, last = AgentFactory(tenant=user.tenant), AgentFactory(tenant=user.tenant)
    customer = CustomerFactory(
        tenant=user.tenant, level="vip", kind="企业", tags=["gold"], owner=owner
    )
    CustomerNumberFactory(tenant=user.tenant, customer=customer, as_typed=NUMBER)
    now = datetime(2026, 11, 29, 1, 30, tzinfo=UTC)
    for agent, days in ((owner, 9), (last, 2)):
        at = now - timedelta(days=days)
        CallFactory(
            tenant=user.tenant,
            agent=agent,
            caller=NUMBER,
            caller_lookup="+8613800138000",
            started_at=at,
            answered_at=at,
        )
    seen = read(
        user, "customer.level", "last_agent.days", "owner.ready", kind="agent", agent="owner"
    )
    assert seen.facts["caller.known"] is True
    assert seen.facts["customer.level"] == "vip"
    assert seen.facts["customer.type"] == "企业"
    assert seen.facts["customer.tags"] == ("gold",)
    assert seen.facts["owner.number"] == owner.number
    assert (seen.facts["last_agent.number"], seen.facts["last_agent.days"]) == (last.number, 2.0)
    assert seen.facts["owner.ready"] is False
    assert seen.agents[owner.number].is_signed_in is False


def test_a_stranger_is_known_to_be_one(rules: RuleSet, user: User) -> None:
    seen = read(user, "customer.level", "last_agent.number", caller="13911112222")
    assert seen.facts["caller.known"] is False
    assert "customer.level" not in seen.facts
    assert "last_agent.number" not in seen.facts


def test_counts_of_any_queue(rules: RuleSet, user: User) -> None:
    first, second = (QueueFactory(tenant=user.tenant, number=str(n)) for n in (7001, 7002))
    other = QueueFactory(tenant=TenantFactory(), number="7001")
    now = timezone.now()
    for queue in (first, first, other):
        call = CallFactory(tenant=queue.tenant, ended_at=None)
        QueueVisit.objects.create(
            tenant=queue.tenant,
            call=call,
            queue_number=queue.number,
            number=1,
            how="waiting",
            joined_at=now - timedelta(seconds=40),
        )
    ready, talking = (QueueMemberFactory(tenant=user.tenant, queue=second).agent for _ in "ab")
    for agent in (ready, talking):
        AgentSession.objects.create(
            tenant=user.tenant, agent=agent, phone_kind="desk", state_since=now, signed_in_at=now
        )
    live = CallFactory(tenant=user.tenant, ended_at=None)
    LegFactory(tenant=user.tenant, call=live, agent=talking, ended_at=None)
    known = {"caller.number": NUMBER}
    asked = asks("queues.7001.waiting", "queues.7002.idle", "queues.7001.service_level")
    facts = routing_read(asked, known, time_zone="Asia/Shanghai", now=now).facts
    assert (facts["queues.7001.waiting"], facts["queues.7001.longest_wait_s"]) == (2, 40)
    assert (facts["queues.7002.idle"], facts["queues.7002.signed_in"]) == (1, 2)
    # Nobody was served today: no calls give no value.
    assert "queues.7001.service_level" not in facts


def test_what_is_given_comes_before_what_is_read(rules: RuleSet, user: User) -> None:
    QueueFactory(tenant=user.tenant, number="7001")
    given = {"caller.number": NUMBER, "queues.7001.waiting": 30, "caller.region": "上海市"}
    asked = asks("queues.7001.waiting", "caller.region")
    facts = routing_read(asked, given, time_zone="Nowhere/None").facts
    assert (facts["queues.7001.waiting"], facts["caller.region"]) == (30, "上海市")
    assert "time.clock" not in facts


def test_rules_route_in_the_company(rules: RuleSet, user: User) -> None:
    QueueFactory(tenant=user.tenant, number="7001")
    plan = RulesPlan("Entry", 1, asks("caller.number", kind="queue", queue="7001"))
    world = CompanyWorld(user.tenant_id, timezone.now())
    routed = route_in_company(world, plan, {"caller.number": NUMBER})
    assert routed.action
    assert (routed.action.kind, routed.action.target) == ("queue", "7001")
    assert routed.record["verdicts"][0]["code"] == "decided"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("13800138000", "13800138000"),
        ("02088886666", "02088886666"),
        ("+862088886666", "02088886666"),
        ("+442079460000", "+442079460000"),
        ("1001", "1001"),
        ("", ""),
    ],
)
def test_numbers_are_compared_as_people_write_them(raw: str, told: str) -> None:
    assert national(raw) == told
