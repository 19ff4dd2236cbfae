"""Four eyes for forgetting a person: one proposes, another confirms or refuses."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.choices import CustomerState, ProposalState, SecondPerson
from apps.customers.erasure import erase, may_erase
from apps.customers.erasure_models import ErasurePolicy, ErasureProposal
from apps.customers.errors import (
    AlreadyProposedError,
    OwnProposalError,
    ProposalOverError,
    ReasonMissingError,
)
from apps.customers.models import Customer
from apps.customers.services import customer_lock

EXPIRES_AFTER = timedelta(days=7)
MOST_REASON = 200
MAX_KEY = 2**63


def erasure_policy() -> SecondPerson:
    """Return the choice of the company in scope. 1 query."""
    found = ErasurePolicy.objects.first() or ErasurePolicy()
    return SecondPerson(found.second_person)


def erasure_policy_save(*, actor: User, second_person: str) -> None:
    """Say whether a second person must agree. Raises ForbiddenError, NotFoundError."""
    tenant_id = _company(actor)
    if second_person not in SecondPerson.values:
        raise NotFoundError(f"policy {second_person[:20]!r}")
    with transaction.atomic():
        ErasurePolicy.objects.update_or_create(
            tenant_id=tenant_id, defaults={"second_person": SecondPerson(second_person)}
        )
        audit_record(
            actor=actor,
            tenant_id=tenant_id,
            action="customer.erasure_policy",
            object_type="tenant",
            object_id=tenant_id,
            detail={"second_person": second_person},
        )


def erasure_open_list(*, user: User, now: datetime | None = None) -> "QuerySet[ErasureProposal]":
    """Return the company's proposals that wait, the first to expire first. Raises ForbiddenError.

    A customer who was deleted or became one with another meanwhile is not to be decided about.
    """
    rows: QuerySet[ErasureProposal] = ErasureProposal.objects.filter(
        tenant_id=_company(user),
        state=ProposalState.OPEN,
        expires_at__gt=now or timezone.now(),
        customer__state=CustomerState.ACTIVE,
    )
    return rows.select_related("customer", "proposed_by").order_by("expires_at", "pk")


def erasure_get_for(*, user: User, pk: int, now: datetime | None = None) -> ErasureProposal:
    """Return a proposal that waits. Raises NotFoundError, ForbiddenError."""
    found = erasure_open_list(user=user, now=now).filter(pk=pk).first() if pk < MAX_KEY else None
    if found is None:
        raise NotFoundError(f"proposal {pk}")
    return found


def erasure_propose(
    *, customer: Customer, actor: User, reason: str, now: datetime | None = None
) -> ErasureProposal:
    """Propose to forget a customer; it waits `EXPIRES_AFTER` for a second person. 8 queries.

    `reason` stays when the person is forgotten. Raises ForbiddenError, NotFoundError,
    ReasonMissingError, AlreadyProposedError.
    """
    if not may_erase(actor, customer.tenant_id):
        raise ForbiddenError(actor.username)
    now, reason = now or timezone.now(), _reason(reason)
    try:
        with transaction.atomic():
            locked = customer_lock(customer.pk)
            _expire(ErasureProposal.objects.filter(customer=locked), now)
            made: ErasureProposal = ErasureProposal.objects.create(
                tenant_id=locked.tenant_id,
                customer=locked,
                reason=reason,
                proposed_by=actor,
                expires_at=now + EXPIRES_AFTER,
            )
            _audit(made, actor, "erasure_propose", expires_at=made.expires_at.isoformat())
            _tell(made, made.state)
    except IntegrityError as error:
        raise AlreadyProposedError(str(customer.pk)) from error
    return made


def erasure_confirm(
    *, proposal: ErasureProposal, actor: User, now: datetime | None = None
) -> dict[str, int]:
    """Forget the person, as the second one who wants it; returns {app: rows}.

    One transaction: what cannot be erased (a legal hold) leaves the proposal waiting. Raises
    ForbiddenError, OwnProposalError, ProposalOverError, NotFoundError, and what erasers raise.
    """
    with transaction.atomic():
        # First the customer, as who proposes does: the other way round the two wait for each other.
        customer_lock(proposal.customer_id)
        _decide(proposal, actor, ProposalState.CONFIRMED, now)
        _audit(proposal, actor, "erasure_confirm", proposed_by=proposal.proposed_by_id)
        done = erase(customer_id=proposal.customer_id, actor=actor, proposal_id=proposal.pk)
        _tell(proposal, ProposalState.CONFIRMED)
        return done


def erasure_refuse(
    *, proposal: ErasureProposal, actor: User, why: str, now: datetime | None = None
) -> None:
    """Say no, and why. Raises as `erasure_confirm`, and ReasonMissingError."""
    why = _reason(why)
    with transaction.atomic():
        _decide(proposal, actor, ProposalState.REFUSED, now, answer=why)
        _audit(proposal, actor, "erasure_refuse", proposed_by=proposal.proposed_by_id)
        _tell(proposal, ProposalState.REFUSED)


def erasure_withdraw(
    *, proposal: ErasureProposal, actor: User, now: datetime | None = None
) -> None:
    """Take one's own proposal back. Raises ForbiddenError, ProposalOverError."""
    if not may_erase(actor, proposal.tenant_id) or proposal.proposed_by_id != actor.pk:
        raise ForbiddenError(actor.username)
    with transaction.atomic():
        _end(proposal, actor, ProposalState.WITHDRAWN, now, "")
        _audit(proposal, actor, "erasure_withdraw")
        _tell(proposal, ProposalState.WITHDRAWN)


def erasure_proposals_expire(*, now: datetime | None = None) -> int:
    """Mark the proposals of every company that nobody decided about in time; return how many.

    Safe to run twice and beside who decides: a conditional update says who was first.
    """
    now = now or timezone.now()
    with all_tenants("the clock serves every company"):
        due = ErasureProposal.objects.filter(state=ProposalState.OPEN, expires_at__lte=now)
        tenants = sorted(set(due.values_list("tenant", flat=True)))
    done = 0
    for tenant_id in tenants:
        with tenant_scope(tenant_id), transaction.atomic():
            done += _expire(ErasureProposal.objects.filter(tenant_id=tenant_id), now)
    return done


def _expire(rows: "QuerySet[ErasureProposal]", now: datetime) -> int:
    """Mark what of these is over; who proposed it reads so in the trail. In a transaction."""
    due = rows.filter(state=ProposalState.OPEN, expires_at__lte=now)
    over = list(due.select_for_update(no_key=True).order_by("pk"))
    ErasureProposal.objects.filter(pk__in=[one.pk for one in over]).update(
        state=ProposalState.EXPIRED, updated_at=now
    )
    for one in over:
        _audit(one, None, "erasure_expire", proposed_by=one.proposed_by_id)
    return len(over)


def _tell(proposal: ErasureProposal, state: str) -> None:
    """Tell the company's admins, so that their desks look anew; last of all in the transaction."""
    admins = User.objects.filter(tenant=proposal.tenant_id, role=Role.ADMIN, is_active=True)
    publish_on_commit(
        StreamEvent(
            stream=user_stream(pk),
            kind="erasure.changed",
            tenant_id=proposal.tenant_id,
            data={
                "id": proposal.pk,
                "state": str(state),
                "is_alert": state == ProposalState.OPEN and pk != proposal.proposed_by_id,
            },
        )
        for pk in admins.values_list("pk", flat=True)
    )


def _decide(
    proposal: ErasureProposal,
    actor: User,
    state: ProposalState,
    now: datetime | None,
    answer: str = "",
) -> None:
    if not may_erase(actor, proposal.tenant_id):
        raise ForbiddenError(actor.username)
    if proposal.proposed_by_id == actor.pk:
        raise OwnProposalError(str(proposal.pk))
    _end(proposal, actor, state, now, answer)


def _end(
    proposal: ErasureProposal,
    actor: User,
    state: ProposalState,
    now: datetime | None,
    answer: str,
) -> None:
    """Claim the proposal: of two who decide at once, one finds it over."""
    now = now or timezone.now()
    ended = ErasureProposal.objects.filter(
        pk=proposal.pk, state=ProposalState.OPEN, expires_at__gt=now
    ).update(state=state, decided_by=actor, decided_at=now, answer=answer, updated_at=now)
    if not ended:
        raise ProposalOverError(str(proposal.pk))


def _company(user: User) -> int:
    if user.tenant_id is None or not may_erase(user, user.tenant_id):
        raise ForbiddenError(user.username)
    return user.tenant_id


def _reason(text: str) -> str:
    found = " ".join(text.replace("\x00", "").split())[:MOST_REASON]
    if not found:
        raise ReasonMissingError
    return found


def _audit(proposal: ErasureProposal, actor: User | None, act: str, **detail: object) -> None:
    audit_record(
        actor=actor,
        tenant_id=proposal.tenant_id,
        action=f"customer.{act}",
        object_type="customer",
        object_id=proposal.customer_id,
        detail={"proposal": proposal.pk, **detail},
    )
