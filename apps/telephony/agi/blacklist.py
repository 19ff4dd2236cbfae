"""Whom a company refuses: asked at each call, so a short list is kept whole for two seconds."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from apps.core.phone_numbers import lookup_key
from apps.core.tenancy import tenant_scope
from apps.customers.models import BlacklistEntry
from apps.customers.selectors import blacklist_entry_for
from apps.ivr.last_known import LastKnown
from apps.telephony.agi.database import Visits

# Reading this many takes some 10 ms; a longer list is asked number by number.
MAX_KEPT_WHOLE = 2_000

# Numbers as they are compared, and when each entry expires (None: never).
Entries = Mapping[str, datetime | None]


class Blacklists:
    """The companies' blacklists. While the database is away the last known goes on."""

    def __init__(self, visits: Visits, clock: Callable[[], float] = time.monotonic) -> None:
        self._visits = visits
        self._kept: LastKnown[Entries] = LastKnown(
            "blacklist of company",
            lambda name: visits.visit(lambda: entries_of(int(name))),
            clock=clock,
        )

    def has(self, tenant_id: int, caller: str) -> bool:
        """Say whether the company refuses this caller now. Raises LookupFailedError."""
        if not caller:
            return False
        entries = self._kept.get(str(tenant_id))
        if entries is None:
            return self._visits.visit(lambda: _is_listed(tenant_id, caller))
        key = lookup_key(caller)
        expires_at = entries.get(key)
        return key in entries and (expires_at is None or expires_at > datetime.now(UTC))


def entries_of(tenant_id: int) -> Entries | None:
    """Return a company's whole blacklist, None when it is too long to be kept. 1 query."""
    with tenant_scope(tenant_id):
        rows = BlacklistEntry.objects.values_list("lookup", "expires_at")[: MAX_KEPT_WHOLE + 1]
        found = dict(rows)
    return found if len(found) <= MAX_KEPT_WHOLE else None


def _is_listed(tenant_id: int, caller: str) -> bool:
    with tenant_scope(tenant_id):
        return blacklist_entry_for(caller) is not None
