"""Let an agent into the toolbar: a token for the other program, then a session for the frame."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Agent, User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError
from apps.core.tenancy import tenant_scope
from apps.integrations.models import token_digest
from apps.toolbar.errors import LaunchNotValidError, OriginNotAllowedError
from apps.toolbar.models import ToolbarLaunch
from apps.toolbar.selectors import is_launcher, launch_open, origin_is_allowed

LAUNCH_LIFE = timedelta(seconds=60)
SESSION_LIFE_S = 12 * 60 * 60
# In a session: it is the toolbar's, for a frame in this site. `middleware.py` limits it.
ORIGIN_KEY = "toolbar_origin"


@dataclass(frozen=True)
class Launch:
    """A new launch; the token is shown only here."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Entry:
    """What the frame gets for its token."""

    session_key: str
    origin: str
    user: User


def launch_make(*, actor: User, agent: Agent, origin: str) -> Launch:
    """Make a token that opens the toolbar as the agent once, within a minute.

    Raises ForbiddenError, OriginNotAllowedError. Expired ones go at the same time.
    """
    if not is_launcher(actor, agent):
        raise ForbiddenError(actor.username)
    if not origin_is_allowed(origin):
        raise OriginNotAllowedError(origin[:200])
    now = timezone.now()
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        ToolbarLaunch.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
        row = ToolbarLaunch.objects.create(
            tenant_id=agent.tenant_id,
            user=agent.user,
            origin=origin,
            digest=token_digest(token),
            expires_at=now + LAUNCH_LIFE,
        )
        audit_record(
            actor=actor,
            tenant_id=agent.tenant_id,
            action="toolbar.launch",
            object_type="agent",
            object_id=agent.pk,
            detail={"origin": origin},
        )
    return Launch(token=token, expires_at=row.expires_at)


def launch_redeem(token: str) -> Entry:
    """Take a token and open a session for its agent. Raises LaunchNotValidError; the second too."""
    now = timezone.now()
    found = launch_open(token, now)
    if found is None:
        raise LaunchNotValidError
    with tenant_scope(found.tenant_id):
        claimed = ToolbarLaunch.objects.filter(pk=found.pk, used_at=None).update(used_at=now)
    if claimed != 1:
        raise LaunchNotValidError
    user = found.user
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[ORIGIN_KEY] = found.origin
    session.set_expiry(SESSION_LIFE_S)
    session.create()
    return Entry(session_key=session.session_key, origin=found.origin, user=user)
