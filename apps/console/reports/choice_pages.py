"""How the company counts, and where its reports may be sent: the admin's page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.models import Queue
from apps.console.access import console_page, render_work
from apps.console.reports.more_texts import LEVEL_TEXTS
from apps.reports.choices import report_choice
from apps.reports.saved import report_choice_set


@console_page
@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: HttpRequest, *, user: User) -> HttpResponse:
    """The service level's definition, by company and queue; days of a contact; domains."""
    if user.role != Role.ADMIN:
        raise PermissionDenied
    queues = list(Queue.objects.order_by("number"))
    if request.method == "POST":
        post = request.POST
        days = post.get("days", "")
        report_choice_set(
            user=user,
            level=post.get("level", ""),
            queue_levels={one.number: post.get(f"level-{one.number}", "") for one in queues},
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 7,
            domains=post.get("domains", "")[:5000].replace(",", " ").split(),
        )
        messages.success(request, _("Saved."))
        return redirect("console:report-choice")
    found = report_choice()
    context = {
        "choice": found,
        "levels": LEVEL_TEXTS.items(),
        "queues": [(one, found.queue_levels.get(one.number, "")) for one in queues],
        "domains": "\n".join(found.outside_domains),
        "title": _("How the company counts"),
    }
    return render_work(request, "console/reports/choice.html", context)
