"""Two at once on PostgreSQL: one proposal, one decision, and a person is whole or forgotten."""

import pytest

from apps.core.errors import NotFoundError
from apps.core.tenancy import tenant_scope
from apps.customers.erasure_proposals import (
    erasure_confirm,
    erasure_propose,
    erasure_refuse,
    erasure_withdraw,
)
from apps.customers.errors import AlreadyProposedError, ProposalOverError
from apps.customers.models import Customer, ErasureProposal
from tests.integration.at_once import at_once
from tests.integration.customers.test_erasure_proposals import WHY, Office

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_proposals_at_once_one_is_kept() -> None:
    office = Office()
    answers = at_once(
        office.tenant.pk,
        *[
            lambda user=user: erasure_propose(customer=office.wang, actor=user, reason=WHY)
            for user in (office.first, office.second)
        ],
    )
    failed = [type(one) for one in answers if isinstance(one, Exception)]
    assert failed == [AlreadyProposedError]
    with tenant_scope(office.tenant.pk):
        assert ErasureProposal.objects.count() == 1


def test_of_three_decisions_at_once_one_is_done() -> None:
    office = Office()
    third = office.admin()
    with tenant_scope(office.tenant.pk):
        proposal = erasure_propose(customer=office.wang, actor=office.first, reason=WHY)
    answers = at_once(
        office.tenant.pk,
        lambda: erasure_confirm(proposal=proposal, actor=office.second),
        lambda: erasure_refuse(proposal=proposal, actor=third, why="no"),
        lambda: erasure_withdraw(proposal=proposal, actor=office.first),
    )
    failed = [one for one in answers if isinstance(one, Exception)]
    assert len(failed) == 2
    assert {type(one) for one in failed} <= {ProposalOverError, NotFoundError}
    with tenant_scope(office.tenant.pk):
        proposal.refresh_from_db()
        person = Customer.objects.get(pk=office.wang.pk)
    assert proposal.state != "open"
    assert (proposal.state == "confirmed") is (person.state == "erased")
    assert (person.name == "王芳") is (person.state == "active")
