"""What the company's recordings become and how long they are kept, for its admins."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.selectors import queue_active_list
from apps.console.access import console_page, render_work
from apps.core.errors import ForbiddenError, HuawuError
from apps.recordings.choices import KeptFormat
from apps.recordings.errors import DaysError
from apps.recordings.health import conversion_health
from apps.recordings.models import RetentionRun
from apps.recordings.policies import queue_keep_days, recording_policy, recording_policy_set
from apps.recordings.retention import retention_preview
from apps.recordings.store import keys

MOST_RUNS = 14
QUEUE = "queue-"


@console_page
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, *, user: User) -> HttpResponse:
    """Show and set the policy; what would be removed by the times typed is shown first."""
    if user.role != Role.ADMIN:
        raise ForbiddenError(user.username)
    shown, preview = _kept(), None
    if request.method == "POST":
        shown = {name: request.POST.get(name, "") for name in shown} | {
            "days": {
                name.removeprefix(QUEUE): str(text).strip()
                for name, text in request.POST.items()
                if name.startswith(QUEUE)
            }
        }
        try:
            if request.POST.get("do") == "save":
                _save(user, request.POST)
                messages.success(request, _("The policy is in force."))
                return redirect("console:recording-policy")
            preview = retention_preview(**_times(request.POST))
        except HuawuError as error:
            messages.error(request, str(error.text))
    days = shown.pop("days")
    queues = list(queue_active_list().order_by("number"))
    numbers = {queue.number: queue.name for queue in queues}
    context = {
        **shown,
        "formats": KeptFormat.choices,
        "queues": [
            (number, numbers.get(number, ""), days.get(number, ""))
            for number in sorted({*numbers, *days})
        ],
        "has_key": bool(keys()),
        "preview": preview,
        "health": conversion_health(),
        "runs": RetentionRun.objects.all()[:MOST_RUNS],
        "title": _("How recordings are kept"),
    }
    return render_work(request, "console/recordings/policy.html", context)


def _kept() -> dict[str, Any]:
    found = recording_policy()
    return {
        "format": found.format,
        "keeps_original": "1" if found.keeps_original else "",
        "is_sealed": "1" if found.is_sealed else "",
        "keep_days": str(found.keep_days),
        "days": {number: str(days) for number, days in queue_keep_days().items()},
    }


def _save(user: User, post: QueryDict) -> None:
    recording_policy_set(
        user=user,
        format=post.get("format", ""),
        keeps_original=post.get("keeps_original") == "1",
        is_sealed=post.get("is_sealed") == "1",
        **_times(post),
    )


def _times(post: QueryDict) -> dict[str, Any]:
    """Return the days typed. Raises DaysError."""
    by_queue = {
        name.removeprefix(QUEUE): _whole(text)
        for name, text in post.items()
        if name.startswith(QUEUE) and str(text).strip()
    }
    return {"keep_days": _whole(post.get("keep_days", "")), "by_queue": by_queue}


def _whole(text: Any) -> int:
    text = str(text).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise DaysError(text[:10])
    return int(text)
