"""My phone: forwards, do not disturb and speed dial of the person who is signed in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.selectors import agent_own
from apps.console.access import console_command, console_page, render_work
from apps.core.errors import HuawuError
from apps.switchboard.camp_on import camp_on_cancel, camp_on_list, camp_on_order
from apps.switchboard.codes import code_help
from apps.switchboard.dial_text import dial_text
from apps.switchboard.engine.forwarding import RING_S
from apps.switchboard.my_phone import (
    Wishes,
    phone_wishes,
    phone_wishes_save,
    speed_dial_list,
    speed_dial_save,
)


def _wishes(request: HttpRequest) -> Wishes:
    def text(name: str) -> str:
        return request.POST.get(name, "")[:40]

    seconds = text("no_answer_s") or str(RING_S)
    return Wishes(
        always=text("always"),
        offline=text("offline"),
        busy=text("busy"),
        no_answer=text("no_answer"),
        # What is no number is too many seconds, and told as such.
        no_answer_s=int(seconds) if seconds.isascii() and seconds.isdecimal() else 0,
        is_undisturbed=text("is_undisturbed") == "1",
        has_call_waiting=text("has_call_waiting") == "1",
    )


@console_page
def my_phone(request: HttpRequest, *, user: User) -> HttpResponse:
    """Show and save what the person wants of his own phone; nobody else's."""
    agent = agent_own(user)
    wishes, fault = phone_wishes(agent), ""
    if request.method == "POST":
        wishes = _wishes(request)
        try:
            phone_wishes_save(agent=agent, wishes=wishes)
        except HuawuError as error:
            fault = str(error.text)
        else:
            messages.success(request, _("Saved."))
            return redirect("console:my-phone")
    context = {
        "agent_phone": agent,
        "wishes": wishes,
        "fault": fault,
        "speed_dials": speed_dial_list(agent),
        "camp_ons": camp_on_list(agent),
        "codes": code_help(),
        "title": _("My phone"),
    }
    return render_work(request, "console/my_phone.html", context)


@console_page
@require_safe
def camp_ons(request: HttpRequest, *, user: User) -> HttpResponse:
    """For whom the person waits: a part of the page, which asks anew now and then."""
    context = {"camp_ons": camp_on_list(agent_own(user))}
    return render(request, "console/camp_ons.html", context)


@console_page
def camp_on(request: HttpRequest, *, user: User) -> HttpResponse:
    """Wait for a colleague: the person's phone rings when he is free."""
    agent = agent_own(user)
    if request.method == "POST":
        try:
            number = dial_text(request.POST.get("number", "")[:20])
            row = camp_on_order(agent=agent, number=number)
        except HuawuError as error:
            messages.error(request, str(error.text))
        else:
            said = _("Your phone will ring when %(name)s is free.")
            messages.success(request, said % {"name": row.colleague.user.display_name})
    return redirect("console:my-phone")


@console_command
def camp_on_end(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Wait for a colleague no more."""
    camp_on_cancel(agent=agent_own(user), pk=pk)
    messages.success(request, _("Cancelled."))
    return redirect("console:my-phone")


@console_page
def speed_dial(request: HttpRequest, *, user: User) -> HttpResponse:
    """Put a number behind a code, or take it away."""
    agent = agent_own(user)
    if request.method == "POST":
        try:
            speed_dial_save(
                agent=agent,
                code=request.POST.get("code", ""),
                text=request.POST.get("number", "")[:40],
                name=request.POST.get("name", ""),
            )
            messages.success(request, _("Saved."))
        except HuawuError as error:
            messages.error(request, str(error.text))
    return redirect("console:my-phone")
