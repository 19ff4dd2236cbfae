"""Make work orders and act on them: each act is one short transaction on the locked order.

Everything goes through `_act`: replay the history, let the engine decide, write the act, bring the
rows in line, audit, tell whom it concerns.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.calls.models import Call
from apps.core.errors import ForbiddenError, NotFoundError
from apps.customers.models import Customer
from apps.voicemail.models import VoicemailMessage
from apps.workorders.access import is_manager, may_create
from apps.workorders.choices import Priority
from apps.workorders.engine.acts import act, replay
from apps.workorders.engine.flow import START
from apps.workorders.engine.form import defaults, fill
from apps.workorders.engine.state import (
    WITH_SUBMITTER,
    ActError,
    Action,
    Kind,
    RunStatus,
    SeatStatus,
    State,
    action_json,
    action_read,
)
from apps.workorders.errors import (
    ActRefusedError,
    NotPublishedError,
    StaleError,
    ValuesRefusedError,
)
from apps.workorders.models import Order, OrderEvent, OrderType
from apps.workorders.news import tell
from apps.workorders.people import CompanyPeople
from apps.workorders.ports import working_hours
from apps.workorders.projection import project
from apps.workorders.selectors import background_of
from apps.workorders.values import check_rows, unmasked
from apps.workorders.versions import Plan, plan_of

logger = logging.getLogger(__name__)

MOST_OPINION = 2000
# Enough for every way through a flow; what is typed for ever must not make replays slow.
MOST_ACTS = 3000
ENDS = (Kind.APPROVE, Kind.REJECT, Kind.CANCEL, Kind.CLOSE)
# What changes nothing that a person decides on.
HARMLESS = (Kind.COMMENT, Kind.URGE)
NEEDS_MANAGER = (
    Kind.REASSIGN,
    Kind.CANCEL,
    Kind.CLOSE,
    Kind.URGE,
    Kind.RELEASE,
    Kind.WAIT,
    Kind.RESUME,
)


@dataclass(frozen=True)
class Act:
    """What a person wants to do with an order; names as in `engine.state.Action`.

    `values` as the page sends them. `action_id`: the sender's own id; the same one again is
    harmless. `seen_revision`: which `Order.revision` he looked at, None: whichever.
    """

    kind: Kind
    step: str = ""
    to_step: str = ""
    person: int | None = None
    to_person: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    opinion: str = ""
    action_id: str = ""
    seen_revision: int | None = None


def work_order_create(
    *,
    user: User,
    type: OrderType,
    values: Mapping[str, Any] | None = None,
    customer: Customer | None = None,
    call: Call | None = None,
    voicemail: VoicemailMessage | None = None,
    title: str = "",
    priority: str = Priority.NORMAL,
    submit: bool = False,
    action_id: str = "",
) -> Order:
    """Make a draft with the form's defaults and `values` on top, and submit it when asked to.

    The same `action_id` again returns the first order. Raises ForbiddenError, NotPublishedError,
    ValuesRefusedError (nothing is made), ActRefusedError.
    """
    if not may_create(user) or user.tenant_id != type.tenant_id:
        raise ForbiddenError(user.username)
    if any(
        row is not None and row.tenant_id != type.tenant_id for row in (customer, call, voicemail)
    ):
        raise NotFoundError("a row of another company")
    if action_id and (made := _made_by(type.tenant_id, action_id)):
        return made
    with transaction.atomic():
        locked = OrderType.objects.select_for_update(no_key=True).get(pk=type.pk)
        if action_id and (made := _made_by(type.tenant_id, action_id)):
            return made
        version = locked.versions.first()
        if version is None or not locked.is_active:
            raise NotPublishedError(locked.name)
        OrderType.objects.filter(pk=locked.pk).update(last_number=F("last_number") + 1)
        now = timezone.now()
        order = Order(
            tenant_id=locked.tenant_id,
            type=locked,
            version=version,
            number=f"{locked.prefix}-{locked.last_number + 1:06d}",
            title=(title.strip() or _title(locked, customer, call, voicemail))[:200],
            customer=customer,
            call=call,
            voicemail=voicemail,
            department_id=_department(user, call, voicemail),
            creator=user,
            priority=priority if priority in Priority.values else Priority.NORMAL,
        )
        plan = plan_of(version)
        have = defaults(plan.form, background_of(order=order, user=user, now=now))
        raw = {**have, **(values or {})}
        filled = fill(
            plan.form,
            raw,
            zone=zone_of(order),
            have=have,
            editable=plan.flow.start_editable,
            is_draft=not submit,
        )
        errors = filled.errors or check_rows(
            plan.form, filled.values, order, user=user, before=have
        )
        if errors:
            raise ValuesRefusedError(errors)
        order.save()
        created = Action(Kind.CREATE, user.pk, now, values=filled.values)
        state = _carry_out(order, None, created, plan, action_id=action_id)
        if submit:
            _carry_out(order, state, Action(Kind.SUBMIT, user.pk, now), plan, action_id="")
    return order


def _made_by(tenant_id: int, action_id: str) -> Order | None:
    event = (
        OrderEvent.objects.filter(tenant_id=tenant_id, action_id=action_id[:64])
        .select_related("order")
        .first()
    )
    return None if event is None else event.order


def _title(
    type: OrderType,
    customer: Customer | None,
    call: Call | None,
    voicemail: VoicemailMessage | None,
) -> str:
    # No number: a title is shown to people who see numbers masked.
    return f"{type.name} · {customer.name}" if customer else type.name


def _department(user: User, call: Call | None, voicemail: VoicemailMessage | None) -> int | None:
    if voicemail is not None and voicemail.department_id is not None:
        return voicemail.department_id
    if user.department_id is None and call is not None:
        return call.queue_department_id
    return user.department_id


def order_create_from_call(*, user: User, type: OrderType, call: Call, **more: Any) -> Order:
    """Make an order about a call that the person sees; its customer is the call's."""
    more.setdefault("customer", call.customer)
    return work_order_create(user=user, type=type, call=call, **more)


def order_create_from_voicemail(
    *, user: User, type: OrderType, voicemail: VoicemailMessage, **more: Any
) -> Order:
    """Make an order about a message that the person sees; customer and call are the message's."""
    more.setdefault("customer", voicemail.customer)
    more.setdefault("call", voicemail.call)
    return work_order_create(user=user, type=type, voicemail=voicemail, **more)


def work_order_act(*, user: User, order: Order, act: Act) -> Order:
    """Do something with an order that the person sees; return the order as it is then.

    Raises ActRefusedError, ValuesRefusedError, StaleError, ForbiddenError; then nothing has
    changed. The same `action_id` again changes nothing and raises nothing.
    """
    with transaction.atomic():
        locked = lock(order.pk)
        if act.action_id and locked.events.filter(action_id=act.action_id[:64]).exists():
            return locked
        actor = User.objects.filter(pk=user.pk, tenant_id=locked.tenant_id, is_active=True).first()
        if actor is None:  # he has lost the right since the page was shown
            raise ForbiddenError(user.username)
        _look_whether_stale(locked, act)
        if locked.revision >= MOST_ACTS and act.kind not in ENDS:
            raise ActRefusedError("too_many_acts")
        plan, now = plan_of(locked.version), timezone.now()
        people = CompanyPeople(locked.tenant_id, now)
        state = state_of(locked, plan)
        action = Action(
            kind=act.kind,
            actor=actor.pk,
            at=now,
            step=act.step,
            on_behalf_of=_on_behalf_of(state, act, actor.pk, people),
            to_step=act.to_step,
            person=act.person,
            to_person=act.to_person,
            values=_changed(locked, plan, state, act, actor),
            opinion=act.opinion.replace("\x00", "").strip()[:MOST_OPINION],
            is_manager=act.kind in NEEDS_MANAGER and is_manager(actor, locked),
        )
        _carry_out(locked, state, action, plan, action_id=act.action_id[:64], people=people)
    return locked


def lock(pk: int) -> Order:
    """Lock an order for its next act. Inside a transaction. Raises NotFoundError."""
    found: Order | None = (
        Order.objects.select_for_update(no_key=True, of=("self",))
        .select_related("type", "version", "tenant")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError(f"work order {pk}")
    return found


def state_of(order: Order, plan: Plan) -> State:
    """Return the state that an order's history led to. 1 query."""
    history = order.events.order_by("number").values_list("document", flat=True)
    return replay(plan.flow, [action_read(raw) for raw in history])


def zone_of(order: Order) -> ZoneInfo:
    """Return the company's time zone, in which people write times."""
    return ZoneInfo(order.tenant.timezone)


def _look_whether_stale(order: Order, act: Act) -> None:
    if act.seen_revision is None or act.seen_revision == order.revision:
        return
    since = order.events.filter(number__gt=act.seen_revision)
    if act.kind not in HARMLESS and since.exclude(kind__in=HARMLESS).exists():
        raise StaleError(f"{order.number} {act.seen_revision} {order.revision}")


def _on_behalf_of(state: State, act: Act, actor: int, people: CompanyPeople) -> int | None:
    """Return the absent person whose part the actor uses, None for his own."""
    run = state.run(act.step)
    if run is None or run.status != RunStatus.ACTIVE:
        has_part = state.submitter == actor or not people.stands_in(actor, state.submitter)
        return None if has_part or act.kind == Kind.COMMENT else state.submitter
    held = [one.person for one in run.seats if one.status == SeatStatus.OPEN]
    if actor in held:
        return None
    return next((one for one in held if people.stands_in(actor, one)), None)


def _changed(order: Order, plan: Plan, state: State, act: Act, actor: User) -> dict[str, Any]:
    """Return the fields that an act changes, None for those it empties."""
    is_with_submitter = state.status in WITH_SUBMITTER
    takes = {Kind.EDIT, Kind.SUBMIT} if is_with_submitter else {
        Kind.EDIT, Kind.APPROVE, Kind.REJECT, Kind.RETURN,
    }  # fmt: skip
    if act.kind not in takes:
        return {}
    step = plan.flow.people_steps.get(act.step)
    editable = plan.flow.start_editable if is_with_submitter else step.editable if step else ()
    filled = fill(
        plan.form,
        unmasked(plan.form, act.values, state.values, actor),
        zone=zone_of(order),
        have=state.values,
        editable=editable,
        is_draft=act.kind not in (Kind.SUBMIT, Kind.APPROVE),
    )
    errors = filled.errors or check_rows(
        plan.form, filled.values, order, user=actor, before=state.values
    )
    if errors:
        raise ValuesRefusedError(errors)
    gone = {key: None for key in state.values if key not in filled.values}
    new = {key: one for key, one in filled.values.items() if state.values.get(key) != one}
    return {**gone, **new}


def _carry_out(
    order: Order,
    state: State | None,
    action: Action,
    plan: Plan,
    *,
    action_id: str,
    people: CompanyPeople | None = None,
) -> State:
    people = people or CompanyPeople(order.tenant_id, action.at)
    try:
        after, done = act(plan.flow, state, action, people)
    except ActError as error:
        raise ActRefusedError(error.code) from error
    order.revision += 1
    if after.status in ("cancelled", "closed") and action.kind in (Kind.CANCEL, Kind.CLOSE):
        order.result = action.opinion
    project(order, state, after, plan, action.at, working_hours(order.type.calendar))
    order.save()
    _write_event(order, state, after, done, plan, action_id)
    tell(order, before=state, after=after)
    return after


def _write_event(
    order: Order, before: State | None, after: State, done: Action, plan: Plan, action_id: str
) -> None:
    names = {key: step.name for key, step in plan.flow.people_steps.items()}
    OrderEvent.objects.create(
        tenant_id=order.tenant_id,
        order=order,
        number=order.revision,
        at=done.at,
        kind=str(done.kind),
        actor_id=done.actor,
        on_behalf_of_id=done.on_behalf_of,
        to_person_id=done.to_person,
        step_key=done.step if done.step in names else "",
        step_name=names.get(done.step, ""),
        to_step_name="" if done.to_step in ("", START) else names.get(done.to_step, ""),
        opinion=done.opinion,
        from_state=str(before.status) if before else "",
        to_state=str(after.status),
        document=action_json(done),
        action_id=action_id,
    )
    audit_record(
        actor=User.objects.get(pk=done.actor) if done.actor else None,
        tenant_id=order.tenant_id,
        action=f"work_order.{done.kind}",
        object_type="work_order",
        object_id=order.pk,
        detail={
            "number": order.number,
            "step": done.step[:40],
            "from": str(before.status) if before else "",
            "to": str(after.status),
            "on_behalf_of": done.on_behalf_of,
        },
    )
    logger.info(
        "work order %s %s -> %s (%s)",
        order.number,
        before.status if before else "none",
        after.status,
        done.kind,
        extra={"tenant": order.tenant_id},
    )


def system_act(*, order: Order, plan: Plan, action: Action) -> bool:
    """Carry out an act of the system on a locked order; False when the order refuses it by now."""
    try:
        _carry_out(order, state_of(order, plan), action, plan, action_id="")
    except ActRefusedError as error:
        logger.info("work order %s: %s not done: %s", order.number, action.kind, error.reason)
        return False
    return True
