"""What the flow editor asks: check, save, publish, versions, roll back, simulate, test. JSON."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.console.access import console_command
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.core.form_text import form_text
from apps.ivr import simulator
from apps.ivr.complaints import fault_told, structure_told
from apps.ivr.draft_check import company_facts, draft_problems
from apps.ivr.drafts import (
    MOST_BYTES,
    DraftChangedError,
    FlowTooLargeError,
    draft_last_save,
    draft_token,
    flow_draft_save,
    flow_get,
)
from apps.ivr.engine.documents import FlowError
from apps.ivr.models import Flow, FlowVersion
from apps.ivr.services import FlowRefusedError, flow_publish, flow_roll_back

Command = Callable[[User, Flow, dict[str, Any]], JsonResponse]
MOST_VERSIONS = 200


class FlowRequestError(HuawuError):
    """The body is not what this address takes."""

    code = "ivr.flow_request"
    status = 400
    text = _("This is no flow document.")


def flow_command(command: Command) -> Callable[..., HttpResponse]:
    """Give a POST view: the admin, his company's flow and the JSON object of the body."""

    @console_command
    def view(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
        if not user.has_perm("ivr.change_flow"):
            raise ForbiddenError(user.username)
        return command(user, flow_get(pk), _body(request))

    return view


def _body(request: HttpRequest) -> dict[str, Any]:
    # Twice a document: a simulation sends its inputs with it.
    if int(request.META.get("CONTENT_LENGTH") or 0) > 2 * MOST_BYTES:
        raise FlowTooLargeError("body")
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise FlowRequestError(str(error)) from error
    if not isinstance(body, dict):
        raise FlowRequestError("no object")
    return body


def _document(body: dict[str, Any]) -> dict[str, Any]:
    document = body.get("document")
    if not isinstance(document, dict) or not isinstance(document.get("nodes", {}), dict):
        raise FlowRequestError("document")
    return document


def _problems(flow: Flow, document: dict[str, Any]) -> list[dict[str, str]]:
    found = draft_problems(document, name=flow.name, facts=company_facts(flow.tenant_id))
    return [asdict(problem) for problem in found]


@flow_command
def check(user: User, flow: Flow, body: dict[str, Any]) -> JsonResponse:
    """Say what is wrong with a document; nothing is kept."""
    return JsonResponse({"problems": _problems(flow, _document(body))})


@flow_command
def draft(user: User, flow: Flow, body: dict[str, Any]) -> JsonResponse:
    """Keep the draft; 409 with who, when and what when somebody else saved meanwhile."""
    token = body.get("token")
    try:
        kept = flow_draft_save(
            flow=flow,
            document=_document(body),
            token=token if isinstance(token, str) else None,
            actor=user,
        )
    except DraftChangedError as error:
        return _conflict(flow, error)
    return JsonResponse({"token": kept})


def _conflict(flow: Flow, error: DraftChangedError) -> JsonResponse:
    now = flow_get(flow.pk)
    last = draft_last_save(now)
    answer = {
        "code": error.code,
        "detail": str(error.text),
        "who": last.who,
        "at": _at(last.at),
        "document": now.draft,
        "token": draft_token(now.draft),
    }
    return JsonResponse(answer, status=error.status)


@flow_command
def publish(user: User, flow: Flow, body: dict[str, Any]) -> JsonResponse:
    """Publish the draft as it is kept, when it still is the one that the page shows."""
    if body.get("token") != draft_token(flow.draft):
        return _conflict(flow, DraftChangedError(flow.name))
    try:
        version = flow_publish(flow=flow, document=flow.draft, user=user, must_differ=True)
    except FlowRefusedError as error:
        return _refused(flow, flow.draft, error)
    return JsonResponse({"number": version.number, "document": version.document})


def _refused(flow: Flow, document: dict[str, Any], error: FlowRefusedError) -> JsonResponse:
    problems = [one for one in _problems(flow, document) if one["level"] == "error"]
    # Only a test of the flow, or nothing that the check knows: what the engine said.
    said = [] if problems else _test_faults(flow, document) or [error.detail]
    answer = {
        "code": error.code, "detail": str(error.text), "problems": problems, "reasons": said
    }  # fmt: skip
    return JsonResponse(answer, status=error.status)


def _test_faults(flow: Flow, document: dict[str, Any]) -> list[str]:
    try:
        results = simulator.flow_tests_run(document, tenant_id=flow.tenant_id)
    except FlowError as error:
        return [structure_told(str(error))[1]]
    return [
        _("Test “%(name)s”: %(fault)s") % {"name": one.name, "fault": fault_told(fault)}
        for one in results
        for fault in one.faults
    ]


@flow_command
def versions(user: User, flow: Flow, body: dict[str, Any]) -> JsonResponse:
    """List the published versions, newest first."""
    rows = flow.versions.select_related("published_by").order_by("-number")[:MOST_VERSIONS]
    found = [
        {
            "number": row.number,
            "at": _at(row.published_at),
            "who": row.published_by.display_name if row.published_by else "",
        }
        for row in rows
    ]
    return JsonResponse({"versions": found})


@flow_command
def version(user: User, flow: Flow, body: dict[str, Any]) -> JsonResponse:
    """Give one version's document."""
    return JsonResponse({"document": _version(flow, body).document})


@flow_command
def roll_back(user: User, flow: Flow, body: dict[str, Any]) -> JsonResponse:
    """Put an earlier version in force again, as a new one; the draft stays."""
    earlier = _version(flow, body)
    try:
        made = flow_roll_back(flow=flow, number=earlier.number, user=user)
    except FlowRefusedError as error:
        return _refused(flow, earlier.document, error)
    return JsonResponse({"number": made.number, "document": made.document})


def _version(flow: Flow, body: dict[str, Any]) -> FlowVersion:
    number = body.get("number")
    if not isinstance(number, int) or not 0 < number < 2**31:
        raise NotFoundError("version")
    found: FlowVersion | None = flow.versions.filter(number=number).first()
    if found is None:
        raise NotFoundError(f"version {number}")
    return found


@flow_command
def simulate(user: User, flow: Flow, body: dict[str, Any]) -> JsonResponse:
    """Dial the document without a phone; all inputs so far come each time."""
    told = simulator.flow_simulate(
        {**_document(body), "name": flow.name},
        tenant_id=flow.tenant_id,
        caller=_text(body, "caller"),
        dialled=_text(body, "dialled"),
        at=_moment(_text(body, "at")),
        inputs=body.get("inputs", []),
        answers=body.get("answers") or None,
    )
    if told["error"]:
        told = {"error": structure_told(told["error"])[1]}
    return JsonResponse(told)


@flow_command
def tests(user: User, flow: Flow, body: dict[str, Any]) -> JsonResponse:
    """Run the document's tests."""
    try:
        results = simulator.flow_tests_run(
            {**_document(body), "name": flow.name}, tenant_id=flow.tenant_id
        )
    except FlowError as error:
        return JsonResponse({"error": structure_told(str(error))[1], "results": []})
    rows = [
        {"name": one.name, "faults": [fault_told(fault) for fault in one.faults]} for one in results
    ]
    return JsonResponse({"error": "", "results": rows})


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    return form_text(value, 40) if isinstance(value, str) else ""


def _moment(text: str) -> datetime | None:
    """Return a page's local date and time, None for now."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None or found.tzinfo is not None:
        return found
    return timezone.make_aware(found)


def _at(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""
