"""Figures of a flow's steps, counted from what the interpreter told of real runs of it."""

import random
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AGI, Fact
from apps.calls.models import Call, CallFact
from apps.calls.rows import fact_row
from apps.core.tenancy import all_tenants, tenant_scope
from apps.ivr.engine.documents import flow_parse
from apps.ivr.engine.run import run_flow
from apps.ivr.engine.steps import Step
from apps.ivr.flow_figures import Period, node_calls, node_figures, period_of_days
from apps.ivr.models import Flow, FlowVersion
from tests.factories import CallFactory, FlowFactory, FlowVersionFactory, UserFactory
from tests.unit.ivr.fakes import HANG_UP, SILENCE, FakeLookups, FakeVoice

NAME = "主菜单"
DOCUMENT = {
    "name": NAME,
    "start": "main",
    "nodes": {
        "main": {
            "kind": "menu",
            "prompts": ["main-menu"],
            "keys": {"1": "sales", "2": "card"},
            "tries": 3,
            "on_failed": "bye",
        },
        "card": {
            "kind": "collect",
            "variable": "card",
            "min": 2,
            "most": 4,
            "to": "main",
            "on_failed": "bye",
        },
        "sales": {"kind": "queue", "queue": "7001", "prompts": ["queue-sales"]},
        "bye": {"kind": "hangup"},
    },
}


@pytest.fixture
def flow(db: None) -> Flow:
    with all_tenants("test"):
        found: Flow = FlowFactory(name=NAME)
    return found


def call_through(
    flow: Flow,
    *inputs: str,
    at: datetime | None = None,
    is_over: bool = True,
    version: int = 1,
    came_by: str = NAME,
) -> Call:
    """Run the flow for one caller and write what the ledger would hold.

    `version` is that of the flow `came_by`, which the number leads to.
    """
    begun = at or max(period_of_days(1).since, timezone.now() - timedelta(minutes=5))
    with all_tenants("test"):
        call: Call = CallFactory(
            tenant=flow.tenant,
            started_at=begun,
            ended_at=begun + timedelta(minutes=1) if is_over else None,
        )
    steps: list[Step] = []
    decision = run_flow(
        flow_parse(DOCUMENT),
        voice=FakeVoice(inputs),
        lookups=FakeLookups(),
        on_step=steps.append,
        clock=iter(range(1000)).__next__,
    )
    told: list[tuple[str, dict[str, Any]]]
    told = [(kinds.ENTERED, {"did": "4008001000", "flow": came_by, "version": version})]
    told += [(kinds.NODE, asdict(step)) for step in steps]
    if decision.next != "gone":
        told.append((kinds.DECIDED, {"next": decision.next, "target": decision.target}))
    for place, (kind, data) in enumerate(told):
        fact = Fact(
            node=call.node,
            linkedid=call.linkedid,
            key=f"{call.linkedid}:{kind}:{place}",
            kind=kind,
            at=begun + timedelta(seconds=place),
            source=AGI,
            uniqueid=call.linkedid,
            data=data,
        )
        fact_row(fact, call).save()
    return call


def figures(flow: Flow, period: Period | None = None) -> dict[str, tuple[int, ...]]:
    """Give (entered, calls, time-outs, invalid, hung up) by step."""
    with tenant_scope(flow.tenant_id):
        found = node_figures(flow, period or period_of_days(7))
    return {
        one.node: (one.entered, one.calls, one.timeouts, one.invalid, one.hung_up) for one in found
    }


def test_each_step_counts_what_callers_did_there(flow: Flow) -> None:
    call_through(flow, "1")
    call_through(flow, "9", SILENCE, "1")
    call_through(flow, "2", "12", "#", "1")
    call_through(flow, HANG_UP)
    assert figures(flow)["main"] == (5, 4, 1, 1, 1)
    assert figures(flow)["sales"] == (3, 3, 0, 0, 0)
    with tenant_scope(flow.tenant_id):
        keys = {one.node: dict(one.keys) for one in node_figures(flow, period_of_days(1))}
    assert sum(keys["main"].values()) == 4
    assert keys["main"]["1"] == 2
    assert keys["card"] == {}, "what is keyed there is a caller's number"


def test_hanging_up_counts_in_the_step_and_only_once_the_call_is_over(flow: Flow) -> None:
    call_through(flow, "2", HANG_UP)
    assert figures(flow)["card"][4] == 1
    call_through(flow, "2", HANG_UP, is_over=False)
    assert figures(flow)["card"][4] == 1


def test_a_decision_is_no_hang_up(flow: Flow) -> None:
    call_through(flow, SILENCE, SILENCE, SILENCE)
    assert figures(flow)["bye"] == (1, 1, 0, 0, 0)


def test_days_begin_at_local_midnight_and_other_flows_do_not_count(flow: Flow) -> None:
    today = period_of_days(1)
    call_through(flow, "1", at=today.since)
    call_through(flow, "1", at=today.since - timedelta(seconds=30))
    assert figures(flow, today)["main"][0] == 1
    assert figures(flow, period_of_days(7))["main"][0] == 2
    with all_tenants("test"):
        other = FlowFactory(name=NAME)
    assert figures(other) == {}


def test_calls_behind_a_figure_are_as_many_whatever_callers_do(flow: Flow) -> None:
    draw = random.Random(20261124)
    keys = ["1", "2", "9", "12", "#", SILENCE, HANG_UP]
    for _call in range(25):
        call_through(flow, *draw.choices(keys, k=draw.randint(0, 6)))
    period = period_of_days(7)
    with tenant_scope(flow.tenant_id):
        found = node_figures(flow, period)
        for one in found:
            through = node_calls(Call.objects.all(), flow, period, node=one.node)
            gone = node_calls(Call.objects.all(), flow, period, node=one.node, is_hung_up=True)
            assert (through.count(), gone.count()) == (one.calls, one.hung_up)
    main = next(one for one in found if one.node == "main")
    assert main.calls == 25
    decided = Counter(one.kind for one in found if one.kind in ("queue", "hangup"))
    assert set(decided) == {"queue", "hangup"}
    ends = sum(one.hung_up for one in found)
    ends += sum(one.calls for one in found if one.kind in ("queue", "hangup"))
    assert ends == 25, "every call ends in one place"


def publish(flow: Flow, number: int, at: datetime) -> FlowVersion:
    """Put a version in force at a time."""
    with all_tenants("test"):
        version: FlowVersion = FlowVersionFactory(
            tenant=flow.tenant, flow=flow, number=number, document=DOCUMENT
        )
        FlowVersion.objects.filter(pk=version.pk).update(published_at=at)
        version.refresh_from_db()
    return version


def entered_main(flow: Flow, version: FlowVersion | None) -> int:
    """Give how often the first step was entered in a version."""
    with tenant_scope(flow.tenant_id):
        found = node_figures(flow, period_of_days(7), version=version)
    return sum(one.entered for one in found if one.node == "main")


def test_a_step_that_two_versions_have_counts_in_the_version_of_the_call(flow: Flow) -> None:
    now = timezone.now()
    first = publish(flow, 1, now - timedelta(hours=3))
    second = publish(flow, 2, now - timedelta(hours=1))
    call_through(flow, "1", version=1, at=now - timedelta(hours=2))
    call_through(flow, "1", version=1, at=now - timedelta(hours=2))
    # Its plan was read a moment before: a running call keeps the version that it began with.
    late = call_through(flow, HANG_UP, version=1, at=now - timedelta(minutes=59))
    new = call_through(flow, HANG_UP, version=2, at=now - timedelta(minutes=30))
    counts = [entered_main(flow, version) for version in (first, second, None)]
    assert counts == [3, 1, 4]
    with tenant_scope(flow.tenant_id):
        for version, call in ((first, late), (second, new)):
            behind = node_calls(
                Call.objects.all(),
                flow,
                period_of_days(7),
                node="main",
                version=version,
                is_hung_up=True,
            )
            assert list(behind) == [call]


def test_a_call_by_another_flow_counts_in_the_version_of_its_time(flow: Flow) -> None:
    now = timezone.now()
    first = publish(flow, 1, now - timedelta(hours=3))
    second = publish(flow, 2, now - timedelta(hours=1))
    # The other flow's version says nothing of this one's.
    call_through(flow, "1", came_by="热线", version=2, at=now - timedelta(hours=2))
    call_through(flow, "1", came_by="热线", version=1, at=now - timedelta(minutes=30))
    call_through(flow, "1", came_by="热线", version=1, at=now - timedelta(minutes=20))
    assert [entered_main(flow, version) for version in (first, second)] == [1, 2]


def by_hand(flow: Flow) -> dict[str, tuple[int, ...]]:
    """Count as docs/figures.md defines it, call after call, for calls that are all over."""
    found: dict[str, list[int]] = {}
    for call in Call.objects.filter(tenant_id=flow.tenant_id):
        facts = CallFact.objects.filter(linkedid=call.linkedid).exclude(kind=kinds.ENTERED)
        way = sorted(facts, key=lambda fact: fact.at)
        for fact in way:
            if fact.kind == kinds.NODE:
                row = found.setdefault(fact.data["node"], [0, 0, 0, 0, 0])
                row[0] += fact.data["is_first"]
                row[2] += fact.data["timeouts"]
                row[3] += fact.data["invalid"]
        for step in {fact.data["node"] for fact in way if fact.kind == kinds.NODE}:
            found[step][1] += 1
        if way and way[-1].kind == kinds.NODE:
            found[way[-1].data["node"]][4] += 1
    return {step: tuple(row) for step, row in found.items()}


@pytest.mark.parametrize("seed", range(5))
def test_figures_agree_with_counting_by_hand_in_whatever_order_facts_came(
    flow: Flow, seed: int
) -> None:
    draw = random.Random(seed)
    keys = ["1", "2", "9", "12", "#", SILENCE, HANG_UP]
    for _call in range(15):
        call_through(flow, *draw.choices(keys, k=draw.randint(0, 6)))
    with tenant_scope(flow.tenant_id):
        expected = by_hand(flow)
        assert figures(flow) == expected
        # A spool is written late: the same facts again, in another order.
        rows = list(CallFact.objects.filter(tenant_id=flow.tenant_id))
        CallFact.objects.filter(pk__in=[row.pk for row in rows]).delete()
        draw.shuffle(rows)
        for row in rows:
            row.pk = None
            row.save(force_insert=True)
    assert figures(flow) == expected


@pytest.fixture
def admin(flow: Flow) -> Client:
    with all_tenants("test"):
        person = UserFactory(tenant=flow.tenant, role=Role.ADMIN)
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def test_the_page_shows_the_figures_and_leads_to_the_calls(flow: Flow, admin: Client) -> None:
    call_through(flow, "1")
    gone = call_through(flow, HANG_UP)
    page = admin.get(f"/flows/{flow.pk}/figures/?days=7").content.decode()
    assert page.count('data-testid="node-figure"') == 2
    listed = admin.get(f"/flows/{flow.pk}/figures/calls/?days=7&node=main&hung_up=1")
    assert listed.content.decode().count('data-testid="call-row"') == 1
    assert f'data-call="{gone.pk}"' in listed.content.decode()


def test_the_graph_gets_the_figures_as_json(flow: Flow, admin: Client) -> None:
    call_through(flow, "1")
    told = admin.get(f"/flows/{flow.pk}/figures.json?days=1").json()
    assert told["days"] == 1
    assert told["nodes"]["main"]["entered"] == 1
    assert told["nodes"]["main"]["keys"] == {"1": 1}


def test_the_version_in_force_is_shown_unless_another_or_all_are_asked_for(
    flow: Flow, admin: Client
) -> None:
    now = timezone.now()
    publish(flow, 1, now - timedelta(hours=3))
    publish(flow, 2, now - timedelta(hours=1))
    call_through(flow, "1", version=1)
    call_through(flow, "1", version=1)
    call_through(flow, "1", version=2)

    def told(version: str) -> tuple[int | None, int]:
        answer = admin.get(f"/flows/{flow.pk}/figures.json", {"version": version}).json()
        return answer["version"], answer["nodes"]["main"]["entered"]

    assert told("1") == (1, 2)
    assert told("all") == (None, 3)
    for strange in ("", "2", "3", "0", "-1", "x", "²", "9" * 30, "9" * 5000):
        assert told(strange) == (2, 1), strange[:40]
    page = admin.get(f"/flows/{flow.pk}/figures/").content.decode()
    assert "Version 2, in force" in page
    address = f"/flows/{flow.pk}/figures/calls/?days=7&version=2&node=main"
    assert address.replace("&", "&amp;") in page
    # Published meanwhile: the link still leads to the calls that were counted.
    publish(flow, 3, now)
    assert admin.get(address).content.decode().count('data-testid="call-row"') == 1


@pytest.mark.parametrize("days", ["", "0", "-1", "99999999999", "x", "7;drop"])
def test_a_strange_period_is_the_default_one(flow: Flow, admin: Client, days: str) -> None:
    assert admin.get(f"/flows/{flow.pk}/figures.json", {"days": days}).json()["days"] == 7


def test_own_days_count_from_the_first_to_the_end_of_the_last(flow: Flow, admin: Client) -> None:
    midnight = period_of_days(1).since
    for days_ago in (1, 2, 3, 4):
        call_through(flow, "1", at=midnight - timedelta(days=days_ago))
    call_through(flow, HANG_UP, at=midnight - timedelta(seconds=30))
    local = timezone.localtime(midnight).date()
    asked = {"since": str(local - timedelta(days=3)), "until": str(local - timedelta(days=1))}
    told = admin.get(f"/flows/{flow.pk}/figures.json", asked).json()["nodes"]["main"]
    assert (told["entered"], told["calls"], told["hung_up"]) == (4, 4, 1)
    page = admin.get(f"/flows/{flow.pk}/figures/", asked).content.decode()
    link = (
        f"/flows/{flow.pk}/figures/calls/?{urlencode({**asked, 'version': 'all', 'node': 'main'})}"
    )
    assert link.replace("&", "&amp;") in page
    listed = admin.get(link).content.decode()
    assert listed.count('data-testid="call-row"') == 4
    assert urlencode(asked).replace("&", "&amp;") in listed, "the way back keeps the days"


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("2026-10-02", "2026-10-01", "The last day is before the first."),
        ("2026-01-01", "2026-10-01", "Choose at most 92 days."),
        ("2026-10-01", "", "This field is required."),
        ("2026-10-01", "yesterday", "Enter a valid date."),
        ("0001-01-01", "0001-01-02", "greater than or equal to"),
        ("9999-12-31", "9999-12-31", "less than or equal to"),
    ],
)
def test_wrong_days_are_told_and_the_week_is_shown(
    flow: Flow, admin: Client, since: str, until: str, told: str
) -> None:
    call_through(flow, "1")
    asked = {"since": since, "until": until}
    page = admin.get(f"/flows/{flow.pk}/figures/", asked).content.decode()
    assert told in page
    assert 'data-node="main"' in page
    assert admin.get(f"/flows/{flow.pk}/figures.json", asked).json()["days"] == 7


def test_figures_are_for_the_companys_admins(flow: Flow) -> None:
    with all_tenants("test"):
        agent = UserFactory(tenant=flow.tenant)
        stranger = UserFactory(role=Role.ADMIN)
    for person, status in ((agent, 403), (stranger, 404)):
        client = Client()
        client.force_login(person)
        for path in ("figures/", "figures.json", "figures/calls/?node=main"):
            assert client.get(f"/flows/{flow.pk}/{path}").status_code == status, path
