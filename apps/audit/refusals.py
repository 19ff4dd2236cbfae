"""Note who asks for a row that is not his; bounded, so that nobody can fill the trail."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import audit_record_bounded
from apps.core.tenancy import tenant_scope

logger = logging.getLogger(__name__)

ACTION = "access.refused"
REFUSED = (403, 404)
# Of one person the same row once in ten minutes, and no more in an hour than `services` allows.
SAME_ROW = timedelta(minutes=10)


class RefusedAccessMiddleware:
    """Write an audit entry when a signed-in person is refused an address that names a row.

    A row of others and a row that does not exist look alike, to him and here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then look at the answer."""
        response = self.get_response(request)
        match = request.resolver_match
        # The API and audio find the person by token, and set him too.
        user = getattr(request, "user", None)
        if response.status_code not in REFUSED or match is None or not match.kwargs:
            return response
        if isinstance(user, User) and user.tenant_id is not None and match.url_name:
            asked = "/".join(str(part) for part in match.kwargs.values())[:60]
            # An address may hold %00, which PostgreSQL cannot keep.
            row = "".join(sign if sign.isprintable() else "?" for sign in asked)
            try:
                refusal_record(
                    actor=user,
                    address=match.view_name[:60],
                    row=row,
                    method=request.method or "",
                    status=response.status_code,
                )
            except Error:
                # The refusal stands; an audit that cannot be written must not become a 500.
                logger.exception("refusal of %s not noted", match.view_name)
        return response


def refusal_record(*, actor: User, address: str, row: str, method: str, status: int) -> bool:
    """Record a refused access within the bounds; say whether it was. 1 to 3 queries."""
    tenant_id = actor.tenant_id
    if tenant_id is None:
        return False
    now = timezone.now()
    with tenant_scope(tenant_id):
        mine = AuditEntry.objects.filter(actor=actor, action=ACTION)
        same = mine.filter(object_type=address, object_id=row, at__gt=now - SAME_ROW)
        if same.exists():
            return False
        return audit_record_bounded(
            actor=actor,
            tenant_id=tenant_id,
            action=ACTION,
            object_type=address,
            object_id=row,
            detail={"method": method, "status": status},
        )
