"""Forgetting a person with four eyes: one proposes, another decides; and who tries to cheat."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core import events
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.choices import CustomerState, ProposalState
from apps.customers.erasure import customer_erase, second_person_needed
from apps.customers.erasure_proposals import (
    erasure_confirm,
    erasure_open_list,
    erasure_policy_save,
    erasure_proposals_expire,
    erasure_propose,
    erasure_refuse,
    erasure_withdraw,
)
from apps.customers.errors import (
    AlreadyProposedError,
    OwnProposalError,
    ProposalOverError,
    ReasonMissingError,
    SecondPersonNeededError,
)
from apps.customers.merges import customer_merge, merge_undo
from apps.customers.models import Customer, ErasureProposal
from apps.customers.services import customer_create
from tests.factories import AgentFactory, CustomerFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
WHY = "asked by letter"


class Office:
    """A company with two admins, a lead, an agent and a customer; and another company's admin."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.agent: User = AgentFactory().user
            self.tenant = self.agent.tenant
            self.first: User = self.admin()
            self.second: User = self.admin()
            self.lead: User = UserFactory(tenant=self.tenant, role=Role.TEAM_LEAD)
            self.stranger: User = UserFactory(tenant=TenantFactory(), role=Role.ADMIN)
            self.wang: Customer = customer_create(
                tenant_id=self.tenant.pk,
                values={"name": "王芳", "numbers": "13800138000"},
                actor=self.agent,
            )

    def admin(self, **more: Any) -> User:
        """Make a further admin."""
        made: User = UserFactory(tenant=self.tenant, role=Role.ADMIN, **more)
        return made

    def client(self, user: User, language: str = "en") -> Client:
        """Give a person's browser."""
        client = Client(headers={"accept-language": language})
        client.force_login(user)
        return client

    def acts(self) -> list[tuple[str, int | None]]:
        """Return what the audit trail says of erasures: (act, who)."""
        rows = AuditEntry.objects.filter(action__startswith="customer.eras").order_by("pk")
        return [(row.action, row.actor_id) for row in rows]

    def state(self) -> str:
        """Return the customer's state."""
        with tenant_scope(self.tenant.pk):
            return str(Customer.objects.get(pk=self.wang.pk).state)


@pytest.fixture
def office() -> Office:
    """Make the company."""
    return Office()


def test_one_proposes_and_another_forgets(office: Office) -> None:
    address = f"/customers/{office.wang.pk}/erase/"
    first, second = office.client(office.first), office.client(office.second)
    assert "four eyes" in first.get(address).content.decode()
    assert first.post(address, {"name": "somebody", "reason": WHY}).status_code == 422
    assert "Write why." in first.post(address, {"name": "王芳"}, follow=True).content.decode()
    first.post(address, {"name": "王芳", "reason": WHY})
    assert office.state() == CustomerState.ACTIVE
    with tenant_scope(office.tenant.pk):
        proposal = ErasureProposal.objects.get()
    assert "erase-proposed" in second.get(address).content.decode()
    listed = second.get("/customers/erasures/").content.decode()
    assert WHY in listed
    assert "王芳" in listed
    page = f"/customers/erasures/{proposal.pk}/"
    assert "erasure-confirm" not in first.get(page).content.decode()
    assert "erasure-confirm" in second.get(page).content.decode()
    assert second.post(page, {"act": "confirm", "name": "李强"}).status_code == 422
    assert office.state() == CustomerState.ACTIVE
    second.post(page, {"act": "confirm", "name": "王芳"})
    assert office.state() == CustomerState.ERASED
    assert "erasures-empty" in second.get("/customers/erasures/").content.decode()
    with tenant_scope(office.tenant.pk):
        assert office.acts() == [
            ("customer.erasure_propose", office.first.pk),
            ("customer.erasure_confirm", office.second.pk),
            ("customer.erase", office.second.pk),
        ]
        told = AuditEntry.objects.get(action="customer.erase").detail
        assert told["proposal"] == proposal.pk
        assert "王芳" not in str(AuditEntry.objects.values_list("detail", flat=True))


def test_own_proposal_is_decided_by_nobody_but_another(office: Office) -> None:
    with tenant_scope(office.tenant.pk):
        proposal = erasure_propose(customer=office.wang, actor=office.first, reason=WHY)
    page = f"/customers/erasures/{proposal.pk}/"
    client = office.client(office.first)
    for asked in ({"act": "confirm", "name": "王芳"}, {"act": "refuse", "answer": "no"}):
        assert "somebody else must decide" in client.post(page, asked, follow=True).content.decode()
    with tenant_scope(office.tenant.pk):
        assert ErasureProposal.objects.get().state == ProposalState.OPEN
        # A service that forgot to look is stopped by the database.
        with pytest.raises(IntegrityError), transaction.atomic():
            ErasureProposal.objects.update(state="confirmed", decided_by=office.first)
        for decide in (erasure_confirm, partial(erasure_refuse, why="no")):
            with pytest.raises(OwnProposalError):
                decide(proposal=proposal, actor=office.first)
        # And nobody goes round the proposal.
        for user in (office.first, office.second):
            with pytest.raises(SecondPersonNeededError):
                customer_erase(customer=office.wang, actor=user)
    assert office.state() == CustomerState.ACTIVE


def test_others_than_the_companys_admins_get_nothing(office: Office) -> None:
    with tenant_scope(office.tenant.pk):
        proposal = erasure_propose(customer=office.wang, actor=office.first, reason=WHY)
    page = f"/customers/erasures/{proposal.pk}/"
    for user in (office.stranger, office.lead, office.agent):
        client = office.client(user)
        assert client.get(page).status_code == 404
        for act in ("confirm", "refuse", "withdraw"):
            asked = {"act": act, "name": "王芳", "answer": "no"}
            assert client.post(page, asked).status_code == 404
        erase = f"/customers/{office.wang.pk}/erase/"
        assert client.post(erase, {"name": "王芳", "reason": WHY}).status_code == 404
    for user in (office.lead, office.agent):
        assert office.client(user).get("/customers/erasures/").status_code == 404
        asked = {"second_person": "never"}
        assert office.client(user).post("/customers/erasures/policy/", asked).status_code == 404
    assert "王芳" not in office.client(office.stranger).get("/customers/erasures/").content.decode()
    second = office.client(office.second)
    for forged in (proposal.pk + 1, 10**17, 10**30):
        assert second.get(f"/customers/erasures/{forged}/").status_code == 404
    assert second.post(page, {"act": "forget", "name": "王芳"}).status_code == 404
    for user in (office.stranger, office.lead, office.agent):
        with tenant_scope(office.tenant.pk):
            with pytest.raises(ForbiddenError):
                erasure_confirm(proposal=proposal, actor=user)
            with pytest.raises(ForbiddenError):
                erasure_propose(customer=office.wang, actor=user, reason=WHY)
    with tenant_scope(office.stranger.tenant_id or 0):
        with pytest.raises(NotFoundError):  # his scope has no such row
            erasure_policy_save(actor=office.stranger, second_person="sometimes")
        with pytest.raises(ForbiddenError):
            erasure_withdraw(proposal=proposal, actor=office.stranger)
    assert office.state() == CustomerState.ACTIVE


def test_proposal_is_refused_with_a_reason_or_withdrawn_by_who_made_it(office: Office) -> None:
    with tenant_scope(office.tenant.pk):
        proposal = erasure_propose(customer=office.wang, actor=office.first, reason=WHY)
        with pytest.raises(AlreadyProposedError):
            erasure_propose(customer=office.wang, actor=office.second, reason=WHY)
        with pytest.raises(ReasonMissingError):
            erasure_refuse(proposal=proposal, actor=office.second, why=" \0 ")
        with pytest.raises(ForbiddenError):
            erasure_withdraw(proposal=proposal, actor=office.second)
    asked = {"act": "refuse", "answer": "a contract runs"}
    office.client(office.second).post(f"/customers/erasures/{proposal.pk}/", asked)
    with tenant_scope(office.tenant.pk):
        proposal.refresh_from_db()
        assert (proposal.state, proposal.answer) == ("refused", "a contract runs")
        for decide in (erasure_confirm, erasure_withdraw):
            actor = office.second if decide is erasure_confirm else office.first
            with pytest.raises(ProposalOverError):
                decide(proposal=proposal, actor=actor)
        again = erasure_propose(customer=office.wang, actor=office.second, reason=WHY)
    office.client(office.second).post(f"/customers/erasures/{again.pk}/", {"act": "withdraw"})
    with tenant_scope(office.tenant.pk):
        again.refresh_from_db()
        assert (again.state, again.decided_by) == (ProposalState.WITHDRAWN, office.second)
        assert [act for act, _who in office.acts()] == [
            "customer.erasure_propose",
            "customer.erasure_refuse",
            "customer.erasure_propose",
            "customer.erasure_withdraw",
        ]
    assert office.state() == CustomerState.ACTIVE


def test_proposal_expires_and_can_be_made_anew(office: Office) -> None:
    now = timezone.now()
    with tenant_scope(office.tenant.pk):
        proposal = erasure_propose(customer=office.wang, actor=office.first, reason=WHY)
        later = now + timedelta(days=7, minutes=1)
        assert list(erasure_open_list(user=office.second)) == [proposal]
        assert not erasure_open_list(user=office.second, now=later)
        with pytest.raises(ProposalOverError):
            erasure_confirm(proposal=proposal, actor=office.second, now=later)
        ErasureProposal.objects.update(expires_at=now)
    page = f"/customers/erasures/{proposal.pk}/"
    asked = {"act": "confirm", "name": "王芳"}
    assert office.client(office.second).post(page, asked).status_code == 404
    with tenant_scope(office.tenant.pk):
        erasure_propose(customer=office.wang, actor=office.second, reason=WHY)
        proposal.refresh_from_db()
        assert proposal.state == ProposalState.EXPIRED
    assert office.state() == CustomerState.ACTIVE


def test_one_admin_forgets_alone_until_there_are_two_or_the_company_says_so(
    office: Office,
) -> None:
    with tenant_scope(office.tenant.pk):
        assert second_person_needed(office.tenant.pk)
        User.objects.filter(pk=office.second.pk).update(is_active=False)
        assert not second_person_needed(office.tenant.pk)  # who may not sign in cannot confirm
    client = office.client(office.first)
    for choice, is_needed in (("always", True), ("never", False), ("auto", False)):
        client.post("/customers/erasures/policy/", {"second_person": choice})
        with tenant_scope(office.tenant.pk):
            assert second_person_needed(office.tenant.pk) is is_needed
    assert client.post("/customers/erasures/policy/", {"second_person": "x"}).status_code == 404
    with tenant_scope(office.tenant.pk):
        assert office.acts() == [("customer.erasure_policy", office.first.pk)] * 3
    with tenant_scope(office.stranger.tenant_id or 0):
        assert not second_person_needed(office.stranger.tenant_id or 0)
    client.post(f"/customers/{office.wang.pk}/erase/", {"name": "王芳"})
    assert office.state() == CustomerState.ERASED


def test_proposal_does_not_go_over_to_who_the_customer_became_one_with(office: Office) -> None:
    with tenant_scope(office.tenant.pk):
        other = CustomerFactory(tenant=office.tenant, name="李强")
        proposal = erasure_propose(customer=office.wang, actor=office.first, reason=WHY)
        of_other = erasure_propose(customer=other, actor=office.first, reason=WHY)
        merge = customer_merge(kept=other, absorbed=office.wang, choice={}, actor=office.first)
        assert list(erasure_open_list(user=office.second)) == [of_other]
        with pytest.raises(NotFoundError):
            erasure_confirm(proposal=proposal, actor=office.second)
        proposal.refresh_from_db()
        assert (proposal.customer_id, proposal.state) == (office.wang.pk, ProposalState.OPEN)
        merge_undo(merge=merge, actor=office.first)
        assert set(erasure_open_list(user=office.second)) == {proposal, of_other}


def test_pages_of_erasures_speak_chinese(office: Office) -> None:
    client = office.client(office.second, "zh-hans")
    assert "目前没有抹除申请" in client.get("/customers/erasures/").content.decode()
    with tenant_scope(office.tenant.pk):
        proposal = erasure_propose(customer=office.wang, actor=office.first, reason=WHY)
    page = client.get(f"/customers/erasures/{proposal.pk}/").content.decode()
    assert "确认：永久抹除" in page


def test_clock_marks_what_nobody_decided_about_and_says_so(office: Office) -> None:
    now = timezone.now()
    with tenant_scope(office.tenant.pk):
        made = erasure_propose(customer=office.wang, actor=office.first, reason=WHY, now=now)
    late = made.expires_at + timedelta(seconds=1)
    assert erasure_proposals_expire(now=made.expires_at - timedelta(seconds=1)) == 0
    assert [erasure_proposals_expire(now=late) for _turn in range(2)] == [1, 0]
    with tenant_scope(office.tenant.pk):
        made.refresh_from_db()
        assert (made.state, made.decided_by) == (ProposalState.EXPIRED, None)
        assert office.acts()[-1] == ("customer.erasure_expire", None)
        assert office.state() == CustomerState.ACTIVE
        again = erasure_propose(customer=office.wang, actor=office.second, reason=WHY, now=late)
        erasure_confirm(proposal=again, actor=office.first, now=late)
    # What was decided is not over once more.
    assert erasure_proposals_expire(now=again.expires_at) == 0


def test_clock_serves_every_company(office: Office) -> None:
    now = timezone.now()
    other = CustomerFactory(tenant=office.stranger.tenant)
    for customer, actor in ((office.wang, office.first), (other, office.stranger)):
        with tenant_scope(customer.tenant_id):
            erasure_propose(customer=customer, actor=actor, reason=WHY, now=now)
    assert erasure_proposals_expire(now=now + timedelta(days=7)) == 2


def test_other_admins_are_told_on_their_desks(
    office: Office, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(events.publisher, "send", lambda group, one: sent.append((group, one)))
    first, second = office.client(office.first), office.client(office.second)
    with tenant_scope(office.tenant.pk), django_capture_on_commit_callbacks(execute=True):
        made = erasure_propose(customer=office.wang, actor=office.first, reason=WHY)
    told = {group: one["data"]["is_alert"] for group, one in sent}
    assert told == {
        f"stream.user.{office.first.pk}": False,
        f"stream.user.{office.second.pk}": True,
    }

    def shown(client: Client) -> bool:
        return f'data-proposal="{made.pk}"' in client.get("/erasure-alerts/").content.decode()

    assert (shown(first), shown(second)) == (False, True)
    stranger, lead = office.client(office.stranger), office.client(office.lead)
    assert not shown(stranger)
    assert stranger.post(f"/erasure-alerts/{made.pk}/put-away/").status_code == 404
    assert lead.get("/erasure-alerts/").status_code == 403
    assert lead.post(f"/erasure-alerts/{made.pk}/put-away/").status_code == 403
    put_away = second.post(f"/erasure-alerts/{made.pk}/put-away/")
    assert (put_away.status_code, shown(second)) == (200, False)
    # On its page it waits all the same; and another sign-in is told again.
    with tenant_scope(office.tenant.pk):
        assert list(erasure_open_list(user=office.second)) == [made]
    assert shown(office.client(office.second))
    sent.clear()
    with tenant_scope(office.tenant.pk), django_capture_on_commit_callbacks(execute=True):
        erasure_refuse(proposal=made, actor=office.second, why="still owed")
    assert {one["data"]["state"] for _group, one in sent} == {"refused"}
    assert not shown(office.client(office.second))
