"""The what-if pages: ask, watch, read, run again, delete; who may not."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.models import Queue, Skill, WhatIfRun
from apps.acd.what_if_models import SILENT, WhatIfState
from apps.core.tenancy import all_tenants
from tests.factories import UserFactory
from tests.integration.acd.test_what_if_runs import asked, person, played, queue
from tests.integration.acd.what_if_rows import ON

__all__ = ["queue"]
pytestmark = pytest.mark.django_db


def client_of(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def sent(**more: Any) -> dict[str, Any]:
    """Return the form as a browser sends it, its rows empty."""
    found: dict[str, Any] = {
        "on": ON.isoformat(),
        "queues": ["7001", "7002"],
        "definition": "without_short",
        "calls": "100",
        "talks": "100",
        "plays": "2",
    }
    for name, rows in (("staff", 3), ("rules", 2), ("members", 2), ("skills", 2)):
        found |= {f"{name}-TOTAL_FORMS": str(rows), f"{name}-INITIAL_FORMS": "0"}
    return {**found, **more}


def test_asked_played_and_read(queue: Queue, django_capture_on_commit_callbacks: Any) -> None:
    client = client_of(person(queue))
    assert "Nothing asked yet" in client.get("/what-if/").content.decode()
    assert (timezone.localdate() - timedelta(days=1)).isoformat() in client.get(
        "/what-if/new/"
    ).content.decode()
    rows = {
        "calls": "150",
        "staff-0-queue": "7001",
        "staff-0-agents": "-2",
        "staff-0-since": "09:30",
        "staff-0-until": "00:00",
        "rules-0-queue": "7002",
        "rules-0-strategy": "random",
        "rules-0-wrap_up_s": "30",
    }
    with django_capture_on_commit_callbacks() as handed_over:
        answer = client.post("/what-if/new/", sent(**rows))
    assert answer.status_code == 302
    address = answer.headers["Location"]
    page = client.get(address).content.decode()
    assert 'data-state="waiting"' in page
    assert 'hx-trigger="every 2s"' in page
    assert "7001: -2 agents, 09:30 to 24:00" in page
    assert "7002: Strategy Random, Wrap-up (s) 30" in page
    assert len(handed_over) == 1
    with all_tenants("test"):
        run = WhatIfRun.objects.get()
    played(run)
    page = client.get(address).content.decode()
    assert 'data-state="done"' in page
    assert 'hx-trigger="every 2s"' not in page
    assert 'data-near="yes"' in page
    assert "The model reproduces the day." in page
    assert "09:00" in page
    assert "Erlang A" in page
    other = client.get(f"{address}?figure=asa_ms", headers={"HX-Request": "true"})
    assert "By half hour: Mean wait" in other.content.decode()
    assert "→" in client.get("/what-if/").content.decode()


def test_the_question_is_filled_with_an_earlier_one(queue: Queue) -> None:
    user = person(queue)
    with all_tenants("test"):
        agent = Agent.objects.filter(tenant=queue.tenant).first()
        assert agent is not None
        Skill.objects.create(tenant=queue.tenant, name="english")
    rows = {
        "calls": "120",
        "is_varied": "on",
        "staff-0-queue": "7001",
        "staff-0-agents": "3",
        "staff-0-until": "00:00",
        "members-0-agent": agent.number,
        "members-0-queue": "7002",
        "members-0-level": "none",
        "skills-0-agent": agent.number,
        "skills-0-skill": "english",
        "skills-0-level": "80",
        "rules-0-queue": "7001",
        "rules-0-overflow_to": "7002",
    }
    client = client_of(user)
    assert client.post("/what-if/new/", sent(**rows)).status_code == 302
    with all_tenants("test"):
        first = WhatIfRun.objects.get()
    page = client.get(f"/what-if/new/?like={first.pk}").content.decode()
    assert 'name="calls" value="120"' in page
    assert 'name="staff-0-agents" value="3"' in page
    assert '<option value="none" selected>' in page
    # What is sent without a touch asks the same.
    again = sent(**rows)
    for name in ("staff", "rules", "members", "skills"):
        again[f"{name}-INITIAL_FORMS"] = "1"
    assert client.post("/what-if/new/", again).status_code == 302
    with all_tenants("test"):
        second = WhatIfRun.objects.exclude(pk=first.pk).get()
    assert second.inputs == first.inputs
    assert client.get("/what-if/new/?like=99999").status_code == 404
    assert client.get("/what-if/new/?like=x").status_code == 200


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"on": "2026-11-25"}, "No call joined these queues on that day"),
        ({"on": "2999-01-01"}, "still to come"),
        ({"on": "never"}, "Enter a valid date"),
        ({"queues": []}, "This field is required"),
        ({"queues": ["7009"]}, "not one of the available choices"),
        ({"calls": "5"}, "greater than or equal to 10"),
        ({"staff-0-agents": "2"}, "Fill this in, or empty the row."),
        ({"staff-0-queue": "7001"}, "Fill this in, or empty the row."),
        (
            {
                "staff-0-queue": "7001",
                "staff-0-agents": "1",
                "staff-0-since": "10:00",
                "staff-0-until": "09:00",
            },
            "The end is not after the beginning.",
        ),
        ({"rules-0-queue": "7001", "rules-1-queue": "7001"}, "This queue has a row already."),
        ({"rules-0-queue": "7001", "rules-0-overflow_to": "7001"}, "Choose another queue."),
    ],
)
def test_what_is_wrong_is_told(queue: Queue, rows: dict[str, Any], said: str) -> None:
    answer = client_of(person(queue)).post("/what-if/new/", sent(**rows))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    with all_tenants("test"):
        assert not WhatIfRun.objects.exists()


def test_no_form_is_longer_than_its_rows_may_be(queue: Queue) -> None:
    rows = {"staff-TOTAL_FORMS": "99999999"}
    page = client_of(person(queue)).post("/what-if/new/", sent(**rows)).content.decode()
    assert "staff-29-agents" in page
    assert "staff-30-agents" not in page


def test_a_lead_sees_only_his_queues(queue: Queue) -> None:
    lead = person(queue, Role.TEAM_LEAD, department=queue.department)
    page = client_of(lead).get("/what-if/new/").content.decode()
    assert 'value="7001"' in page
    assert 'value="7002"' not in page
    without = person(queue, Role.TEAM_LEAD, department=None)
    assert 'data-testid="no-queues"' in client_of(without).get("/what-if/new/").content.decode()


def test_a_stranger_finds_nothing_and_an_agent_may_not(queue: Queue) -> None:
    run = asked(person(queue))
    with all_tenants("test"):
        stranger = UserFactory(role=Role.ADMIN)
    pages = [f"/what-if/{run.pk}/", f"/what-if/new/?like={run.pk}"]
    acts = [f"/what-if/{run.pk}/{act}/" for act in ("again", "cancel", "delete")]
    for who, status in ((stranger, 404), (person(queue, Role.AGENT), 403)):
        client = client_of(who)
        assert {client.get(page).status_code for page in pages} == {status}
        assert {client.post(act).status_code for act in acts} == {status}
    agent = client_of(person(queue, Role.AGENT))
    assert agent.get("/what-if/").status_code == 403
    assert agent.post("/what-if/new/", sent()).status_code == 403
    assert "/what-if/" not in agent.get("/").content.decode()
    assert (
        str(run.pk)
        not in client_of(stranger).get("/what-if/").content.decode().partition("what-if-row")[2]
    )
    anonymous = Client().get(pages[0])
    assert anonymous.status_code == 302
    with all_tenants("test"):
        assert WhatIfRun.objects.filter(pk=run.pk, state=WhatIfState.WAITING).exists()


def test_cancelled_run_again_and_deleted(
    queue: Queue, django_capture_on_commit_callbacks: Any
) -> None:
    user = person(queue)
    run = asked(user)
    client = client_of(user)
    address = f"/what-if/{run.pk}/"
    page = client.post(f"{address}cancel/", follow=True).content.decode()
    assert "Cancelled before it was done." in page
    with django_capture_on_commit_callbacks() as handed_over:
        page = client.post(f"{address}again/", follow=True).content.decode()
    assert 'data-state="waiting"' in page
    assert len(handed_over) == 1
    asked(user)
    asked(user)
    client.post(f"{address}cancel/")
    asked(user)
    page = client.post(f"{address}again/", follow=True).content.decode()
    assert "Other runs are under way." in page
    assert client.get(f"{address}again/").status_code == 405
    assert "Deleted." in client.post(f"{address}delete/", follow=True).content.decode()
    assert client.get(address).status_code == 404


def test_a_run_whose_worker_died_says_so(queue: Queue) -> None:
    user = person(queue)
    run = asked(user)
    with all_tenants("test"):
        silent = timezone.now() - SILENT - timedelta(seconds=1)
        WhatIfRun.objects.filter(pk=run.pk).update(
            state=WhatIfState.RUNNING, plays_done=3, heartbeat_at=silent
        )
    client = client_of(user)
    page = client.get(f"/what-if/{run.pk}/").content.decode()
    assert "The worker stopped in the middle. Run it again." in page
    assert 'data-state="failed"' in page
    assert 'data-testid="what-if-again"' in page
    assert "Failed" in client.get("/what-if/").content.decode()


def test_a_day_far_from_the_model_is_warned_of_in_chinese(queue: Queue) -> None:
    user = person(queue)
    run = played(asked(user))
    assert run.result is not None
    run.result["deviation"]["is_near"] = False
    run.result["incomplete"] = 3
    with all_tenants("test"):
        run.save()
    page = client_of(user, "zh-hans").get(f"/what-if/{run.pk}/").content.decode()
    assert 'data-near="no"' in page
    assert "模型没有重现这一天" in page
    assert "有 3 个通话的部分情况没有收到" in page
