"""What an agent keeps after a call, all in one transaction: how it ended, a note, a follow-up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.selectors import agent_wrap_up
from apps.acd.services import agent_unpause
from apps.audit.services import audit_record
from apps.calls.cards import other_number
from apps.calls.models import Call
from apps.core.form_text import form_text
from apps.core.phone_numbers import masked
from apps.core.times_changed import times_changed
from apps.dispositions.errors import (
    DispositionGoneError,
    DispositionNeededError,
    DueInThePastError,
    NoteChangedError,
    NotYourCallError,
)
from apps.dispositions.models import CallDisposition
from apps.dispositions.selectors import (
    agent_took_part,
    calls_without_disposition,
    disposition_choices,
    queues_that_require,
)
from apps.tasks.choices import LIVE_STATES, TaskKind
from apps.tasks.selectors import task_list_for
from apps.tasks.services import task_create

MAX_NOTE = 4_000
FARTHEST = timedelta(days=366)
# A wrap-up belongs to a call that ended just before it began.
JUST_ENDED = timedelta(minutes=5)


@dataclass(frozen=True)
class WrapUp:
    """What is to be kept. `note_seen` is the note that the page began from; `due_at` None: none."""

    disposition_id: int | None = None
    note: str = ""
    note_seen: str = ""
    due_at: datetime | None = None
    follow_up: str = ""


def wrap_up_save(
    *, call: Call, user: User, agent: Agent | None, kept: WrapUp, now: datetime | None = None
) -> None:
    """Keep what an agent says of a call that he took part in; leads and admins may correct it.

    Saved twice is saved once. Give a call that `call_get_for` returned. Raises NotYourCallError,
    DispositionGoneError, NoteChangedError, DueInThePastError; then nothing is kept.
    """
    now = now or timezone.now()
    is_mine = agent is not None and agent_took_part(call=call, agent=agent)
    if not is_mine and user.role not in (Role.TEAM_LEAD, Role.ADMIN):
        raise NotYourCallError(call.linkedid)
    if kept.due_at is not None and not now < kept.due_at < now + FARTHEST:
        raise DueInThePastError(str(kept.due_at))
    with transaction.atomic():
        _disposition_keep(call, user, agent if is_mine else None, kept.disposition_id, now)
        _note_keep(call, user, kept)
        if kept.due_at is not None:
            _follow_up_make(call, user, kept.due_at, kept.follow_up)


def agent_ready_when_done(*, agent: Agent, now: datetime | None = None) -> None:
    """Make the agent ready, unless he wraps up a call that still needs a disposition.

    Raises DispositionNeededError, NotSignedInError.
    """
    if call_that_needs(agent=agent, now=now or timezone.now()) is not None:
        raise DispositionNeededError(agent.number)
    agent_unpause(agent=agent)


def call_that_needs(*, agent: Agent, now: datetime) -> Call | None:
    """Return the call being wrapped up whose queue requires what is missing. At most 3 queries."""
    span = agent_wrap_up(agent, now)
    if span is None:
        return None
    found: Call | None = (
        calls_without_disposition(agent=agent, now=now)
        .filter(ended_at__gte=span.started_at - JUST_ENDED)
        .first()
    )
    return found


def is_required_for(call: Call) -> bool:
    """Say whether the call's queue requires a disposition. 1 query."""
    return bool(call.queue_number) and call.queue_number in queues_that_require()


def _disposition_keep(
    call: Call, user: User, agent: Agent | None, pk: int | None, now: datetime
) -> None:
    before = CallDisposition.objects.filter(call=call).first()
    if pk is None or (before is not None and before.disposition_id == pk):
        return
    if not any(one.id == pk for one in disposition_choices(queue_number=call.queue_number)):
        raise DispositionGoneError(str(pk))
    assert call.tenant_id is not None  # noqa: S101 - a company's person sees no other call
    CallDisposition.objects.update_or_create(
        call=call,
        defaults={
            "tenant_id": call.tenant_id,
            "disposition_id": pk,
            "agent": agent or call.agent,
            "chosen_at": now,
        },
    )
    # Reports count a call where it began.
    times_changed([(call.tenant_id, call.started_at, call.started_at)])
    _audit(call, user, "call.disposition", before=before and before.disposition_id, after=pk)


def _note_keep(call: Call, user: User, kept: WrapUp) -> None:
    note, seen = _text(kept.note), _text(kept.note_seen)
    if note == seen:
        return
    current = (
        Call.objects.select_for_update(no_key=True).values_list("note", flat=True).get(pk=call.pk)
    )
    if current == note:
        return
    # What a colleague has written meanwhile is never written over unseen.
    if current != seen:
        raise NoteChangedError(call.linkedid)
    Call.objects.filter(pk=call.pk).update(note=note)
    call.note = note
    _audit(call, user, "call.note", length=len(note))


def _text(note: str) -> str:
    return form_text(note, MAX_NOTE)


def _follow_up_make(call: Call, user: User, due_at: datetime, text: str) -> None:
    assert call.tenant_id is not None  # noqa: S101 - as above
    same = task_list_for(user=user).filter(call=call, assignee=user, due_at=due_at)
    if same.filter(state__in=LIVE_STATES).exists():
        return
    number = other_number(call)
    shown = masked(number) if user.sees_numbers_masked else number
    who = call.customer.name if call.customer else shown
    task_create(
        tenant_id=call.tenant_id,
        # A call-back of the queue's is another thing: it would keep the caller from ordering one.
        kind=TaskKind.CALL_BACK,
        title=_text(text) or _("Call back %(who)s") % {"who": who},
        due_at=due_at,
        customer=call.customer,
        call=call,
        number=number,
        assignee=user,
        department_id=user.department_id,
        created_by=user,
    )


def _audit(call: Call, user: User, action: str, **detail: object) -> None:
    assert call.tenant_id is not None  # noqa: S101 - as above
    audit_record(
        actor=user,
        tenant_id=call.tenant_id,
        action=action,
        object_type="call",
        object_id=call.pk,
        detail=detail,
    )
