"""One desk for a person: the page opened last owns socket and phone, wherever it is opened.

Kept by the server, because the other page may be in another browser or on another machine.
"""

import re

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.realtime.models import DeskOwner

_PAGE = re.compile(r"[A-Za-z0-9-]{8,40}")
DESK_TAKEN = "desk.taken"


def page_name(text: str) -> str:
    """Return a page's name as it may be stored, '' for anything else."""
    return text if _PAGE.fullmatch(text) else ""


def desk_claim(*, user: User, page: str) -> None:
    """Make a page the owner and tell the person's others; harmless twice."""
    with transaction.atomic():
        DeskOwner.objects.update_or_create(
            user=user, defaults={"page": page, "claimed_at": timezone.now()}
        )
        publish_on_commit(
            [
                StreamEvent(
                    stream=user_stream(user.pk),
                    kind="desk.taken",
                    tenant_id=user.tenant_id,
                    data={"page": page},
                )
            ]
        )


def desk_is_owned_by(*, user: User, page: str) -> bool:
    """Say whether the page is the owner; without any owner each may be. 1 query."""
    owner = DeskOwner.objects.filter(user=user).values_list("page", flat=True).first()
    return owner in (None, page)
