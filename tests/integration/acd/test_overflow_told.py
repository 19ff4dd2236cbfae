"""Why a caller went on elsewhere: on the call's page and over the API; and queues over the API."""

import pytest
from django.test import Client
from django.utils import timezone, translation

from apps.accounts.choices import Role, ViewTier
from apps.acd.engine.overflow import Due, Overflow, Rule
from apps.acd.overflow_told import call_overflows
from apps.calls.models import Call, CallFact
from apps.calls.selectors import call_timeline
from apps.core.tenancy import tenant_scope
from apps.telephony.ami.acd_facts import overflowed_fact
from tests.factories import ApiTokenFactory, CallFactory, QueueFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()
RULES = [
    (Rule(1, "waited", "queue", 20, target="demo-7001", label="7001", keeps_place=True), 20.2),
    (Rule(2, "length", "voicemail", 5, target="demo-7002", label="7002"), 6),
    (Rule(3, "expected", "number", 60, target="PJSIP/139@t", label="13900139000"), 93.4),
    (Rule(4, "nobody", "flow"), None),
    (Rule(5, "condition", "call-back"), None),
]
SAID = [
    ("he had waited 20 s, the limit is 20 s", "queue 7001, his place kept"),
    ("6 callers waited when he joined, the limit is 5", "the voicemail of 7002"),
    ("the expected wait was 93 s, the limit is 60 s", "the number 13900139000"),
    ("nobody was signed in to the queue", "the flow, as after the longest wait"),
    ("the rule's condition was true", "a call-back"),
]


@pytest.fixture
def call() -> Call:
    """Return a call that each kind of rule sent on once."""
    found: Call = CallFactory()
    for rule, was in RULES:
        order = Overflow(
            found.linkedid, "PJSIP/c", found.linkedid, "demo-7002", Due(rule, was), (rule.id,), 20.2
        )
        fact = overflowed_fact(found.node, order, NOW)
        CallFact.objects.create(tenant=found.tenant, **vars(fact))
    return found


def test_each_kind_is_said_in_words(call: Call) -> None:
    with tenant_scope(call.tenant_id), translation.override("en"):
        found = call_overflows(call_timeline(call))
    assert [(one.why, one.to) for one in found] == SAID
    assert {(one.queue, one.waited_s) for one in found} == {("7002", 20)}
    with tenant_scope(call.tenant_id), translation.override("zh-hans"):
        assert call_overflows(call_timeline(call))[3].why == "队列无人签入"


def test_the_api_tells_it_to_who_may_see_the_call_and_to_nobody_else(call: Call) -> None:
    ApiTokenFactory(tenant=call.tenant, token="t-mine")
    ApiTokenFactory(token="t-other")
    url = f"/api/v1/calls/{call.pk}/overflows/"
    found = Client(HTTP_AUTHORIZATION="Token t-mine").get(url).json()
    assert [one["queue"] for one in found] == ["7002"] * 5
    assert Client(HTTP_AUTHORIZATION="Token t-other").get(url).status_code == 404
    assert Client().get(url).status_code == 401


def test_the_call_s_page_shows_it(call: Call) -> None:
    client = Client()
    client.force_login(UserFactory(tenant=call.tenant, role=Role.ADMIN, view_tier=ViewTier.ALL))
    assert client.get(f"/calls/{call.pk}/").text.count('data-testid="overflow"') == 5


def test_queues_now_over_the_api_are_those_of_the_token() -> None:
    queue = QueueFactory(number="7001")
    ApiTokenFactory(tenant=queue.tenant, token="t-mine")
    ApiTokenFactory(token="t-other")
    assert Client(HTTP_AUTHORIZATION="Token t-mine").get("/api/v1/queues/").json()["results"] == [
        {
            "number": "7001",
            "name": queue.name,
            "waiting": 0,
            "longest_wait_s": 0,
            "signed_in": 0,
            "idle": 0,
            "expected_wait_s": None,
        }
    ]
    assert Client(HTTP_AUTHORIZATION="Token t-other").get("/api/v1/queues/").json()["results"] == []
    assert Client().get("/api/v1/queues/").status_code == 401
