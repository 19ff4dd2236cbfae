"""Make and revoke the links of screens on the wall."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.queue_figures import queues_for
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.events import Envelope, group_name, publisher
from apps.core.tenancy import all_tenants
from apps.live_board.engine.parts import WALL_TILES
from apps.live_board.errors import WallEmptyError, WallLimitError
from apps.live_board.models import Wall
from apps.live_board.selectors import wall_get_for

MAY_MAKE = frozenset({Role.TEAM_LEAD, Role.ADMIN})
MOST_WALLS = 100
WALL_REVOKED = "wall.revoked"
SEEN_EVERY = timedelta(minutes=1)


def walls_need(user: User) -> None:
    """Raise ForbiddenError unless the person may make screens."""
    if user.tenant_id is None or user.role not in MAY_MAKE:
        raise ForbiddenError(user.username)


def wall_make(
    *, user: User, name: str, queues: Iterable[str], tiles: Iterable[str]
) -> tuple[Wall, str]:
    """Make a screen of queues that the person may see; return it and its token, shown only here.

    Raises ForbiddenError, NotFoundError (a queue that is not his), WallEmptyError, WallLimitError.
    """
    walls_need(user)
    assert user.tenant_id is not None  # noqa: S101 - walls_need saw to it
    wanted, parts = sorted(set(queues)), [one for one in WALL_TILES if one in set(tiles)]
    name = " ".join(name.replace("\0", "").split())[:60]
    if not name or not wanted or not parts:
        raise WallEmptyError(name)
    known = set(queues_for(user).values_list("number", flat=True))
    if not known.issuperset(wanted):
        raise NotFoundError("queue")
    if Wall.objects.filter(revoked_at=None).count() >= MOST_WALLS:
        raise WallLimitError(str(MOST_WALLS))
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        wall = Wall.objects.create(
            tenant_id=user.tenant_id,
            name=name,
            digest=_digest(token),
            queues=wanted,
            tiles=parts,
            made_by=user,
        )
        _audit(user, wall, "wall.make", queues=wanted, tiles=parts)
    return wall, token


def wall_revoke(*, user: User, pk: int) -> None:
    """End a screen's link; what is open closes at once. Harmless twice.

    Raises ForbiddenError, NotFoundError (not his).
    """
    walls_need(user)
    with transaction.atomic():
        wall = wall_get_for(user=user, pk=pk)
        now = timezone.now()
        done = Wall.objects.filter(pk=pk, revoked_at=None).update(
            revoked_at=now, revoked_by=user, updated_at=now
        )
        if done:
            _audit(user, wall, "wall.revoke")
            envelope = Envelope(
                v=1, seq=0, kind=WALL_REVOKED, tenant=wall.tenant_id, at=now.isoformat(), data={}
            )
            transaction.on_commit(lambda: publisher.send(wall_group(pk), envelope), robust=True)


def wall_by_token(token: str, *, now: datetime) -> Wall | None:
    """Return the screen of a token that may show something, whatever the scope. 1 to 2 queries.

    None for a strange one, a revoked one, one of a company that is not active, and one whose maker
    is barred. Notes that it was seen, once a minute.
    """
    if not 20 <= len(token) <= 100 or not token.isascii():
        return None
    with all_tenants("the token says which company"):
        wall: Wall | None = (
            Wall.objects.select_related("tenant", "made_by")
            .filter(
                digest=_digest(token),
                revoked_at=None,
                tenant__is_active=True,
                made_by__is_active=True,
            )
            .first()
        )
        if wall and (wall.last_seen_at is None or now - wall.last_seen_at > SEEN_EVERY):
            Wall.objects.filter(pk=wall.pk).update(last_seen_at=now)
    return wall


def wall_group(pk: int) -> str:
    """Return the channel-layer group of one screen: it carries only that it was revoked."""
    return group_name(f"wall.{pk}")


def _digest(token: str) -> str:
    # 256 random bits: a plain hash is enough.
    return hashlib.sha256(token.encode()).hexdigest()


def _audit(user: User, wall: Wall, action: str, **detail: object) -> None:
    audit_record(
        actor=user,
        tenant_id=wall.tenant_id,
        action=action,
        object_type="wall",
        object_id=wall.pk,
        detail={"name": wall.name, **detail},
    )
