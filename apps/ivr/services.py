"""Publish flows; open and close calendars by hand."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.acd.selectors import skill_names
from apps.audit.services import audit_record
from apps.core.errors import HuawuError
from apps.ivr.engine.check import ERROR, flow_check, flow_languages
from apps.ivr.engine.documents import FlowError, flow_parse
from apps.ivr.models import Calendar, Flow, FlowVersion, OverrideState
from apps.ivr.selectors import (
    calendar_names,
    flow_names_published,
    http_lookup_names,
    pin_names,
    queue_numbers,
    rule_set_names_published,
)
from apps.ivr.simulator import flow_tests_run
from apps.prompts.selectors import prompt_names
from apps.voicemail.selectors import agent_box_numbers


class FlowRefusedError(HuawuError):
    """The document cannot run; `detail` names the nodes and says why."""

    code = "ivr.flow_refused"
    status = 422
    text = _("This flow cannot be published.")


class FlowUnchangedError(FlowRefusedError):
    """The version in force says the same already; `detail` is a text for people."""

    code = "ivr.flow_unchanged"


def flow_publish(
    *,
    flow: Flow,
    document: dict[str, Any],
    user: User | None = None,
    must_differ: bool = False,
) -> FlowVersion:
    """Make the document the flow's next version; calls that run keep theirs.

    Locks the flow's row, so two publishers get two numbers. Writes the audit trail. Raises
    FlowRefusedError; with `must_differ` FlowUnchangedError when it is the version in force.
    """
    try:
        parsed = flow_parse(document)
    except FlowError as error:
        raise FlowRefusedError(str(error)) from error
    problems = flow_check(
        parsed,
        prompts=prompt_names(flow.tenant_id),
        languages=flow_languages(parsed),
        queues=queue_numbers(flow.tenant_id),
        calendars=calendar_names(flow.tenant_id),
        boxes=agent_box_numbers(flow.tenant_id),
        flows=flow_names_published(flow.tenant_id) | {flow.name},
        pins=pin_names(flow.tenant_id),
        skills=skill_names(flow.tenant_id),
        http_lookups=http_lookup_names(flow.tenant_id),
        rule_sets=rule_set_names_published(flow.tenant_id),
    )
    if errors := [str(problem) for problem in problems if problem.level == ERROR]:
        raise FlowRefusedError("; ".join(errors))
    try:
        results = flow_tests_run(document, tenant_id=flow.tenant_id)
    except FlowError as error:
        raise FlowRefusedError(str(error)) from error
    faults = [f"test {one.name!r}: {'; '.join(one.faults)}" for one in results if one.faults]
    if faults:
        raise FlowRefusedError("; ".join(faults))
    with transaction.atomic():
        Flow.objects.select_for_update(no_key=True).get(pk=flow.pk)
        newest = flow.versions.order_by("-number").first()
        if must_differ and newest is not None and newest.document == document:
            text = gettext("Nothing differs from version %(number)s, which is in force.")
            raise FlowUnchangedError(text % {"number": newest.number})
        version = FlowVersion.objects.create(
            tenant_id=flow.tenant_id,
            flow=flow,
            number=newest.number + 1 if newest else 1,
            document=document,
            published_by=user,
        )
        audit_record(
            actor=user,
            tenant_id=flow.tenant_id,
            action="flow.publish",
            object_type="flow",
            object_id=flow.pk,
            detail={"version": version.number},
        )
    return version


def flow_roll_back(*, flow: Flow, number: int, user: User | None = None) -> FlowVersion:
    """Publish an earlier version's document again, as the next version.

    It is checked like any other: a queue that it names may be gone by now. Raises
    FlowVersion.DoesNotExist and FlowRefusedError.
    """
    earlier = FlowVersion.objects.get(flow=flow, number=number)
    return flow_publish(flow=flow, document=earlier.document, user=user)


class OverridePastError(HuawuError):
    """The override would be over before it begins."""

    code = "ivr.override_past"
    status = 422
    text = _("The end must be in the future.")


def calendar_override(
    *,
    calendar: Calendar,
    state: OverrideState,
    until: datetime | None = None,
    reason: str = "",
    actor: User | None = None,
) -> None:
    """Open or close whatever the plan says, or (NONE) go back to it. Callers notice within 5 s.

    `until` None: until somebody takes it back. Writes the audit trail. Raises OverridePastError.
    """
    if state == OverrideState.NONE:
        until, reason = None, ""
    if until is not None and until <= timezone.now():
        raise OverridePastError(until.isoformat())
    calendar.override = state
    calendar.override_until = until
    calendar.override_reason = reason
    calendar.override_by = actor
    with transaction.atomic():
        calendar.save(
            update_fields=[
                "override",
                "override_until",
                "override_reason",
                "override_by",
                "updated_at",
            ]
        )
        audit_record(
            actor=actor,
            tenant_id=calendar.tenant_id,
            action="calendar.override",
            object_type="calendar",
            object_id=calendar.pk,
            detail={
                "state": str(state),
                "until": until.isoformat() if until else None,
                "reason": reason,
            },
        )
