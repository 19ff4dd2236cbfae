"""Call back on busy: when a colleague is free again, who wants him is rung first, then he.

Rows only, so that a restart of Python forgets nobody. The node's process looks every two seconds
(`telephony.ami.camp_on_keeper`), claims a row and rings; what he then dials, `TOKEN`, is taken up
by the AGI, where all rules of a call to a colleague count again.
"""

import re
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.accounts.models import Agent
from apps.acd.services import agent_lock
from apps.audit.services import audit_record
from apps.calls.selectors import agents_on_call
from apps.core.errors import NotFoundError
from apps.switchboard.choices import CampOnState
from apps.switchboard.errors import NotANumberError, OwnNumberError, TooManyCampOnsError
from apps.switchboard.models import CampOn, PhoneRules

TOKEN = re.compile(r"\*56([0-9]{1,15})", re.ASCII)
LIFE = timedelta(minutes=30)
MOST_OPEN, MOST_TRIES = 5, 3
# He did not come to the phone; the colleague was taken by another call just then.
AFTER_MISSED, AFTER_BUSY = timedelta(seconds=60), timedelta(seconds=10)
# A phone rings 30 s; whoever has not taken the token up by then does not come.
RINGS_FOR = timedelta(seconds=45)
MOST_LOOKED_AT = 200


def token_of(row: CampOn) -> str:
    """Return what the phone dials when its agent has answered."""
    return f"*56{row.pk}"


def _open(agent: Agent | None = None) -> "QuerySet[CampOn]":
    rows: QuerySet[CampOn] = CampOn.objects.filter(ended_at=None).select_related(
        "agent__user", "colleague__user", "agent__tenant"
    )
    return rows.filter(agent=agent) if agent is not None else rows


def camp_on_list(agent: Agent) -> list[CampOn]:
    """Return for whom the agent waits, oldest first. 1 query."""
    return list(_open(agent))


def camp_on_order(*, agent: Agent, number: str, now: datetime | None = None) -> CampOn:
    """Order that both are rung when the colleague is free; the same again begins its time anew.

    Raises NotANumberError for nobody's number, OwnNumberError, TooManyCampOnsError.
    """
    now = now or timezone.now()
    colleague = Agent.objects.filter(number=number, is_active=True, user__is_active=True).first()
    if colleague is None:
        raise NotANumberError(number[:20])
    if colleague == agent:
        raise OwnNumberError(number)
    with transaction.atomic():
        agent_lock(agent)
        row = _open(agent).filter(colleague=colleague).first()
        if row is not None:
            row.expires_at = now + LIFE
            row.save(update_fields=["expires_at", "updated_at"])
            return row
        if _open(agent).count() >= MOST_OPEN:
            raise TooManyCampOnsError(agent.number)
        row = CampOn.objects.create(
            tenant_id=agent.tenant_id,
            agent=agent,
            colleague=colleague,
            due_at=now,
            expires_at=now + LIFE,
        )
        _audit(agent, "phone.camp_on", row)
    return row


def camp_on_cancel(*, agent: Agent, pk: int | None = None, now: datetime | None = None) -> int:
    """Cancel one of the agent's orders, or all; return how many. NotFoundError for no open one."""
    now = now or timezone.now()
    with transaction.atomic():
        rows = [row for row in _open(agent) if pk in (None, row.pk)]
        if pk is not None and not rows:
            raise NotFoundError(f"camp-on {pk}")
        for row in rows:
            _end([row.pk], CampOnState.CANCELLED, now)
            _audit(agent, "phone.camp_on_cancel", row)
    return len(rows)


def camp_on_due(now: datetime | None = None) -> list[CampOn]:
    """Return whose colleague and who himself has no call now, oldest first, each agent once.

    In every company: the caller is the node's process. 3 queries, 1 when nobody waits.
    """
    now = now or timezone.now()
    rows = list(
        _open().filter(
            state=CampOnState.WAITING,
            due_at__lte=now,
            expires_at__gt=now,
            agent__is_active=True,
            agent__user__is_active=True,
            colleague__is_active=True,
            colleague__user__is_active=True,
        )[:MOST_LOOKED_AT]
    )
    if not rows:
        return []
    people = {row.agent_id for row in rows} | {row.colleague_id for row in rows}
    taken = agents_on_call(people)
    taken |= set(
        PhoneRules.objects.filter(agent__in=people, is_undisturbed=True).values_list(
            "agent_id", flat=True
        )
    ) & {row.colleague_id for row in rows}
    found = []
    for row in rows:
        if not {row.agent_id, row.colleague_id} & taken:
            taken |= {row.agent_id, row.colleague_id}
            found.append(row)
    return found


def camp_on_claim(row: CampOn, now: datetime | None = None) -> bool:
    """Say whether the row is this caller's to ring: one node gets it, once."""
    now = now or timezone.now()
    waiting = CampOn.objects.filter(pk=row.pk, state=CampOnState.WAITING, ended_at=None)
    return bool(waiting.update(state=CampOnState.RINGING, rung_at=now, tries=F("tries") + 1))


def camp_on_not_rung(row: CampOn, now: datetime | None = None) -> None:
    """Let a claimed row wait again: the link to Asterisk was lost."""
    now = now or timezone.now()
    CampOn.objects.filter(pk=row.pk, state=CampOnState.RINGING).update(
        state=CampOnState.WAITING, due_at=now + AFTER_BUSY, tries=F("tries") - 1
    )


def camp_on_take(*, agent: Agent, token: str, now: datetime | None = None) -> CampOn | None:
    """Use a token up when its agent has answered; None when it is not (any more) his."""
    now = now or timezone.now()
    match = TOKEN.fullmatch(token)
    if match is None:
        return None
    row = _open(agent).filter(pk=int(match.group(1)), state=CampOnState.RINGING).first()
    if row is None or not _end([row.pk], CampOnState.TAKEN, now):
        return None
    return row


def camp_on_again(row: CampOn, now: datetime | None = None) -> None:
    """Let a row that was just taken wait again: a queue's call was quicker, the colleague talks."""
    now = now or timezone.now()
    CampOn.objects.filter(pk=row.pk, state=CampOnState.TAKEN).update(
        state=CampOnState.WAITING, ended_at=None, due_at=now + AFTER_BUSY
    )


def camp_on_heal(now: datetime | None = None) -> None:
    """End what is too old, and let those wait again who did not come to the phone. 3 queries."""
    now = now or timezone.now()
    silent = CampOn.objects.filter(
        ended_at=None, state=CampOnState.RINGING, rung_at__lt=now - RINGS_FOR
    )
    silent.filter(tries__gte=MOST_TRIES).update(state=CampOnState.MISSED, ended_at=now)
    silent.update(state=CampOnState.WAITING, due_at=now + AFTER_MISSED)
    old = CampOn.objects.filter(ended_at=None, state=CampOnState.WAITING, expires_at__lte=now)
    old.update(state=CampOnState.EXPIRED, ended_at=now)


def _end(pks: list[int], state: str, now: datetime) -> int:
    rows = CampOn.objects.filter(pk__in=pks, ended_at=None)
    return int(rows.update(state=state, ended_at=now))


def _audit(agent: Agent, action: str, row: CampOn) -> None:
    audit_record(
        actor=agent.user,
        tenant_id=agent.tenant_id,
        action=action,
        object_type="agent",
        object_id=agent.pk,
        detail={"colleague": row.colleague.number},
    )
