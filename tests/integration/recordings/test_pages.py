"""Recordings are searched by everything on the call, taken along, held: each by who may."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants, tenant_scope
from apps.dispositions.models import CallDisposition, Disposition
from apps.recordings.choices import Conversion, Fault, RecordingState, Trouble
from apps.recordings.models import Recording, RecordingSound, RetentionRun
from apps.surveys.models import SurveyAnswer, SurveyResult
from tests.factories import (
    AgentFactory,
    CallFactory,
    CustomerFactory,
    DepartmentFactory,
    TenantFactory,
    UserFactory,
)
from tests.integration.recordings.sounds_made import converted, looked_at, recording_made

pytestmark = pytest.mark.django_db
LIST, ZIP, POLICY = "/recordings/", "/recordings/download/", "/recordings/policy/"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    (tmp_path / "recordings").mkdir()
    cache.clear()
    return tmp_path / "recordings"


class Office:
    """A company with two recorded calls of one agent, and one of a colleague elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.agent = AgentFactory()
        self.tenant = self.agent.tenant
        own = {"tenant": self.tenant, "agent": self.agent}
        customer = CustomerFactory(tenant=self.tenant, name="陈静")
        self.call = CallFactory(
            **own,
            customer=customer,
            queue_number="7001",
            note="wants a refund",
            caller="13977770000",
            caller_lookup="+8613977770000",
        )
        self.first = recording_made(folder, seconds=4, call=self.call, **own)
        self.second = recording_made(
            folder,
            seconds=9,
            call=CallFactory(**own, direction="out", caller="x"),
            **own,
            started_at=timezone.now() - timedelta(days=200),
        )
        colleague = AgentFactory(tenant=self.tenant)
        self.other = recording_made(
            folder,
            tenant=self.tenant,
            agent=colleague,
            call=CallFactory(tenant=self.tenant, agent=colleague),
        )
        self.stranger = recording_made(folder)

    def client(self, role: Role, **values: Any) -> Client:
        client = Client()
        client.force_login(UserFactory(tenant=self.tenant, role=role, **values))
        return client


@pytest.fixture
def office(folder: Path) -> Office:
    return Office(folder)


def found(client: Client, query: str = "") -> set[int]:
    page = client.get(f"{LIST}?{query}").content.decode()
    return {int(part.split('"')[0]) for part in page.split('data-recording="')[1:]}


def test_each_tier_finds_its_own(office: Office) -> None:
    own = Client()
    own.force_login(office.agent.user)
    assert found(own) == {office.first.pk, office.second.pk}
    everything = {office.first.pk, office.second.pk, office.other.pk}
    assert found(office.client(Role.ADMIN)) == everything
    lead = office.client(Role.TEAM_LEAD, department=office.agent.user.department)
    assert found(lead) == {office.first.pk, office.second.pk}
    elsewhere = office.client(Role.TEAM_LEAD, department=DepartmentFactory(tenant=office.tenant))
    assert found(elsewhere) == set()


def test_everything_on_the_call_finds_it(office: Office) -> None:
    first, second, other = office.first.pk, office.second.pk, office.other.pk
    with tenant_scope(office.tenant.pk):
        sold = Disposition.objects.create(tenant=office.tenant, name="Sold")
        CallDisposition.objects.create(
            tenant=office.tenant, call=office.call, disposition=sold, chosen_at=timezone.now()
        )
        RecordingSound.objects.create(
            tenant=office.tenant, recording=office.first, version=1, reasons=",long_silence,"
        )
        result = SurveyResult.objects.create(
            tenant=office.tenant, call=office.call, name="s", started_at=timezone.now()
        )
        SurveyAnswer.objects.create(
            tenant=office.tenant, result=result, position=1, text="q", score=2
        )
        Recording.objects.filter(pk=other).update(state=RecordingState.CUT, fault=Fault.SHORTER)
    admin = office.client(Role.ADMIN)
    today = timezone.localdate()
    wanted = {
        "number=139+7777+0000": {first},
        f"agent={office.agent.number}": {first, second},
        "queue=7001": {first},
        "customer=陈": {first},
        "note=refund": {first},
        "direction=out&since=2020-01-01": {second},
        f"disposition={sold.pk}": {first},
        "reason=long_silence": {first},
        "score=2": {first},
        "score=1": set(),
        "state=cut": {other},
        "longer=5&since=2020-01-01": {second},
        "shorter=5": {first, other},
        f"since={today}": {first, other},
        f"until={today - timedelta(days=100)}": {second},
        "hold=held": set(),
        "hold=free&queue=7001": {first},
        "file=trouble": set(),
        "number=abc": set(),
        "score=x": None,
    }
    for query, expected in wanted.items():
        if expected is not None:
            assert found(admin, query) == expected, query
        else:
            assert admin.get(f"{LIST}?{query}").status_code == 200
    # What no index answers looks back only so far, and says so.
    page = admin.get(f"{LIST}?direction=out").content.decode()
    assert "recording-limited" in page
    assert found(admin, "direction=out") == set()


def test_missing_and_cut_are_counted_and_trouble_is_told_to_admins(office: Office) -> None:
    with tenant_scope(office.tenant.pk):
        Recording.objects.filter(pk=office.first.pk).update(
            state=RecordingState.MISSING, fault=Fault.EMPTY
        )
        Recording.objects.filter(pk=office.other.pk).update(state=RecordingState.CUT)
        Recording.objects.filter(pk=office.second.pk).update(
            conversion=Conversion.WAITING, trouble=Trouble.NO_TOOL
        )
    page = office.client(Role.ADMIN).get(LIST).content.decode()
    assert 'data-missing="1" data-cut="1"' in page
    assert 'data-trouble="no_tool"' in page
    lead = office.client(Role.TEAM_LEAD, department=office.agent.user.department)
    page = lead.get(LIST).content.decode()
    assert 'data-missing="1" data-cut="0"' in page
    assert "data-trouble" not in page
    shown = office.client(Role.ADMIN).get(f"/recordings/{office.first.pk}/").content.decode()
    assert 'data-state="missing"' in shown
    assert "recording-try-again" in shown


def test_list_takes_a_constant_number_of_queries(
    office: Office, folder: Path, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        recording_made(folder, tenant=office.tenant, agent=office.agent, call=office.call)
    client = office.client(Role.ADMIN)
    with django_assert_max_num_queries(22):
        assert client.get(LIST, headers={"HX-Request": "true"}).status_code == 200


def unzipped(response: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def test_many_are_one_zip_with_a_table_and_audited(office: Office, folder: Path) -> None:
    first = converted(office.first)
    (folder / looked_at(office.second).path).unlink()
    with all_tenants("test"):
        Recording.objects.filter(pk=office.second.pk).update(kept_name="")
    client = office.client(Role.ADMIN)
    chosen = [office.first.pk, office.second.pk, office.other.pk, office.stranger.pk]
    response = client.post(ZIP, {"pk": chosen})
    assert response["Content-Disposition"].startswith('attachment; filename="recordings-')
    archive = unzipped(response)
    assert archive.testzip() is None
    names = archive.namelist()
    assert len(names) == 3, "two sounds and the table; the stranger's is not there"
    table = list(csv.reader(io.StringIO(archive.read("recordings.csv").decode("utf-8-sig"))))
    assert [row[-1] for row in table[1:]].count("unreadable") == 1
    mine = next(name for name in names if f"_{first.pk}." in name)
    assert mine.endswith(".mp3")
    assert archive.read(mine) == (folder / first.kept_name).read_bytes()
    assert first.sha256 in {row[-2] for row in table}
    with tenant_scope(office.tenant.pk):
        entry = AuditEntry.objects.get(action="recording.export")
    assert sorted(entry.detail["recordings"]) == sorted(chosen[:3])


def test_all_found_are_what_the_list_was_asked_for(office: Office) -> None:
    client = office.client(Role.ADMIN)
    archive = unzipped(client.post(ZIP, {"all": "1", "query": "queue=7001"}))
    assert len(archive.namelist()) == 2
    assert client.post(ZIP, {"pk": ["x", "9" * 30]}).status_code == 302
    assert client.post(ZIP, {"all": "1", "query": "queue=none"}).status_code == 302


def test_only_who_may_export_takes_recordings_along(office: Office) -> None:
    own = Client()
    own.force_login(office.agent.user)
    url = f"/recordings/{office.first.pk}/download/"
    for client in (own, office.client(Role.INSPECTOR)):
        assert client.get(url).status_code == 403
        assert client.post(ZIP, {"pk": [office.first.pk]}).status_code == 403
    admin = office.client(Role.ADMIN)
    response = admin.get(url)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    b"".join(response.streaming_content)
    assert admin.get(f"/recordings/{office.stranger.pk}/download/").status_code == 404
    with tenant_scope(office.tenant.pk):
        assert AuditEntry.objects.filter(action="recording.download").count() == 1


def test_wave_marks_and_points(office: Office) -> None:
    own = Client()
    own.force_login(office.agent.user)
    # A player may come before the worker.
    assert own.get(f"/recordings/{office.first.pk}/wave/").status_code == 204
    first = converted(office.first)
    wave = json.loads(own.get(f"/recordings/{first.pk}/wave/").content)
    assert wave["duration_ms"] == 4000
    assert len(wave["agent"]) == len(wave["other"]) > 200
    marks = f"/recordings/{first.pk}/marks/new/"
    answer = own.post(marks, {"at_ms": "1500", "text": "<b>x"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "&lt;b&gt;x" in page
    assert "<b>x" not in page
    assert (
        "mark-fault"
        in own.post(
            marks, {"at_ms": "-5", "text": "y"}, headers={"HX-Request": "true"}
        ).content.decode()
    )
    stranger = Client()
    stranger.force_login(UserFactory(tenant=TenantFactory(), role=Role.ADMIN))
    for client in (stranger, office.client(Role.AGENT)):
        assert client.get(f"/recordings/{first.pk}/wave/").status_code == 404
        assert client.post(marks, {"at_ms": "1", "text": "z"}).status_code == 404
        assert client.get(f"/recordings/{first.pk}/").status_code == 404
    assert "data-player" in own.get(f"/calls/{first.call_id}/").content.decode()


def test_hold_is_placed_and_ended_on_the_page(office: Office) -> None:
    url = f"/recordings/{office.first.pk}/hold/"
    inspector, admin = office.client(Role.INSPECTOR), office.client(Role.ADMIN)
    lead = office.client(Role.TEAM_LEAD, department=office.agent.user.department)
    assert lead.post(url, {"reason": "x"}).status_code == 403
    assert (
        inspector.post(f"/recordings/{office.stranger.pk}/hold/", {"reason": "x"}).status_code
        == 404
    )
    inspector.post(url, {"reason": "complaint 7"})
    page = admin.get(f"/recordings/{office.first.pk}/").content.decode()
    assert "complaint 7" in page
    assert inspector.post(url, {"end": "1", "reason": "x"}).status_code == 403
    assert found(admin, "hold=held") == {office.first.pk}
    admin.post(url, {"end": "1", "reason": "settled"})
    assert found(admin, "hold=held") == set()


def test_policy_is_shown_tried_and_set_by_admins_only(office: Office) -> None:
    assert office.client(Role.TEAM_LEAD).get(POLICY).status_code == 403
    admin = office.client(Role.ADMIN)
    with tenant_scope(office.tenant.pk):
        RetentionRun.objects.create(tenant=office.tenant, ran_at=timezone.now(), removed=3)
    plain = {"format": "mp3", "keeps_original": "1", "keep_days": "100"}
    page = admin.post(POLICY, {**plain, "do": "preview"}).content.decode()
    assert 'data-testid="policy-preview" data-count="1"' in page
    page = admin.post(POLICY, {**plain, "do": "save", "keep_days": "-1"}).content.decode()
    assert "alert-danger" in page
    assert 'value="-1"' in page, "what was typed is not lost"
    assert admin.post(POLICY, {**plain, "do": "save", "is_sealed": "1"}).status_code == 200
    assert admin.post(POLICY, {**plain, "do": "save", "queue-7001": "30"}).status_code == 302
    page = admin.get(POLICY).content.decode()
    assert 'value="100"' in page
    assert 'value="30"' in page
    assert "retention-run" in page
