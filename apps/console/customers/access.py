"""Who may do what with customers on the console; refused looks like not found."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.console.access import console_page
from apps.core.errors import HuawuError, NotFoundError

View = Callable[..., HttpResponse]
LEADS = (Role.TEAM_LEAD, Role.ADMIN)


def may_manage(user: User) -> bool:
    """Say whether the person deletes, merges and exports customers."""
    return user.role in LEADS


def may_define(user: User) -> bool:
    """Say whether the person defines fields, levels, tags and who sees what."""
    return user.role == Role.ADMIN


def managers_page(view: View) -> View:
    """As `console_page`, for team leads and admins."""
    return _page(view, may_manage)


def admins_page(view: View) -> View:
    """As `console_page`, for the company's admins."""
    return _page(view, may_define)


def _page(view: View, may: Callable[[User], bool]) -> View:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, user: User, **kwargs: Any) -> HttpResponse:
        if not may(user):
            raise NotFoundError(user.username)
        return view(request, *args, user=user, **kwargs)

    found: View = console_page(wrapped)
    return found


def done_or_told(
    request: HttpRequest, act: Callable[[], object], done: str, to: str, **kwargs: Any
) -> HttpResponse:
    """Do it and go on to a page, with what was done or why not."""
    try:
        act()
    except NotFoundError:
        raise
    except HuawuError as error:
        messages.error(request, str(error.text))
    else:
        messages.success(request, done)
    response: HttpResponse = redirect(to, **kwargs)
    return response
