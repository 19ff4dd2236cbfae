"""The frame's page, its session, and the script for the page around it."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.selectors import agent_of
from apps.console.access import sip_config
from apps.console.texts import PAUSE_REASONS, desk_texts, pause_reasons
from apps.core.tenancy import tenant_scope
from apps.toolbar.errors import LaunchNotValidError
from apps.toolbar.selectors import launch_open
from apps.toolbar.services import launch_redeem

SCRIPT = settings.BASE_DIR / "static/console/dist/toolbar-v1.js"


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The bar, to be shown by the site of its token only; without a good token by nobody."""
    launch = launch_open(request.GET.get("launch", "")[:100], timezone.now())
    if launch is None:
        # `frame-ancestors 'none'` and X-Frame-Options stay: the browser shows its own refusal.
        text = str(LaunchNotValidError.text)
        return HttpResponse(text, status=LaunchNotValidError.status, content_type="text/plain")
    with translation.override(launch.user.language or translation.get_language()):
        context = {
            "desk_texts": desk_texts(),
            "pause_choices": [(code, pause_reasons()[code]) for code in PAUSE_REASONS],
        }
        response = render(request, "toolbar/bar.html", context)
    framed_by = {"frame-ancestors": [launch.origin]}
    response._csp_replace = framed_by  # type: ignore[attr-defined]  # django-csp's
    response.xframe_options_exempt = True
    response["Referrer-Policy"] = "no-referrer"
    return response


# The token in the body is the credential; nothing that a browser sends by itself is looked at.
@csrf_exempt
@require_POST
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """Take the token; give the frame its session, its site and how its phone registers."""
    try:
        entry = launch_redeem(request.POST.get("launch", "")[:100])
    except LaunchNotValidError as error:
        return JsonResponse({"code": error.code, "detail": str(error.text)}, status=error.status)
    assert entry.user.tenant_id is not None  # noqa: S101 - a launch is a company's row
    with tenant_scope(entry.user.tenant_id):
        agent = agent_of(entry.user)
    sip = sip_config(agent)
    return JsonResponse({"session": entry.session_key, "origin": entry.origin, "sip": sip})


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script that the other program's page includes."""
    response = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300"
    return response


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()
