"""One computation of a company's board for all who look at it, wherever they are connected.

Of several web processes one has the lease and computes; all others hear of it by the channel
layer. The last board is kept in the cache, so that a page that opens costs no computation.
"""

import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from apps.acd.expected_waits import mean_talks
from apps.acd.models import Queue
from apps.alarms.selectors import alarm_rows
from apps.core.events import Envelope, group_name
from apps.core.tenancy import tenant_scope
from apps.live_board.engine.parts import Board, difference
from apps.live_board.selectors import board_now
from apps.tenants.models import Tenant

logger = logging.getLogger(__name__)

KIND = "board.changed"
# Who computes keeps it so long; when its process dies another goes on then.
LEASE_S = 4
# Without a viewer nothing is computed, and what was is soon no use.
KEPT_S = 30
# An older one is not shown to who opens a page: the first round brings another in a moment.
FRESH = timedelta(seconds=3)
# How long a talk takes does not change from second to second, and reading a day costs most.
TALKS_S = 60
OWNER = uuid.uuid4().hex


@dataclass(frozen=True)
class Kept:
    """The last board: `epoch` is new when its numbers begin anew."""

    epoch: str
    seq: int
    at: str
    board: Board


def board_group(tenant_id: int) -> str:
    """Return the channel-layer group of a company's board. Only consumers join it: its rows are
    those of everybody, and each consumer passes on what its viewer may see.
    """
    return group_name(f"board.{tenant_id}")


def board_kept(tenant_id: int) -> Kept | None:
    """Return the last board of a company, None when nobody looked lately. No query."""
    found: Kept | None = cache.get(_key("board", tenant_id))
    return found


def board_fresh(tenant_id: int) -> Kept | None:
    """Return the last board unless it is old. No query."""
    kept = board_kept(tenant_id)
    is_old = kept is None or timezone.now() - datetime.fromisoformat(kept.at) > FRESH
    return None if is_old else kept


def board_tick(tenant_id: int, owner: str = OWNER) -> Envelope | None:
    """Compute the board; return what changed, to be sent, None when another process does it."""
    if not _has_lease(tenant_id, owner):
        return None
    begun = time.perf_counter()
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.get(pk=tenant_id)
        board = board_now(tenant, talks=_talks(tenant_id), alarms=alarm_rows())
    last = board_kept(tenant_id)
    at = timezone.now().isoformat(timespec="milliseconds")
    epoch, seq = (last.epoch, last.seq + 1) if last else (uuid.uuid4().hex, 1)
    cache.set(_key("board", tenant_id), Kept(epoch, seq, at, board), KEPT_S)
    change = difference(last.board if last else {}, board)
    data: dict[str, Any] = {
        "epoch": epoch,
        "rows": {part: dict(rows) for part, rows in change.rows.items()},
        "gone": {part: list(keys) for part, keys in change.gone.items()},
        "took_ms": round(1000 * (time.perf_counter() - begun)),
    }
    return Envelope(v=1, seq=seq, kind=KIND, tenant=tenant_id, at=at, data=data)


def _has_lease(tenant_id: int, owner: str) -> bool:
    key = _key("lease", tenant_id)
    if cache.add(key, owner, LEASE_S):
        return True
    # Two at once for a moment is harmless: each tells absolute values, and a hole is healed.
    return cache.get(key) == owner and bool(cache.touch(key, LEASE_S))


def _talks(tenant_id: int) -> Mapping[str, float]:
    key = _key("talks", tenant_id)
    found: Mapping[str, float] | None = cache.get(key)
    if found is None:
        numbers = list(Queue.objects.filter(is_active=True).values_list("number", flat=True))
        found = mean_talks(numbers, timezone.now())
        cache.set(key, found, TALKS_S)
    return found


def _key(what: str, tenant_id: int) -> str:
    return f"huawu:board:{settings.HUAWU_NODE}:{what}:{tenant_id}"
