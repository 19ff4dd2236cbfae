"""Pages of quality inspection: who opens what, what a form keeps, and attacks by address."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.quality.models import (
    Calibration,
    Inspection,
    Plan,
    QualityRules,
    Sheet,
)
from apps.quality.services import inspection_appeal
from apps.tasks.models import Task
from tests.factories import UserFactory
from tests.integration.quality.office import BEST, MIDDLE, Office, office_scope

pytestmark = pytest.mark.django_db
SCORES = {f"a_{key}": str(value) for key, value in MIDDLE.items()}


@pytest.fixture
def office() -> Any:
    with office_scope() as made:
        yield made


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_inspector_scores_by_the_page_and_the_agent_reads_it(office: Office) -> None:
    inspector, agent = browser(office.first), browser(office.agent.user)
    recording = office.recording()
    begun = inspector.post(f"/quality/recordings/{recording.pk}/inspect/")
    one = Inspection.objects.get()
    assert begun["Location"] == f"/quality/inspections/{one.pk}/"
    again = inspector.post(f"/quality/recordings/{recording.pk}/inspect/")
    assert again["Location"] == begun["Location"]
    assert agent.get(f"/quality/inspections/{one.pk}/").status_code == 404
    url = f"/quality/inspections/{one.pk}/"
    part = inspector.post(f"{url}save/", {"number": 1, "a_name": "1"}).json()
    assert part == {
        "number": 2,
        "score": "100",
        "open": 3,
        "sections": {"greeting": "100", "care": "—"},
        "fatal": [],
        "is_passed": True,
    }
    stale = inspector.post(f"{url}save/", {"number": 1, **SCORES})
    assert (stale.status_code, stale.json()["code"]) == (409, "quality.answers_changed")
    early = inspector.post(f"{url}publish/", {"number": 2})
    assert (early.status_code, early.json()["code"]) == (400, "quality.incomplete")
    assert inspector.post(f"{url}save/", {"number": 2, **SCORES}).json()["score"] == "60"
    text = {"text": "<b>Slow</b>", "is_timed": "1", "at_ms": "61500", "item": "tone"}
    inspector.post(f"{url}comment/", text)
    assert inspector.post(f"{url}publish/", {"number": 3}).status_code == 302
    page = agent.get(url).content.decode()
    assert 'data-jump="61500"' in page
    assert "&lt;b&gt;Slow&lt;/b&gt;" in page
    assert f"/recordings/{recording.pk}/" in page
    assert Inspection.objects.get().seen_at is not None
    assert agent.post(f"{url}acknowledge/").status_code == 302
    assert agent.post(f"{url}appeal/", {"reason": "No"}).status_code == 302
    judge = browser(office.second)
    assert "data-inspection" in judge.get("/quality/?list=appeals").content.decode()
    assert "Decide the appeal" in judge.get(url).content.decode()
    assert "Decide the appeal" not in inspector.get(url).content.decode()
    best = {f"a_{key}": str(value) for key, value in BEST.items()}
    assert inspector.post(f"{url}decide/", {**best, "reason": "x"}).status_code == 403
    assert judge.post(f"{url}decide/", {**best, "reason": "Right"}).status_code == 302
    assert "Right" in agent.get(url).content.decode()
    assert Inspection.objects.get().score == 100


def test_colleague_and_stranger_find_nothing(office: Office) -> None:
    one = office.published()
    url = f"/quality/inspections/{one.pk}/"
    acts = ("save", "publish", "undo", "correct", "acknowledge", "appeal", "decide", "comment")
    people = (office.colleague.user, office.other.user, office.support_lead)
    for person in (*people, UserFactory(role="inspector"), UserFactory(role="admin")):
        client = browser(person)
        assert client.get(url).status_code == 404
        for act in (*acts, "give", "cancel", "coach"):
            answer = client.post(f"{url}{act}/", {"reason": "x", "number": 3, **SCORES})
            assert answer.status_code == 404, act
        assert (
            f'data-inspection="{one.pk}"' not in client.get("/quality/?list=all").content.decode()
        )
        assert client.get("/quality/results/?by=agent").content.decode().count("results-row") == 0
    same = Inspection.objects.get()
    assert (same.state, same.score, same.acts.count()) == ("published", one.score, 3)


def test_agent_cannot_inspect_nor_plan_nor_see_sheets(office: Office) -> None:
    client = browser(office.agent.user)
    recording = office.recording()
    assert client.post(f"/quality/recordings/{recording.pk}/inspect/").status_code == 403
    pages = ("sheets/", f"sheets/{office.sheet.pk}/", "plans/", "plans/new/", "calibrations/")
    assert {client.get(f"/quality/{page}").status_code for page in pages} == {403}
    assert client.post("/quality/sheets/", {"name": "x"}).status_code == 403
    assert client.get("/quality/").status_code == 200
    assert client.get("/quality/results/file/").status_code == 403


def test_lead_inspects_no_recording_of_another_department(office: Office) -> None:
    recording = office.recording(office.other)
    client = browser(office.lead)
    assert client.post(f"/quality/recordings/{recording.pk}/inspect/").status_code == 404
    assert client.get(f"/quality/recordings/{recording.pk}/calibrate/").status_code == 404


def test_sheet_is_built_by_its_buttons_and_published(office: Office) -> None:
    client = browser(office.lead)
    made = client.post("/quality/sheets/", {"name": "New"})
    sheet = Sheet.objects.get(name="New")
    url = made["Location"]
    assert "The sheet needs a section" in client.get(url).content.decode()
    form = {"number": "1", "name": "New", "pass_mark": "70", "fatal": "section", "is_active": "1"}
    assert client.post(url, {**form, "do": "add"}).status_code == 302
    sheet.refresh_from_db()
    (section,) = sheet.draft["sections"]
    (item,) = section["items"]
    typed = {
        "s0_id": section["id"],
        "s0_title": "Greeting",
        "s0_weight": "10",
        "s0i0_id": item["id"],
        "s0i0_title": "Tone",
        "s0i0_kind": "scale",
        "s0i0_steps": "4",
        "s0i0_weight": "5",
        "s0i0_is_fatal": "1",
    }
    form |= typed | {"number": "2"}
    assert client.post(url, {**form, "do": "add:0"}).status_code == 302
    stale = client.post(url, {**form, "do": "save"})
    assert "yours is not kept" in stale.content.decode()
    sheet.refresh_from_db()
    second = sheet.draft["sections"][0]["items"][1]["id"]
    form |= {"number": "3", "s0i1_id": second, "s0i1_title": "Name", "s0i1_weight": "5"}
    form |= {"s0i1_kind": "yes_no", "s0i1_allows_na": "1", "s0i1_steps": "5"}
    assert client.post(url, {**form, "do": "up:0.1"}).status_code == 302
    sheet.refresh_from_db()
    assert [one["title"] for one in sheet.draft["sections"][0]["items"]] == ["Name", "Tone"]
    # A section with something in it is not removed at a stroke.
    client.post(url, {**form, "number": "4", "do": "remove:0"})
    sheet.refresh_from_db()
    assert len(sheet.draft["sections"]) == 1
    assert client.post(url, {**form, "number": "5", "do": "publish"}).status_code == 302
    version = sheet.versions.get()
    assert (version.number, version.document["pass_mark"]) == (1, 70)
    assert version.document["sections"][0]["items"][0]["is_fatal"] is True
    shown = client.get(f"{url}versions/1/").content.decode()
    assert "Tone" in shown
    reader = browser(office.first)
    assert reader.get(url)["Location"].endswith("/versions/1/")
    assert reader.post(url, {**form, "number": "6", "do": "save"}).status_code == 302
    sheet.refresh_from_db()
    assert sheet.number == 6


def test_broken_sheet_is_kept_and_not_published(office: Office) -> None:
    client = browser(office.lead)
    url = f"/quality/sheets/{office.sheet.pk}/"
    form = {"number": "1", "name": "Service", "pass_mark": "often", "do": "publish"}
    page = client.post(url, form).content.decode()
    assert "cannot be published yet" in page
    assert "from 0 to 100" in page
    assert office.sheet.versions.count() == 1


def test_plan_is_made_looked_at_and_drawn(office: Office) -> None:
    for _ in range(4):
        office.recording()
    client = browser(office.lead)
    form = {
        "name": "Weekly",
        "sheet": office.sheet.pk,
        "kind": "per_agent",
        "count": "3",
        "period": "week",
        "department": office.sales.pk,
        "inspectors": [office.first.pk, office.second.pk],
        "least_talk_s": "30",
        "due_days": "7",
        "seed": "1",
        "is_active": "on",
    }
    refused = client.post("/quality/plans/new/", {**form, "department": office.support.pk})
    assert (refused.status_code, Plan.objects.count()) == (200, 0)
    made = client.post("/quality/plans/new/", form)
    plan = Plan.objects.get()
    assert made["Location"] == f"/quality/plans/{plan.pk}/draw/"
    page = client.get(f"{made['Location']}?which=this").content.decode()
    assert page.count("pick-row") == 3
    assert Inspection.objects.count() == 0
    client.post(made["Location"], {"which": "this"})
    assert Inspection.objects.count() == 3
    again = client.post(made["Location"], {"which": "this"}, follow=True)
    assert "already drawn" in again.content.decode()
    assert browser(office.first).get("/quality/").content.decode().count("inspection-row") >= 1
    assert client.get("/quality/plans/").content.decode().count("plan-row") == 1
    assert browser(office.support_lead).get(f"/quality/plans/{plan.pk}/").status_code == 404


def test_calibration_is_blind_until_one_has_handed_in(office: Office) -> None:
    recording = office.recording()
    lead = browser(office.lead)
    form = {
        "title": "May",
        "sheet": office.sheet.pk,
        "inspectors": [office.first.pk, office.second.pk],
    }
    few = lead.post(
        f"/quality/recordings/{recording.pk}/calibrate/", {**form, "inspectors": office.first.pk}
    )
    assert "at least two" in few.content.decode()
    made = lead.post(f"/quality/recordings/{recording.pk}/calibrate/", form)
    url = made["Location"]
    one = Calibration.objects.get()
    first, second = browser(office.first), browser(office.second)
    assert "calibration-todo" in first.get("/quality/").content.decode()
    assert first.post(f"{url}save/", {"number": 1, **SCORES}).json()["score"] == "60"
    assert "Comparison" not in second.get(url).content.decode()
    assert first.post(f"{url}hand-in/", {"number": 2}).status_code == 302
    assert "Comparison" in first.get(url).content.decode()
    assert "Comparison" not in second.get(url).content.decode()
    assert "Comparison" not in lead.get(url).content.decode()
    handed = first.post(f"{url}save/", {"number": 2, "a_name": "0"})
    assert (handed.status_code, handed.json()["code"]) == (409, "quality.handed_in")
    best = {f"a_{key}": str(value) for key, value in BEST.items()}
    second.post(f"{url}save/", {"number": 1, **best})
    second.post(f"{url}hand-in/", {"number": 2})
    page = lead.get(url).content.decode()
    # met/met, partly/met, met/met, not/met: po 1/2, pe 1/2 * 1 = 1/2.
    assert "kappa: <strong>0.000</strong>" in page
    assert "spread 40" in page
    third = browser(office.third)
    assert third.get(url).status_code == 404
    assert third.post(f"{url}save/", {"number": 1, **best}).status_code == 404
    lead.post(f"{url}close/")
    one.refresh_from_db()
    assert one.closed_at is not None


def test_coaching_task_is_linked_from_the_inspection(office: Office) -> None:
    one = office.published()
    client = browser(office.first)
    url = f"/quality/inspections/{one.pk}/"
    client.post(f"{url}coach/", {"title": "Smile", "due_on": "2099-01-01"})
    assert Task.objects.count() == 0
    client.post(f"{url}coach/", {"title": "Smile"})
    task = Task.objects.get()
    assert f"/tasks/{task.pk}/" in client.get(url).content.decode()
    page = browser(office.agent.user).get(f"/tasks/{task.pk}/").content.decode()
    assert url in page


def test_pages_take_nonsense(office: Office) -> None:
    client = browser(office.admin)
    one = office.published()
    asked = (
        "?list=all&agent=%00&state=x&sheet=abc&page=99999999999",
        "results/?by=moon&step=x&since=0000-00-00&until=9999-99-99&agent=99999999999999999999",
        "results/?since=0001-01-01&until=9999-12-31&by=time&step=month",
        "results/behind/?by=item&key=1.x",
        "results/file/?format=pdf&by=time",
    )
    assert {client.get(f"/quality/{path}").status_code for path in asked} == {200}
    for key in ("moon", "9" * 30, "1.", "-1"):
        assert client.get(f"/quality/results/behind/?by=agent&key={key}").status_code in (200, 404)
    url = f"/quality/inspections/{one.pk}/"
    posted = client.post(f"{url}comment/", {"text": "x", "is_timed": "1", "at_ms": "-5"})
    assert posted.status_code == 302
    assert client.post(f"{url}give/", {"to": "9" * 40}).status_code == 404


def test_rules_of_appeals_reach_the_page(office: Office) -> None:
    QualityRules.objects.create(tenant=office.tenant, most_appeals=0)
    one = office.published()
    page = browser(office.agent.user).get(f"/quality/inspections/{one.pk}/").content.decode()
    assert "acknowledge" in page
    assert "appeal-form" not in page


def test_lists_cost_as_many_queries_for_many_rows(
    office: Office, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        office.published()
    appealed = office.published()
    inspection_appeal(inspection=appealed, user=office.agent.user, reason="x")
    client = browser(office.admin)
    with django_assert_max_num_queries(26):
        client.get("/quality/?list=all", headers={"HX-Request": "true"})
    with django_assert_max_num_queries(30):
        client.get("/quality/results/", headers={"HX-Request": "true"})
