"""Who may open the console, and how a page and its part are one view."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_of
from apps.console.menu import menu_for
from apps.console.shortcuts import shortcut_actions, shortcut_groups
from apps.console.texts import (
    PAUSE_REASONS,
    decline_reasons,
    desk_texts,
    pause_reasons,
    ring_tones,
)
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.ivr.standard_answers import standard_answers
from apps.surveys.selectors import survey_queue_numbers

View = Callable[..., HttpResponse]
UNPROCESSABLE = 422


def console_page(view: View) -> View:
    """Call the view with `user=`, a signed-in person of a company.

    A row that is not his looks like none (404); what his role may not do is refused (403).
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if user.tenant_id is None:
            if user.is_superuser:
                return redirect("admin:index")
            raise PermissionDenied
        try:
            return view(request, *args, user=user, **kwargs)
        except NotFoundError as error:
            raise Http404 from error
        except ForbiddenError as error:
            raise PermissionDenied from error

    return wrapped


def console_command(view: View) -> View:
    """Call a POST view with `user=`; our own errors are answered as JSON with code and text."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or user.tenant_id is None:
            return JsonResponse({"code": "core.forbidden", "detail": ""}, status=403)
        if request.method != "POST":
            return JsonResponse({"code": "core.method", "detail": "POST"}, status=405)
        try:
            return view(request, *args, user=user, **kwargs)
        except HuawuError as error:
            return JsonResponse(
                {"code": error.code, "detail": str(error.text)}, status=error.status
            )

    return wrapped


def render_work(
    request: HttpRequest, template: str, context: dict[str, Any], *, is_refused: bool = False
) -> HttpResponse:
    """Render a part into the open desk (HTMX), or the whole desk with the part in it.

    `is_refused`: what was sent is not accepted, the part says why (422).
    """
    is_part = request.headers.get("HX-Request") == "true" and not request.headers.get(
        "HX-History-Restore-Request"
    )
    if is_part:
        response = render(request, template, context)
    else:
        assert isinstance(request.user, User)  # noqa: S101 - console_page saw to it
        response = render(
            request,
            "console/desk.html",
            {**context, **desk_context(request, request.user), "work_template": template},
        )
    # The same address answers with a part or a page: no cache may mix them up.
    response["Vary"] = "HX-Request"
    if is_refused:
        response.status_code = UNPROCESSABLE
    response["Cache-Control"] = "no-store"
    return response


def desk_context(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return what the desk's page needs: the person, the phone's configuration, the texts."""
    agent = agent_of(user)
    return {
        "agent": agent,
        "menu": menu_for(user, agent),
        "desk_config": {
            "csrf": get_token(request),
            "user": user.pk,
            "sip": sip_config(agent),
            "shortcuts": shortcut_actions(),
        },
        "shortcuts": shortcut_groups(),
        "ring_tones": ring_tones(),
        "decline_reasons": decline_reasons(),
        "desk_texts": desk_texts(),
        "pause_choices": [(code, pause_reasons()[code]) for code in PAUSE_REASONS],
        "survey_queues": survey_queue_numbers() if agent else [],
        "standard_answers": standard_answers() if agent else [],
    }


def sip_config(agent: Agent | None) -> dict[str, str] | None:
    """Return how the browser phone registers, None for who takes no calls in the browser.

    The hash fits only our own realm; the password itself is not known to us.
    """
    if agent is None or not agent.is_active or agent.phone_kind != "web":
        return None
    host = settings.HUAWU_WS_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    return {
        "ws_url": settings.HUAWU_WS_URL,
        "uri": f"sip:{agent.endpoint_web}@{host}",
        "authorization_user": agent.sip_username,
        "ha1": agent.sip_ha1,
        "realm": settings.HUAWU_SIP_REALM,
    }
