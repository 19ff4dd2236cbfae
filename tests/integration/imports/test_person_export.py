"""Everything about one person: made by a worker, taken by who asked alone, gone after its time."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers import subject
from apps.customers.erasure import customer_erase
from apps.customers.models import Customer
from apps.customers.services import customer_create
from apps.imports import files, services
from apps.imports.choices import State
from apps.imports.exports import export_cancel, export_work
from apps.imports.models import ExportRun
from apps.imports.tasks import export_work_task
from tests.factories import AgentFactory, CallFactory, UserFactory
from tests.integration.imports.import_rows import person

pytestmark = pytest.mark.django_db


class House:
    """A company with an admin, a lead and a customer who called three times."""

    def __init__(self) -> None:
        with all_tenants("test"):
            agent = AgentFactory(number="1001")
            self.tenant = agent.tenant
            self.agent: User = agent.user
            self.admin: User = UserFactory(tenant=self.tenant, role=Role.ADMIN)
            self.lead: User = UserFactory(tenant=self.tenant, role=Role.TEAM_LEAD)
            self.wang: Customer = customer_create(
                tenant_id=self.tenant.pk,
                values={"name": "王芳", "numbers": "13800138000"},
                actor=self.agent,
            )
            CallFactory.create_batch(3, tenant=self.tenant, agent=agent, customer=self.wang)

    def ask(self, user: User) -> Any:
        """Ask for everything about the customer."""
        return client_of(user).post(f"/customers/{self.wang.pk}/export/")

    def run(self) -> ExportRun:
        """Return the newest export."""
        with tenant_scope(self.tenant.pk):
            found: ExportRun = ExportRun.objects.latest("pk")
            return found

    def made(self, user: User) -> ExportRun:
        """Ask, and let the worker work."""
        self.ask(user)
        run = self.run()
        export_work_task(self.tenant.pk, run.pk)
        return self.run()


@pytest.fixture
def house() -> House:
    """Make the company."""
    return House()


def client_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def closed(response: Any) -> None:
    """Close the file alone, not the request's connection."""
    for closer in response._resource_closers:
        closer()


def taken(user: User, run: ExportRun) -> dict[str, Any]:
    """Take the file; return {name: what it says}."""
    response = client_of(user).get(f"/exports/{run.pk}/file/")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    assert "no-store" in response["Cache-Control"]
    whole = b"".join(response.streaming_content)
    closed(response)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_a_worker_makes_the_zip_and_it_says_how_far_it_is(
    house: House, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_capture_on_commit_callbacks() as handed_over:
        answer = house.ask(house.admin)
    run = house.run()
    assert answer["Location"] == f"/exports/{run.pk}/"
    assert (run.state, run.kind, len(handed_over)) == (State.WAITING, "zip", 1)
    page = client_of(house.admin).get(f"/exports/{run.pk}/").content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "export-file" not in page
    assert client_of(house.admin).get(f"/exports/{run.pk}/file/").status_code == 404
    monkeypatch.setattr(subject, "PAGE", 2)
    told: list[tuple[int, int]] = []
    real = subject.subject_write

    def listened(**given: Any) -> int:
        tell = given.pop("tell")
        return real(**given, tell=lambda *so_far: told.append(so_far) or tell(*so_far))

    monkeypatch.setattr("apps.imports.person_export.subject_write", listened)
    with tenant_scope(house.tenant.pk):
        export_work(run.pk)
    # Two pages leafed through to know how many there are, then written.
    assert told == [(0, 2), (0, 4), (2, 4), (4, 4)]
    run = house.run()
    assert (run.state, run.rows_read, run.percent) == (State.DONE, 4, 100)
    page = client_of(house.admin).get(f"/exports/{run.pk}/").content.decode()
    assert f"after {settings.HUAWU_IMPORT_KEEP_DAYS} days" in page
    read = taken(house.admin, run)
    assert read["customer.json"]["name"] == "王芳"
    assert "pin_hash" not in read["customer.json"]
    assert read["customer.json"]["numbers"][0]["lookup"] == "+8613800138000"
    assert sorted(row["kind"] for row in read["timeline.json"]) == ["call"] * 3 + ["change"]
    assert read["recordings.json"] == []
    with tenant_scope(house.tenant.pk):
        acts = AuditEntry.objects.filter(action__contains="export").order_by("pk")
        assert [act.action for act in acts] == [
            "customer.subject_export",
            "export.ask",
            "export.done",
            "export.fetch",
        ]


def test_the_link_is_for_who_asked_alone(house: House) -> None:
    run = house.made(house.lead)
    with all_tenants("test"):
        colleague = UserFactory(tenant=house.tenant, role=Role.TEAM_LEAD)
    for other in (house.admin, colleague, house.agent, person()):
        client = client_of(other)
        for address in ("", "file/"):
            assert client.get(f"/exports/{run.pk}/{address}").status_code in (403, 404)
        for address in ("cancel/", "delete/"):
            assert client.post(f"/exports/{run.pk}/{address}").status_code in (403, 404)
        assert "Everything about" not in client.get("/exports/").content.decode()
    assert Client().get(f"/exports/{run.pk}/file/")["Location"].startswith("/login/")
    assert taken(house.lead, run)["customer.json"]["name"] == "王芳"
    # Who lost the right since does not take it either.
    User.objects.filter(pk=house.lead.pk).update(role=Role.AGENT)
    lead = User.objects.get(pk=house.lead.pk)
    assert client_of(lead).get(f"/exports/{run.pk}/file/").status_code == 403


def test_who_may_not_asks_in_vain(house: House) -> None:
    stranger = person()
    for user in (house.agent, stranger):
        assert house.ask(user).status_code == 404
    forged = [
        {"source": "person", "query": query, "kind": kind}
        for query in (f"customer={house.wang.pk}", f"customer=00{house.wang.pk}", "customer=x", "")
        for kind in ("zip", "csv")
    ]
    for asked in forged:
        assert client_of(stranger).post("/exports/new/", asked).status_code == 404
        assert client_of(house.agent).post("/exports/new/", asked).status_code == 403
    for asked in ({"query": "customer=9" + "9" * 30}, {"query": "customer=%00"}, {}):
        answer = client_of(house.admin).post("/exports/new/", {"source": "person", **asked})
        assert answer.status_code == 404
    with all_tenants("test"):
        assert not ExportRun.objects.exists()
        assert not AuditEntry.objects.filter(action="customer.subject_export").exists()
    client_of(house.admin).post("/imports/policy/", {"importing": "admin", "exporting": "admin"})
    assert house.ask(house.lead).status_code == 403


def test_who_lost_the_right_while_it_waited_gets_no_file(house: House) -> None:
    house.ask(house.lead)
    User.objects.filter(pk=house.lead.pk).update(role=Role.AGENT)
    with tenant_scope(house.tenant.pk), pytest.raises(ForbiddenError):
        export_work(house.run().pk)
    run = house.run()
    assert (run.state, run.stored) == (State.FAILED, "")


def test_a_cancelled_one_leaves_no_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.ask(house.admin)
    run = house.run()
    real = subject.customer_timeline

    def cancelled(**given: Any) -> Any:
        export_cancel(run=run)
        return real(**given)

    monkeypatch.setattr(subject, "customer_timeline", cancelled)
    before = set(files.folder().iterdir())
    export_work_task(house.tenant.pk, run.pk)
    assert house.run().state == State.CANCELLED
    assert set(files.folder().iterdir()) == before


def test_it_goes_after_its_time(house: House) -> None:
    run = house.made(house.admin)
    path = files.part_path(run.stored, "out")
    assert path.is_file()
    assert path.stat().st_mode & 0o077 == 0
    days = timedelta(days=settings.HUAWU_IMPORT_KEEP_DAYS)
    services.imports_clean(now=timezone.now() + days - timedelta(hours=1))
    assert path.is_file()
    services.imports_clean(now=timezone.now() + days + timedelta(hours=1))
    assert not path.exists()
    assert client_of(house.admin).get(f"/exports/{run.pk}/file/").status_code == 404


def test_who_is_forgotten_lies_in_no_file_any_more(
    house: House, django_capture_on_commit_callbacks: Any
) -> None:
    done = house.made(house.admin)
    # Asked for with another spelling of the same customer: it is kept as the one that is found.
    asked = {"source": "person", "query": f"x=1&customer=00{house.wang.pk}"}
    client_of(house.admin).post("/exports/new/", asked)
    waits = house.run()
    path = files.part_path(done.stored, "out")
    with all_tenants("test"):
        other = customer_create(
            tenant_id=house.tenant.pk, values={"name": "李强"}, actor=house.admin
        )
    client_of(house.admin).post(f"/customers/{other.pk}/export/")
    kept = house.run()
    with (
        tenant_scope(house.tenant.pk),
        django_capture_on_commit_callbacks(execute=True),
    ):
        rows = customer_erase(customer=house.wang, actor=house.admin)
    assert rows["imports"] == 2
    assert not path.exists()
    with tenant_scope(house.tenant.pk):
        assert list(ExportRun.objects.all()) == [kept]
        export_work(waits.pk)  # its worker comes too late
        # Without its rows, too: the worker finds nobody.
        ExportRun.objects.filter(pk=kept.pk).update(query=f"customer={house.wang.pk}")
        with pytest.raises(NotFoundError):
            export_work(kept.pk)
    assert house.run().state == State.FAILED
