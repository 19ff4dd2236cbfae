"""The page of dispositions: the company's tree, and which queues require one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.core.errors import HuawuError
from apps.dispositions.models import MAX_LEVELS
from apps.dispositions.selectors import (
    disposition_may_change,
    disposition_nodes,
    queues_that_require,
    queues_to_change,
)
from apps.dispositions.tree_services import (
    disposition_add,
    disposition_change,
    queue_policy_set,
)

UNPROCESSABLE = 422
MAX_KEY = 2**31 - 1


class PlaceForm(forms.Form):
    """A name and where it lies: `12` below a disposition, `q7` on top of a queue's, '' on top."""

    name = forms.CharField(max_length=200)
    place = forms.RegexField(r"^(q?[0-9]{1,9})?\Z", required=False)

    @property
    def place_ids(self) -> dict[str, int | None]:
        """Return `parent_id` and `queue_id`."""
        place = self.cleaned_data["place"]
        is_queue = place.startswith("q")
        return {
            "parent_id": int(place) if place and not is_queue else None,
            "queue_id": int(place[1:]) if is_queue else None,
        }


class ChangeForm(PlaceForm):
    """Also the order, and whether it can be chosen."""

    position = forms.IntegerField(min_value=0, max_value=9_999)
    is_active = forms.BooleanField(required=False)


@console_page
@require_safe
def dispositions(request: HttpRequest, *, user: User) -> HttpResponse:
    """The tree as it is, with what the person may change in it."""
    if user.role not in (Role.ADMIN, Role.TEAM_LEAD):
        raise PermissionDenied
    queues = queues_to_change(user=user)
    required = queues_that_require()
    may: dict[int | None, bool] = {None: disposition_may_change(user=user, queue=None)}
    rows: list[dict[str, Any]] = []
    for node in disposition_nodes():
        queue = node.root.queue
        key = queue.pk if queue else None
        if key not in may:
            may[key] = disposition_may_change(user=user, queue=queue)
        rows.append(
            {
                "node": node,
                "may_change": may[key],
                "place": str(node.row.parent_id or (f"q{key}" if key else "")),
            }
        )
    context = {
        "rows": rows,
        "parents": [
            row["node"]
            for row in rows
            if row["may_change"] and row["node"].is_active and row["node"].level < MAX_LEVELS - 1
        ],
        "may_change_all": may[None],
        "queues": [{"queue": queue, "is_required": queue.number in required} for queue in queues],
        "title": _("Dispositions"),
    }
    return render_work(request, "console/dispositions.html", context)


@console_command
def disposition_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Add one."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a name of at most 80 characters."))
    else:
        _try(
            request,
            lambda: disposition_add(user=user, name=form.cleaned_data["name"], **form.place_ids),
        )
    return redirect("console:dispositions")


@console_command
def disposition_save(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Rename, move, order, retire or bring back."""
    form = ChangeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a name, and an order between 0 and 9999."))
        return redirect("console:dispositions")
    data = form.cleaned_data
    _try(
        request,
        lambda: disposition_change(
            user=user,
            pk=pk,
            name=data["name"],
            position=data["position"],
            is_active=data["is_active"],
            **form.place_ids,
        ),
    )
    return redirect("console:dispositions")


@console_command
def queue_policy(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Say whether a queue requires a disposition."""
    is_required = request.POST.get("is_required") == "1"
    _try(request, lambda: queue_policy_set(user=user, queue_id=pk, is_required=is_required))
    return redirect("console:dispositions")


def _try(request: HttpRequest, act: Any) -> None:
    """Do it; what can be put right on the page is said there."""
    try:
        act()
    except HuawuError as error:
        if error.status != UNPROCESSABLE:
            raise
        messages.error(request, str(error.text))
    else:
        messages.success(request, _("Saved."))
