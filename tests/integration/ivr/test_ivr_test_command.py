"""Dialling a flow in a company's data; its tests before publishing and by command."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command

from apps.core.tenancy import tenant_scope
from apps.demo.services import demo_companies_make
from apps.ivr.demo_flows import DEMO_FLOWS
from apps.ivr.last_known import FRESH_S
from apps.ivr.models import FlowVersion, OverrideState
from apps.ivr.selectors import EntryPlans, entry_plan
from apps.ivr.services import FlowRefusedError, flow_publish
from apps.ivr.simulator import flow_simulate, flow_tests_run
from tests.factories import (
    CalendarFactory,
    CustomerFactory,
    FlowFactory,
    QueueFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db

BY_HOURS: dict[str, Any] = {
    "name": "hours",
    "start": "hours",
    "nodes": {
        "hours": {"kind": "calendar", "calendar": "work", "open": "sales", "closed": "end"},
        "sales": {"kind": "queue", "queue": "7001", "prompts": ["queue-sales"]},
        "end": {"kind": "hangup", "prompts": ["goodbye"]},
    },
}
WORK = {"name": "work", "monday": "09:00-18:00"}
HOLIDAY = {"name": "holiday", "at": "2026-10-01 10:00", "expect": {"next": "hangup"}}
WORKDAY = {"name": "workday", "at": "2026-10-10 10:00", "expect": {"target": "7001"}}


def dial(document: Any, tenant_id: int, **more: Any) -> dict[str, Any]:
    """Dial a flow as the page does."""
    call = {"caller": "13800138000", "dialled": "4008001000", "inputs": [], **more}
    found = flow_simulate(document, tenant_id=tenant_id, **call)
    return json.loads(json.dumps(found))


def run(*args: str) -> str:
    """Run the command; give what it printed."""
    out = StringIO()
    call_command("ivr_test", *args, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("at", "came"),
    [
        (datetime(2026, 10, 1, 2, 0, tzinfo=UTC), "hangup"),  # a holiday, 10:00 in Shanghai
        (datetime(2026, 10, 10, 2, 0, tzinfo=UTC), "queue"),  # a make-up Saturday
        (datetime(2026, 10, 10, 16, 0, tzinfo=UTC), "hangup"),  # its midnight
    ],
)
def test_calendars_are_asked_at_the_moment_chosen(at: datetime, came: str) -> None:
    calendar = CalendarFactory(**WORK)
    assert dial(BY_HOURS, calendar.tenant_id, at=at)["decision"]["next"] == came


def test_story_has_the_words_in_the_language_spoken() -> None:
    found = dial(DEMO_FLOWS["main"], TenantFactory().pk, inputs=[{"keys": "2"}])
    assert found["waits"] == {"node": "support", "kind": "key", "timeout_s": 5.0, "most": 1}
    assert "按" in found["texts"]["main-menu"]["zh"]
    assert found["variables"]["caller"] == "13800138000"
    assert [step["node"] for step in found["path"]] == ["main"]


@pytest.mark.parametrize(
    ("document", "more"),
    [
        ({"start": "x", "nodes": {}}, {}),
        ("not a document", {}),
        (BY_HOURS, {"inputs": [{"keys": "x"}]}),
        (BY_HOURS, {"answers": {"slip": 1}}),
    ],
)
def test_what_cannot_be_dialled_is_said_and_is_no_error(document: Any, more: Any) -> None:
    found = dial(document, TenantFactory().pk, **more)
    assert found["error"]
    assert "events" not in found


def test_account_is_checked_in_the_companys_data_only() -> None:
    customer = CustomerFactory(
        account_number="880001", pin_hash=make_password("2468"), balance=Decimal("7.50")
    )
    keys = [{"keys": "3880001#2468#"}]
    assert dial(DEMO_FLOWS["main"], customer.tenant_id, inputs=keys)["waits"]["node"] == "main"
    stranger = dial(DEMO_FLOWS["main"], TenantFactory().pk, inputs=keys)
    assert stranger["waits"]["node"] == "account"
    assert "2468" not in json.dumps(stranger["path"])


def test_publishing_is_refused_while_a_test_fails_and_names_it() -> None:
    calendar = CalendarFactory(**WORK)
    QueueFactory(tenant=calendar.tenant, number="7001")
    flow = FlowFactory(tenant=calendar.tenant)
    wrong = {**HOLIDAY, "expect": {"next": "queue"}}
    with tenant_scope(flow.tenant_id):
        with pytest.raises(FlowRefusedError, match=r"test 'holiday': next: expected 'queue', came"):
            flow_publish(flow=flow, document={**BY_HOURS, "tests": [WORKDAY, wrong]})
        with pytest.raises(FlowRefusedError, match=r"test 'holiday': there is no field 'slip'"):
            flow_publish(flow=flow, document={**BY_HOURS, "tests": [{**HOLIDAY, "slip": 1}]})
        assert not FlowVersion.objects.filter(flow=flow).exists()
        flow_publish(flow=flow, document={**BY_HOURS, "tests": [WORKDAY, HOLIDAY]})


def test_the_switch_of_today_does_not_change_a_test() -> None:
    calendar = CalendarFactory(**WORK, override=OverrideState.CLOSED)
    document = {**BY_HOURS, "tests": [WORKDAY]}
    assert flow_tests_run(document, tenant_id=calendar.tenant_id)[0].faults == ()


def test_command_runs_the_demo_flows_tests() -> None:
    demo_companies_make()
    printed = run()
    assert "ok demo/主菜单: 软件问题到软件组\n" in printed
    assert printed.endswith("tests passed\n")
    assert run("--tenant", "b").splitlines() == ["ok b/客服直线: 直接排队", "1 tests passed"]


def test_command_fails_on_the_draft_and_says_why() -> None:
    calendar = CalendarFactory(**WORK)
    draft = {**BY_HOURS, "tests": [{**WORKDAY, "expect": {"next": "hangup"}}]}
    flow = FlowFactory(tenant=calendar.tenant, name="hours", draft=draft)
    out = StringIO()
    with pytest.raises(CommandError, match="1 failed, of 1 tests"):
        call_command("ivr_test", "--draft", "--flow", "hours", stdout=out)
    where = f"{flow.tenant.slug}/hours"
    assert out.getvalue() == (
        f"FAILED {where}: workday: next: expected 'hangup', came 'queue' (sales)\n"
    )
    with pytest.raises(CommandError, match="no such flow"):
        run("--published", "--flow", "hours")


def test_command_runs_files_without_a_company(tmp_path: Path) -> None:
    good, broken = tmp_path / "good.json", tmp_path / "broken.json"
    good.write_text(json.dumps(DEMO_FLOWS["main"]), encoding="utf-8")
    assert run(str(good)).endswith("4 tests passed\n")
    broken.write_text('{"nodes": {}}', encoding="utf-8")
    with pytest.raises(CommandError, match="1 failed, of 4 tests"):
        run(str(good), str(broken))
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match="cannot be read"):
        run(str(broken))


def test_second_call_to_a_number_asks_the_database_nothing_while_the_plan_is_fresh(
    django_assert_num_queries: Any,
) -> None:
    demo_companies_make()
    now_s = 0.0
    plans = EntryPlans(entry_plan, clock=lambda: now_s)
    first = plans.get("4008001000")
    assert first is not None
    with django_assert_num_queries(0):
        assert plans.get("4008001000") is first
    now_s = FRESH_S + 0.1
    assert plans.get("4008001000") is not first, "what was published since is seen"
