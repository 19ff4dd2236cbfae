"""Rows that a worker sends outside, each once: who takes one, and which are due.

Such a row is a TenantModel with `state`, `next_try_at` and `tries`; what "pending" is called, its
app says.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from apps.core.tenancy import all_tenants, tenant_scope


def due_send(model: Any, *, pending: str, most: int, send: Callable[[int], bool]) -> int:
    """Send the rows that are due, oldest first, each in its company's scope; return how many went.

    At most so many. Safe to run twice and by two at once when `send` takes its row first.
    """
    with all_tenants("the worker serves every company"):
        due = list(
            model.objects.filter(state=pending, next_try_at__lte=timezone.now())
            .order_by("next_try_at", "pk")
            .values_list("tenant_id", "pk")[:most]
        )
    sent = 0
    for tenant_id, pk in due:
        with tenant_scope(tenant_id):
            sent += send(pk)
    return sent


def sending_take(model: Any, pk: int, *, pending: str, lease: timedelta) -> bool:
    """Take a row that is due for so long and count the try; False when it is not due. 1 query.

    Afterwards another may try: who took it may have died.
    """
    now = timezone.now()
    due = model.objects.filter(pk=pk, state=pending, next_try_at__lte=now)
    taken = due.update(next_try_at=now + lease, tries=F("tries") + 1, updated_at=now)
    return bool(taken)
