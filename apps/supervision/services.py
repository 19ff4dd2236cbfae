"""Come into a live call: listen, change how one is heard, take it over, end it.

The supervisor's own channel is no part of the call: its uniqueid (and so its linkedid) begins with
`supervision-`, and the ledger keeps nothing of it (`calls.engine.facts.is_apart`). What it does
comes back as facts to `supervision_told`.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_of
from apps.acd.selectors import agent_phone
from apps.acd.services import agent_lock
from apps.audit.models import AuditEntry
from apps.audit.services import audit_record
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import APART, Fact, is_apart
from apps.calls.models import Call
from apps.calls.ports import phone_system
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.phones import interface_of
from apps.supervision.choices import Announce, Kind, ListenState
from apps.supervision.engine.policy import HANG_UP, MODES, TAKE_OVER, Policy
from apps.supervision.errors import (
    BusyError,
    NobodyTalksError,
    NoCustomerError,
    NoPhoneError,
    NotListeningError,
    OwnCallError,
    ReasonNeededError,
)
from apps.supervision.models import Supervision
from apps.supervision.selectors import (
    agent_legs,
    listening_of,
    live_call_get_for,
    outside_leg,
    policy_of,
    talking_leg,
)

logger = logging.getLogger(__name__)

REFUSED = "supervision.refused"
# Of one person in an hour.
MOST_REFUSED = 60


def call_need(*, user: User, pk: int, action: str) -> tuple[Call, Policy]:
    """Return a live call with which the person may do this, and his policy.

    NotFoundError for what he may not see, ForbiddenError for what his role may not do; both are
    written into the audit trail.
    """
    try:
        call = live_call_get_for(user=user, pk=pk)
    except NotFoundError:
        refused(user, action, "call", pk, why="not_found")
        raise
    policy = policy_of(user)
    if not policy.may(action):
        refused(user, action, "call", pk, why="policy")
        raise ForbiddenError(user.username)
    return call, policy


def refused(user: User, action: str, object_type: str, object_id: object, *, why: str) -> None:
    """Write down that somebody tried what he may not; so many an hour, lest he fill the trail."""
    if user.tenant_id is None:
        return
    since = timezone.now() - timedelta(hours=1)
    mine = AuditEntry.objects.filter(actor=user, action=REFUSED, at__gt=since)
    if mine.count() >= MOST_REFUSED:
        return
    audit_record(
        actor=user,
        tenant_id=user.tenant_id,
        action=REFUSED,
        object_type=object_type,
        object_id=object_id,
        detail={"action": action, "why": why},
    )


def phone_need(user: User) -> Agent:
    """Return the person as the one whose phone can ring. Raises NoPhoneError."""
    agent = agent_of(user)
    if agent is None or not agent.is_active:
        raise NoPhoneError(user.username)
    return agent


def listen(*, user: User, pk: int, mode: str, now: datetime | None = None) -> Supervision:
    """Ring the person's phone to hear a call's agent; when he listens already, change the mode.

    Raises NotFoundError, ForbiddenError, NoPhoneError, OwnCallError, NobodyTalksError, BusyError
    (he is on a call, or listens to another), PhoneSystemDownError.
    """
    now = now or timezone.now()
    mode = mode if mode in MODES else MODES[0]
    call, policy = call_need(user=user, pk=pk, action=mode)
    me = phone_need(user)
    with transaction.atomic():
        agent_lock(me)  # two clicks ring one phone once
        row = listening_of(user)
        if row is not None and row.call_id == call.pk:
            return _switch(row, mode)
        leg = talking_leg(call)
        if leg is None or leg.agent is None:
            raise NobodyTalksError(call.linkedid)
        if leg.agent_id == me.pk:
            raise OwnCallError(call.linkedid)
        if row is not None or agent_legs(me).exists():
            raise BusyError(user.username)
        row = Supervision.objects.create(
            tenant_id=me.tenant_id,
            kind=Kind.LISTEN,
            user=user,
            call=call,
            agent=leg.agent,
            node=call.node,
            channel=f"{APART}{call.pk}-{user.pk}-{int(now.timestamp() * 1000)}",
            state=ListenState.ASKED,
            mode=mode,
            announce=policy.announce,
            asked_at=now,
        )
        _audit(row, f"supervision.{mode}")
        _tell(row)
    try:
        phone_system().supervision_start(
            node=call.node,
            channel=row.channel,
            phone=agent_phone(me),
            watched=leg.uniqueid,
            mode=mode,
            keys=policy.keys,
            shown=leg.agent.number,
            user_stream=user_stream(user.pk),
        )
    except HuawuError:
        supervision_failed(row.channel)
        raise
    return row


def _switch(row: Supervision, mode: str) -> Supervision:
    # His phone rings, or its answer is still on its way to us: he is switched when it comes.
    asked = Supervision.objects.filter(pk=row.pk, state=ListenState.ASKED, ended_at=None)
    if asked.update(mode=mode, updated_at=timezone.now()):
        row.mode = mode
        _tell(row)
    else:
        _switch_order(row, mode)
    return row


def _switch_order(row: Supervision, mode: str) -> None:
    phone_system().supervision_switch(
        node=row.node, channel=row.channel, mode=mode, user_stream=user_stream(row.user_id)
    )


def listen_stop(*, user: User) -> None:
    """Hang up the person's listening phone. Raises NotListeningError, PhoneSystemDownError."""
    row = listening_of(user)
    if row is None:
        raise NotListeningError(user.username)
    phone_system().call_hangup(
        node=row.node, uniqueid=row.channel, user_stream=user_stream(user.pk)
    )


def take_over(*, user: User, pk: int, now: datetime | None = None) -> Supervision:
    """Ring the person's phone with the call's caller; the agent's leg ends.

    When nobody answers the caller goes back to the agent, then to his queue. Raises as `listen`,
    and NoCustomerError.
    """
    now = now or timezone.now()
    call, _policy = call_need(user=user, pk=pk, action=TAKE_OVER)
    me = phone_need(user)
    leg, customer = talking_leg(call), outside_leg(call)
    if leg is None or leg.agent is None:
        raise NobodyTalksError(call.linkedid)
    if leg.agent_id == me.pk:
        raise OwnCallError(call.linkedid)
    if customer is None:
        raise NoCustomerError(call.linkedid)
    if agent_legs(me).exists():
        raise BusyError(user.username)
    listening = listening_of(user)
    row = done_record(user=user, call=call, agent=leg.agent, kind=Kind.TAKE_OVER, now=now)
    with undone_when_refused(row):
        if listening is not None:
            phone_system().call_hangup(node=listening.node, uniqueid=listening.channel)
        phone_system().call_take_over(
            node=call.node,
            uniqueid=customer.uniqueid,
            phone=interface_of(agent_phone(me)),
            back=interface_of(agent_phone(leg.agent)),
            released=leg.uniqueid,
            user_stream=user_stream(user.pk),
        )
    return row


def call_end(*, user: User, pk: int, reason: str, now: datetime | None = None) -> Supervision:
    """Hang up a live call, with a reason. Raises ReasonNeededError, and as `listen`."""
    now = now or timezone.now()
    call, _policy = call_need(user=user, pk=pk, action=HANG_UP)
    reason = reason.strip()[:200]
    if not reason:
        raise ReasonNeededError(call.linkedid)
    customer, leg = outside_leg(call), talking_leg(call)
    agent = leg.agent if leg else call.agent
    row = done_record(user=user, call=call, agent=agent, kind=Kind.HANG_UP, reason=reason, now=now)
    with undone_when_refused(row):
        phone_system().call_hangup(
            node=call.node,
            uniqueid=customer.uniqueid if customer else call.linkedid,
            user_stream=user_stream(user.pk),
        )
    return row


def done_record(
    *,
    user: User,
    call: Call,
    agent: Agent | None,
    kind: Kind,
    reason: str = "",
    now: datetime | None = None,
) -> Supervision:
    """Write down, before it is ordered, what somebody does with a call."""
    now = now or timezone.now()
    with transaction.atomic():
        row = Supervision.objects.create(
            tenant_id=user.tenant_id or 0,
            kind=kind,
            user=user,
            call=call,
            agent=agent,
            node=call.node,
            state=ListenState.ENDED,
            reason=reason,
            asked_at=now,
            started_at=now,
            ended_at=now,
        )
        _audit(row, f"supervision.{kind.value}", {"reason": reason} if reason else {})
    return row


@contextmanager
def undone_when_refused(row: Supervision) -> Iterator[None]:
    """Take back what was written down when the phone system takes no order."""
    try:
        yield
    except HuawuError as error:
        with transaction.atomic():
            _audit(row, "supervision.failed", {"code": error.code})
            row.delete()
        raise


# --- What the supervisor's channel did ---


def supervision_told(facts: Iterable[Fact]) -> None:
    """Take what became of supervisors' channels; harmless twice. The caller holds `all_tenants`."""
    for fact in facts:
        if not is_apart(fact.linkedid) or fact.uniqueid != fact.linkedid:
            continue
        if fact.kind == kinds.SUPERVISED:
            _began(fact.uniqueid, str(fact.data.get("mode", "")), fact.at)
        elif fact.kind == kinds.LEG_ENDED:
            _ended(fact.uniqueid, fact.at)


def supervision_failed(channel: str) -> None:
    """Note that a supervisor's phone could not be rung."""
    _ended(channel, timezone.now())


def _began(channel: str, mode: str, at: datetime) -> None:
    if mode not in MODES:
        return
    with transaction.atomic():
        row = _locked(channel)
        said = {"mode": mode, "at": at.isoformat(timespec="milliseconds")}
        if row is None or row.ended_at is not None or said in row.modes:
            return
        is_first = row.started_at is None
        # What he has asked for since his phone was rung.
        wanted = row.mode if is_first else mode
        row.state, row.mode = ListenState.RUNNING, mode
        row.started_at = row.started_at or at
        row.modes = [*row.modes, said]
        row.save(update_fields=["state", "mode", "modes", "started_at", "updated_at"])
        if not is_first:
            _audit(row, f"supervision.{mode}")
        _tell(row)
        if is_first and row.announce != Announce.SILENT:
            _announce(row)
        if wanted != mode:
            transaction.on_commit(partial(_switch_order, row, wanted), robust=True)


def _announce(row: Supervision) -> None:
    leg = talking_leg(row.call)
    if leg is not None and leg.agent_id == row.agent_id:
        is_to_both = row.announce == Announce.BOTH
        tone = partial(
            phone_system().supervision_tone,
            node=row.node,
            watched=leg.uniqueid,
            is_to_both=is_to_both,
        )
        transaction.on_commit(tone, robust=True)


def _ended(channel: str, at: datetime) -> None:
    with transaction.atomic():
        row = _locked(channel)
        if row is None or row.ended_at is not None:
            return
        row.state, row.ended_at = ListenState.ENDED, at
        row.save(update_fields=["state", "ended_at", "updated_at"])
        heard = max(0, round((at - row.started_at).total_seconds())) if row.started_at else 0
        _audit(row, "supervision.end", {"heard_s": heard})
        _tell(row)


def _locked(channel: str) -> Supervision | None:
    found: Supervision | None = (
        Supervision.objects.select_for_update(no_key=True, of=("self",))
        .select_related("call", "user", "agent__user")
        .filter(channel=channel)
        .first()
    )
    return found


def _audit(row: Supervision, action: str, detail: dict[str, object] | None = None) -> None:
    about = {"supervision": row.pk, "agent": row.agent.number if row.agent else ""}
    audit_record(
        actor=row.user,
        tenant_id=row.tenant_id,
        action=action,
        object_type="call",
        object_id=row.call_id,
        detail={**about, **(detail or {})},
    )


def _tell(row: Supervision) -> None:
    """Tell the supervisor's pages, and the agent's when the policy says so."""
    data = {
        "id": row.pk,
        "call": row.call_id,
        "agent": row.agent.number if row.agent else "",
        "by": row.user.display_name,
        "mode": row.mode,
        "state": row.state,
    }
    told = {row.user_id}
    if row.agent is not None and row.announce != Announce.SILENT:
        told.add(row.agent.user_id)
    publish_on_commit(
        StreamEvent(
            stream=user_stream(user_id),
            kind="supervision.changed",
            tenant_id=row.tenant_id,
            data=data,
        )
        for user_id in told
    )
