"""Screens on the wall: the page that they show, and who makes and revokes their links."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.acd.queue_figures import queues_for
from apps.console.access import console_page, render_work
from apps.console.board.texts import board_texts
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.live_board.engine.parts import WALL_TILES
from apps.live_board.selectors import wall_get_for, wall_list_for
from apps.live_board.services import wall_make, wall_revoke, walls_need

TILES = {
    "queues": gettext_lazy("Queues"),
    "agents": gettext_lazy("Agents"),
    "trunks": gettext_lazy("Trunks"),
    "alarms": gettext_lazy("Alarms"),
}


@require_safe
@never_cache
def wall(request: HttpRequest) -> HttpResponse:
    """A screen's page: empty until its script has said the token, which stands after the #.

    So the token is in no log, and the page itself tells nothing.
    """
    asked = request.GET.get("language", "")
    known = asked if asked in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(known):
        context = {"config": {"texts": board_texts()}, "title": _("Wall display")}
        response = render(request, "console/board/wall.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response


@console_page
def walls(request: HttpRequest, *, user: User) -> HttpResponse:
    """The person's screens, and a form for a new one; its link is shown once."""
    walls_need(user)
    link, fault = "", ""
    if request.method == "POST":
        try:
            _made, token = wall_make(
                user=user,
                name=request.POST.get("name", "")[:200],
                queues=request.POST.getlist("queues")[:500],
                tiles=request.POST.getlist("tiles")[:10],
            )
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            fault = str(error.text)
        else:
            address = request.build_absolute_uri(reverse("console:wall"))
            link = f"{address}?language={translation.get_language()}#{token}"
    context = {
        "walls": wall_list_for(user=user)[:100],
        "queues": queues_for(user),
        "tiles": [(code, TILES[code]) for code in WALL_TILES],
        "names": TILES,
        "link": link,
        "fault": fault,
        "title": _("Wall displays"),
    }
    return render_work(request, "console/board/walls.html", context)


@console_page
def revoke(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Ask, then end a screen's link."""
    walls_need(user)
    found = wall_get_for(user=user, pk=pk)
    if request.method == "POST":
        wall_revoke(user=user, pk=pk)
        messages.success(request, _("Revoked. An open screen has gone dark."))
        return redirect("console:walls")
    context = {"wall": found, "title": _("Revoke the wall display")}
    return render_work(request, "console/board/wall_revoke.html", context)
