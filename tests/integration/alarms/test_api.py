"""Alarms, rules and wall displays over the API: as the pages, by company and view tier."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms.models import Alarm, AlarmRule
from apps.core.sealing import unseal
from apps.core.tenancy import tenant_scope
from apps.ivr.models import Calendar
from apps.live_board.models import Wall
from apps.live_board.services import wall_by_token
from tests.factories import (
    ApiTokenFactory,
    DepartmentFactory,
    QueueFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
RULE = {
    "name": "Many wait",
    "metric": "waiting",
    "queue": "7901",
    "raise_at": 5,
    "clear_at": 2,
    "emails": ["one@example.com", "two@example.com"],
}
WALL = {"name": "Hall", "queues": ["7901"], "tiles": ["queues", "alarms"]}


class World:
    """Two departments' queues and their people, and another company's admin."""

    def __init__(self) -> None:
        self.tenant = TenantFactory()
        sales, support = DepartmentFactory.create_batch(2, tenant=self.tenant)
        self.queue = QueueFactory(tenant=self.tenant, department=sales, number="7901")
        self.others_queue = QueueFactory(tenant=self.tenant, department=support, number="7902")

        def person(role: str, department: Any = sales) -> User:
            found: User = UserFactory(tenant=self.tenant, department=department, role=role)
            return found

        self.admin, self.lead = person(Role.ADMIN), person(Role.TEAM_LEAD)
        self.inspector, self.agent = person(Role.INSPECTOR), person(Role.AGENT)
        self.other_lead = person(Role.TEAM_LEAD, support)
        self.stranger: User = UserFactory(tenant=TenantFactory(), role=Role.ADMIN)
        self.people = (
            *(self.admin, self.lead, self.inspector, self.agent),
            *(self.other_lead, self.stranger),
        )
        for user in self.people:
            ApiTokenFactory(tenant=user.tenant, user=user, token=f"t-{user.pk}")

    def ask(self, user: User, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        """Ask the API as somebody; return status and body."""
        client = Client(headers={"authorization": f"Token t-{user.pk}"})
        sent = {} if data is None else {"data": data, "content_type": "application/json"}
        response = getattr(client, method)(f"/api/v1/{path}", **sent)
        return response.status_code, response.json() if response.content else None

    def alarm(self, queue: Any, number: int = 1, **more: Any) -> Alarm:
        """Raise an alarm of a queue."""
        now = timezone.now()
        return Alarm.objects.create(
            tenant=self.tenant,
            name=f"Alarm {number}",
            metric="waiting",
            queue=queue,
            has_queue=queue is not None,
            severity="warning",
            raise_at=5,
            raised_at=now - timedelta(minutes=number),
            value=6,
            worst=7,
            **more,
        )


@pytest.fixture
def world() -> Iterator[World]:
    """Make both companies, in the first one's scope."""
    found = World()
    with tenant_scope(found.tenant.pk):
        yield found


def test_rule_is_made_changed_in_part_and_deleted(world: World) -> None:
    Calendar.objects.create(tenant=world.tenant, name="Hours")
    status, made = world.ask(world.lead, "post", "alarm-rules/", {**RULE, "calendar": "Hours"})
    assert status == 201
    assert (made["queue"], made["calendar"], made["raise_after_s"]) == ("7901", "Hours", 15)
    assert (made["emails"], made["webhook_secret"]) == (RULE["emails"], "")
    path = f"alarm-rules/{made['id']}/"
    hook = "https://example.com/alarms?token=hidden"
    status, changed = world.ask(world.lead, "patch", path, {"webhook_url": hook, "raise_at": 8})
    assert (status, changed["raise_at"], changed["clear_at"]) == (200, 8, 2)
    assert (changed["webhook_host"], changed["calendar"]) == ("example.com", "Hours")
    row = AlarmRule.objects.get()
    assert (row.webhook_url, unseal(row.webhook_secret)) == (hook, changed["webhook_secret"])
    # The secret is told once, the address never.
    status, shown = world.ask(world.admin, "get", path)
    assert status == 200
    assert shown == {key: changed[key] for key in changed if key != "webhook_secret"}
    assert world.ask(world.inspector, "get", "alarm-rules/")[1]["results"] == [shown]
    assert world.ask(world.lead, "patch", path, {"name": "Other"})[1]["webhook_secret"] == ""
    assert world.ask(world.lead, "delete", path) == (204, None)
    assert world.ask(world.lead, "get", path)[0] == 404


@pytest.mark.parametrize(
    ("change", "status", "where"),
    [
        ({"clear_at": 9}, 400, "clear_at"),
        ({"webhook_url": "ftp://example.com"}, 400, "webhook_url"),
        ({"queue": None}, 400, "queue"),
        ({"emails": ["nobody"]}, 400, None),
        ({"metric": "moon"}, 400, None),
        ({"queue": "7902"}, 404, None),
        ({"calendar": "Nowhere"}, 404, None),
    ],
)
def test_rule_that_cannot_work_or_is_not_his_is_refused(
    world: World, change: Any, status: int, where: str | None
) -> None:
    found, answer = world.ask(world.lead, "post", "alarm-rules/", {**RULE, **change})
    assert found == status
    if where:
        assert answer["code"] == "alarms.rule"
        assert where in answer["fields"]
    assert not AlarmRule.objects.exists()


def test_name_is_the_companys_once(world: World) -> None:
    assert world.ask(world.lead, "post", "alarm-rules/", RULE)[0] == 201
    status, answer = world.ask(world.lead, "post", "alarm-rules/", RULE)
    assert (status, list(answer["fields"])) == (400, ["name"])


def test_alarm_is_listed_filtered_and_acknowledged_once(world: World) -> None:
    is_on = world.alarm(world.queue)
    over = world.alarm(world.queue, 2, cleared_at=timezone.now())
    world.alarm(world.others_queue, 3)
    everywhere = world.alarm(None, 4)

    def listed(user: User, asked: str = "") -> list[int]:
        return [one["id"] for one in world.ask(user, "get", f"alarms/{asked}")[1]["results"]]

    assert listed(world.lead) == [is_on.pk, over.pk]
    assert listed(world.lead, "?is_open=true") == [is_on.pk]
    assert listed(world.lead, "?is_open=false") == [over.pk]
    assert everywhere.pk in listed(world.admin)
    assert len(listed(world.admin, "?queue=7902&metric=waiting")) == 1
    path = f"alarms/{is_on.pk}/"
    status, taken = world.ask(world.lead, "post", f"{path}acknowledge/")
    assert (status, taken["acknowledged_by"]) == (200, world.lead.username)
    assert world.ask(world.admin, "post", f"{path}acknowledge/") == (200, taken)
    assert world.ask(world.inspector, "get", path) == (200, taken)
    assert world.ask(world.inspector, "post", f"{path}acknowledge/")[0] == 403


def test_wall_is_made_shown_and_revoked(world: World) -> None:
    status, made = world.ask(world.lead, "post", "walls/", WALL)
    assert (status, made["queues"], made["tiles"]) == (201, WALL["queues"], WALL["tiles"])
    page, _, token = made["link"].partition("#")
    assert page.startswith("http://testserver/board/wall/?language=")
    shown = wall_by_token(token, now=timezone.now())
    assert shown is not None
    assert shown.pk == made["id"]
    path = f"walls/{made['id']}/"
    assert "link" not in world.ask(world.lead, "get", path)[1]
    assert world.ask(world.admin, "get", "walls/")[1]["count"] == 1
    # Of the same department's lead it is not: he made none.
    assert world.ask(world.other_lead, "get", "walls/")[1]["count"] == 0
    assert world.ask(world.other_lead, "post", f"{path}revoke/")[0] == 404
    status, gone = world.ask(world.lead, "post", f"{path}revoke/")
    assert status == 200
    assert gone["revoked_at"]
    assert wall_by_token(token, now=timezone.now()) is None
    assert world.ask(world.lead, "post", f"{path}revoke/") == (200, gone)


def test_wall_of_queues_that_he_does_not_see_is_refused(world: World) -> None:
    for queues in (["7902"], ["7901", "7902"], ["9999"]):
        assert world.ask(world.lead, "post", "walls/", {**WALL, "queues": queues})[0] == 404
    assert world.ask(world.lead, "post", "walls/", {**WALL, "queues": []})[0] == 400
    assert not Wall.objects.exists()


def test_agents_and_other_companies_reach_nothing(world: World) -> None:
    rule = world.ask(world.lead, "post", "alarm-rules/", RULE)[1]["id"]
    wall = world.ask(world.lead, "post", "walls/", WALL)[1]["id"]
    alarm = world.alarm(world.queue).pk
    attacks = [
        ("get", f"alarms/{alarm}/", None),
        ("post", f"alarms/{alarm}/acknowledge/", {}),
        ("get", f"alarm-rules/{rule}/", None),
        ("patch", f"alarm-rules/{rule}/", {"is_active": False}),
        ("delete", f"alarm-rules/{rule}/", None),
        ("get", f"walls/{wall}/", None),
        ("post", f"walls/{wall}/revoke/", {}),
    ]
    for method, path, data in attacks:
        assert world.ask(world.agent, method, path, data)[0] == 403, path
        assert world.ask(world.stranger, method, path, data)[0] == 404, path
        assert world.ask(world.other_lead, method, path, data)[0] == 404, path
    for kind, data in (("alarm-rules", RULE), ("walls", WALL)):
        assert world.ask(world.agent, "post", f"{kind}/", data)[0] == 403
        # The queue's number is nobody's in the other company.
        assert world.ask(world.stranger, "post", f"{kind}/", data)[0] == 404
    for kind in ("alarms", "alarm-rules", "walls"):
        assert world.ask(world.agent, "get", f"{kind}/")[0] == 403
        assert world.ask(world.stranger, "get", f"{kind}/")[1]["count"] == 0
    found = AlarmRule.objects.get(), Wall.objects.get(), Alarm.objects.get()
    assert found[0].is_active
    assert (found[1].revoked_at, found[2].acknowledged_at) == (None, None)


@pytest.mark.parametrize("kind", ["alarms", "alarm-rules", "walls"])
def test_list_asks_as_often_however_long_it_is(world: World, kind: str) -> None:
    def more(many: int) -> None:
        for _turn in range(many):
            number = Alarm.objects.count() + 1
            world.alarm(world.queue, number, acknowledged_by=world.lead)
            world.ask(world.admin, "post", "alarm-rules/", {**RULE, "name": f"Rule {number}"})
            world.ask(world.admin, "post", "walls/", WALL)

    more(1)
    world.ask(world.admin, "get", f"{kind}/")
    with CaptureQueriesContext(connection) as few:
        world.ask(world.admin, "get", f"{kind}/")
    more(9)
    with CaptureQueriesContext(connection) as many:
        found = world.ask(world.admin, "get", f"{kind}/?page_size=5")[1]
    assert (found["count"], len(found["results"])) == (10, 5)
    assert len(many) == len(few)
