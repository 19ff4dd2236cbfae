"""After a call: who may say what of it, what is kept, and the tree that it is chosen from."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.engine.agent_state import WRAP_UP, Live
from apps.acd.engine.spans import Span
from apps.acd.selectors import agent_session_open
from apps.acd.services import agent_sign_in
from apps.acd.state_spans import Beat, spans_apply
from apps.audit.models import AuditEntry
from apps.calls.models import Call
from apps.calls.selectors import call_list_for
from apps.core.errors import NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.dispositions.errors import LoopError, NameTakenError, TooDeepError
from apps.dispositions.models import CallDisposition, Disposition, DispositionPolicy
from apps.dispositions.selectors import (
    calls_without_disposition,
    disposition_choices,
    disposition_counts,
)
from apps.dispositions.tree_services import disposition_add, disposition_change, fits_problem
from apps.tasks.models import Task
from tests.factories import (
    AgentFactory,
    ApiTokenFactory,
    CallFactory,
    DepartmentFactory,
    LegFactory,
    QueueMemberFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NUMBER = "13713700001"


class Shop:
    """An agent after a call of his queue, a colleague of his team, leads, and a stranger."""

    def __init__(self) -> None:
        with all_tenants("test"):
            member = QueueMemberFactory(queue__number="7301", queue__wrap_up_s=30)
            self.tenant, self.queue, self.agent = member.tenant, member.queue, member.agent
            department = self.queue.department
            User.objects.filter(pk=self.agent.user_id).update(department=department)
            self.agent.user.refresh_from_db()
            self.colleague = AgentFactory(tenant=self.tenant, user__department=department)
            self.call = self.make_call()
            self.admin = self.person(Role.ADMIN)
            self.lead = self.person(Role.TEAM_LEAD, department=department)
            self.other_lead = self.person(Role.TEAM_LEAD)
            self.stranger = AgentFactory(tenant=TenantFactory())
            self.tree()

    def person(self, role: str, **more: Any) -> User:
        more.setdefault("department", DepartmentFactory(tenant=self.tenant))
        found: User = UserFactory(tenant=self.tenant, role=role, **more)
        return found

    def make_call(self, **more: Any) -> Call:
        call: Call = CallFactory(
            tenant=self.tenant,
            agent=self.agent,
            caller=NUMBER,
            caller_lookup=f"+86{NUMBER}",
            queue_number=self.queue.number,
            queue_department=self.queue.department,
            **more,
        )
        LegFactory(tenant=self.tenant, call=call, agent=self.agent, answered_at=call.answered_at)
        return call

    def tree(self) -> None:
        make = Disposition.objects.create
        self.complaint = make(tenant=self.tenant, name="Complaint")
        self.late = make(tenant=self.tenant, name="Late", parent=self.complaint)
        self.sold = make(tenant=self.tenant, name="Sold", queue=self.queue)
        with all_tenants("test"):
            other = QueueMemberFactory(tenant=self.tenant).queue
        self.elsewhere = make(tenant=self.tenant, name="Repaired", queue=other)

    def require(self) -> None:
        with tenant_scope(self.tenant.pk):
            DispositionPolicy.objects.create(tenant=self.tenant, queue=self.queue)

    def wrap_up(self) -> None:
        """Let the distributor say that he wraps up."""
        now = timezone.now()
        name = f"{self.tenant.slug}-{self.queue.number}"
        live = Live(WRAP_UP, now + timedelta(seconds=30), queue=name)
        with tenant_scope(self.tenant.pk):
            agent_sign_in(agent=self.agent)
        spans_apply(
            [Span(self.agent.sip_username, now - timedelta(seconds=2), live)],
            Beat("n", now, is_seeing=True),
        )


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def keep(shop: Shop, user: User, **fields: Any) -> Any:
    return browser(user).post(f"/calls/{shop.call.pk}/wrap-up/keep/", fields)


def test_agent_keeps_disposition_note_and_follow_up_once(shop: Shop) -> None:
    due = (timezone.now() + timedelta(days=1)).isoformat()
    fields = {"disposition": shop.late.pk, "note": "Parcel lost", "due_at": due}
    for _time in range(2):
        assert keep(shop, shop.agent.user, **fields).status_code == 204
    with tenant_scope(shop.tenant.pk):
        kept = CallDisposition.objects.get()
        assert (kept.disposition, kept.agent, kept.call.note) == (
            shop.late,
            shop.agent,
            "Parcel lost",
        )
        task = Task.objects.get()
        assert (task.assignee, task.number, task.call) == (shop.agent.user, NUMBER, shop.call)
        said = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"call.disposition", "call.note", "task.create"} <= said


def test_note_and_disposition_are_shown_when_the_customer_calls_again(shop: Shop) -> None:
    keep(shop, shop.agent.user, disposition=shop.late.pk, note="<b>Parcel</b> lost")
    with all_tenants("test"):
        again = shop.make_call()
    shown = browser(shop.agent.user).get(f"/calls/{again.pk}/wrap-up/").json()
    (earlier,) = shown["earlier"]
    assert (earlier["note"], earlier["disposition"]) == ("<b>Parcel</b> lost", "Complaint / Late")
    page = browser(shop.agent.user).get(f"/calls/{shop.call.pk}/").content.decode()
    assert "&lt;b&gt;Parcel&lt;/b&gt; lost" in page
    assert "Complaint / Late" in page


def test_earlier_notes_obey_the_view_tier_as_the_history_does(shop: Shop) -> None:
    with all_tenants("test"):
        before = shop.call.started_at - timedelta(days=1)
        elsewhere = AgentFactory(tenant=shop.tenant)
        CallFactory(
            tenant=shop.tenant,
            agent=elsewhere,
            caller=NUMBER,
            caller_lookup=f"+86{NUMBER}",
            started_at=before,
            note="Of another department",
        )
        shop.make_call(started_at=before, note="Of ours")
    for who, seen in ((shop.lead, ["Of ours"]), (shop.admin, ["Of another department", "Of ours"])):
        shown = browser(who).get(f"/calls/{shop.call.pk}/wrap-up/").json()
        assert sorted(one["note"] for one in shown["earlier"]) == seen


def test_note_of_a_colleague_is_never_written_over_unseen(shop: Shop) -> None:
    assert keep(shop, shop.agent.user, note="First").status_code == 204
    refused = keep(shop, shop.lead, note="Second", note_seen="")
    assert (refused.status_code, refused.json()["code"]) == (409, "dispositions.note_changed")
    assert keep(shop, shop.lead, note="First, second", note_seen="First").status_code == 204
    with tenant_scope(shop.tenant.pk):
        assert Call.objects.get(pk=shop.call.pk).note == "First, second"


@pytest.mark.parametrize("who", ["colleague", "other_lead", "stranger"])
def test_who_may_not_see_the_call_cannot_write_of_it(shop: Shop, who: str) -> None:
    person = getattr(shop, who)
    user = person if isinstance(person, User) else person.user
    assert keep(shop, user, note="mine", disposition=shop.late.pk).status_code == 404
    assert browser(user).get(f"/calls/{shop.call.pk}/wrap-up/").status_code == 404


def test_who_sees_it_but_was_not_in_it_cannot_write_of_it(shop: Shop) -> None:
    with all_tenants("test"):
        User.objects.filter(pk=shop.colleague.user_id).update(view_tier="department")
    answer = keep(shop, User.objects.get(pk=shop.colleague.user_id), note="mine")
    assert (answer.status_code, answer.json()["code"]) == (403, "dispositions.not_your_call")


@pytest.mark.parametrize("what", ["complaint", "elsewhere", "retired", "unknown", "text", "huge"])
def test_only_what_is_offered_can_be_chosen(shop: Shop, what: str) -> None:
    with tenant_scope(shop.tenant.pk):
        Disposition.objects.filter(pk=shop.sold.pk).update(is_active=False)
    # A level with others below it, another queue's, a retired one, and nonsense.
    pk = {
        "complaint": shop.complaint.pk,
        "elsewhere": shop.elsewhere.pk,
        "retired": shop.sold.pk,
        "unknown": 0,
        "text": "x",
        "huge": "9" * 30,
    }[what]
    answer = keep(shop, shop.agent.user, disposition=pk, note="kept?")
    assert answer.status_code == 422
    with tenant_scope(shop.tenant.pk):
        assert Call.objects.get(pk=shop.call.pk).note == ""


@pytest.mark.parametrize(
    "due", ["2020-01-01T10:00", "2999-01-01T10:00", "soon", "2026-13-77T99:00"]
)
def test_follow_up_lies_ahead(shop: Shop, due: str) -> None:
    assert keep(shop, shop.agent.user, due_at=due).status_code == 422


def test_required_disposition_comes_before_ready(shop: Shop) -> None:
    shop.require()
    shop.wrap_up()
    client = browser(shop.agent.user)
    refused = client.post("/desk/ready/")
    assert (refused.status_code, refused.json()["code"]) == (409, "dispositions.needed")
    page = client.get("/calls/without-disposition/").content.decode()
    assert f'data-call="{shop.call.pk}"' in page
    answer = keep(shop, shop.agent.user, disposition=shop.sold.pk, ready="1")
    assert answer.status_code == 204
    with tenant_scope(shop.tenant.pk):
        session = agent_session_open(shop.agent)
        assert session is not None
        assert session.wrap_up_over_at is not None
        assert not calls_without_disposition(agent=shop.agent).exists()


def test_optional_disposition_keeps_nobody_from_ready(shop: Shop) -> None:
    shop.wrap_up()
    assert browser(shop.agent.user).post("/desk/ready/").status_code == 204


def test_colleague_does_not_see_calls_without_disposition_of_others(shop: Shop) -> None:
    shop.require()
    page = browser(shop.colleague.user).get("/calls/without-disposition/").content.decode()
    assert f'data-call="{shop.call.pk}"' not in page


def test_history_and_api_find_calls_by_disposition_and_those_below_it(shop: Shop) -> None:
    keep(shop, shop.agent.user, disposition=shop.late.pk, note="n")
    client = browser(shop.lead)
    row = f'data-call="{shop.call.pk}"'
    found = client.get(f"/history/?disposition={shop.complaint.pk}").content.decode()
    assert row in found
    assert "Complaint / Late" in found
    assert row not in client.get(f"/history/?disposition={shop.sold.pk}").content.decode()
    assert row not in client.get("/history/?disposition=none").content.decode()
    with all_tenants("test"):
        ApiTokenFactory(tenant=shop.tenant, user=shop.lead, token="dispo")
    api = Client(headers={"authorization": "Token dispo"})
    (call,) = api.get(f"/api/v1/calls/?disposition={shop.complaint.pk}").json()["results"]
    assert (call["disposition"]["path"], call["note"]) == ("Complaint / Late", "n")
    assert api.get(f"/api/v1/calls/?disposition={'9' * 40}").json()["count"] == 0
    names = [one["path"] for one in api.get("/api/v1/dispositions/").json()["results"]]
    assert "Complaint / Late" in names
    with tenant_scope(shop.tenant.pk):
        assert disposition_counts(call_list_for(user=shop.lead)) == {shop.late.pk: 1}
        assert disposition_counts(call_list_for(user=shop.other_lead)) == {}


def test_tree_has_four_levels_and_no_loop(shop: Shop) -> None:
    with tenant_scope(shop.tenant.pk):
        third = disposition_add(user=shop.admin, name="a / b", parent_id=shop.late.pk)
        assert third.name == "a ／ b"
        fourth = disposition_add(user=shop.admin, name="4", parent_id=third.pk)
        with pytest.raises(TooDeepError):
            disposition_add(user=shop.admin, name="5", parent_id=fourth.pk)
        with pytest.raises(NameTakenError):
            disposition_add(user=shop.admin, name="Complaint")
        change = {"user": shop.admin, "name": "x", "position": 1, "is_active": True}
        with pytest.raises(LoopError):
            disposition_change(pk=shop.complaint.pk, parent_id=fourth.pk, **change)
        with pytest.raises(TooDeepError):
            disposition_change(pk=shop.complaint.pk, parent_id=shop.sold.pk, **change)
        assert fits_problem(shop.complaint.pk, fourth) is not None
        assert fits_problem(None, third) is None


def test_retired_one_stays_with_its_calls_and_is_offered_no_more(shop: Shop) -> None:
    keep(shop, shop.agent.user, disposition=shop.late.pk)
    with tenant_scope(shop.tenant.pk):
        disposition_change(
            user=shop.admin,
            pk=shop.complaint.pk,
            name="Complaint",
            position=0,
            is_active=False,
            parent_id=None,
        )
        offered = {one.id for one in disposition_choices(queue_number="7301")}
    assert offered == {shop.sold.pk}
    page = browser(shop.agent.user).get(f"/calls/{shop.call.pk}/").content.decode()
    assert "Complaint / Late" in page


def test_team_lead_changes_trees_of_his_queues_only(shop: Shop) -> None:
    with tenant_scope(shop.tenant.pk):
        disposition_add(user=shop.lead, name="Offer", queue_id=shop.queue.pk)
        for lead, place in (
            (shop.lead, {}),
            (shop.lead, {"parent_id": shop.complaint.pk}),
            (shop.other_lead, {"queue_id": shop.queue.pk}),
            (shop.agent.user, {"queue_id": shop.queue.pk}),
        ):
            with pytest.raises(NotFoundError):
                disposition_add(user=lead, name="Mine", **place)


def test_page_of_dispositions_is_for_leads_and_admins(shop: Shop) -> None:
    assert browser(shop.agent.user).get("/dispositions/").status_code == 403
    client = browser(shop.lead)
    page = client.get("/dispositions/").content.decode()
    assert "Complaint" in page
    client.post("/dispositions/new/", {"name": "Offer", "place": f"q{shop.queue.pk}"})
    client.post(f"/dispositions/queues/{shop.queue.pk}/", {"is_required": "1"})
    with tenant_scope(shop.tenant.pk):
        offer = Disposition.objects.get(name="Offer")
        assert DispositionPolicy.objects.get().is_required
    body = {"name": "Offers", "place": f"q{shop.queue.pk}", "position": "3"}
    assert client.post(f"/dispositions/{offer.pk}/", body).status_code == 302
    offer.refresh_from_db()
    assert (offer.name, offer.is_active, offer.position) == ("Offers", False, 3)
    for user in (shop.other_lead, shop.agent.user, shop.stranger.user):
        assert browser(user).post(f"/dispositions/{offer.pk}/", body).status_code == 404
        answer = browser(user).post(f"/dispositions/queues/{shop.queue.pk}/", {})
        assert answer.status_code == 404
