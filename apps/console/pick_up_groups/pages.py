"""Pages for pick-up groups: the list, and a form for one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.acd.agent_times import agents_for
from apps.console.access import console_page, render_work
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.supervision.pick_up_groups import (
    Group,
    group_delete,
    group_get_for,
    group_list_for,
    group_save,
    groups_need,
)

LIST = "console:pick-up-groups"


@console_page
@require_safe
def group_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The groups of the person's agents."""
    context = {"groups": group_list_for(user=user), "title": _("Pick-up groups")}
    return render_work(request, "console/pick_up_groups/list.html", context)


@console_page
def group_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Make a group."""
    groups_need(user)
    return _form(request, user, None)


@console_page
def group(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Change a group."""
    return _form(request, user, group_get_for(user=user, pk=pk))


def _form(request: HttpRequest, user: User, found: Group | None) -> HttpResponse:
    name = found.group.name if found else ""
    chosen = {agent.number for agent in found.members} if found else set()
    fault = ""
    if request.method == "POST":
        name = request.POST.get("name", "")[:80]
        chosen = set(request.POST.getlist("agents")[:1000])
        pk = found.group.pk if found else None
        try:
            group_save(user=user, pk=pk, name=name, numbers=sorted(chosen))
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            fault = str(error.text)
        else:
            messages.success(request, _("Saved."))
            return redirect(LIST)
    context = {
        "found": found,
        "name": name,
        "agents": [{"agent": one, "is_in": one.number in chosen} for one in agents_for(user)],
        "fault": fault,
        "title": _("Pick-up group"),
    }
    return render_work(request, "console/pick_up_groups/form.html", context)


@console_page
def group_remove(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Ask, then delete a group."""
    found = group_get_for(user=user, pk=pk)
    if request.method == "POST":
        try:
            group_delete(user=user, pk=pk)
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            messages.error(request, str(error.text))
        else:
            messages.success(request, _("Deleted."))
        return redirect(LIST)
    context = {"found": found, "title": _("Delete the group")}
    return render_work(request, "console/pick_up_groups/delete.html", context)
