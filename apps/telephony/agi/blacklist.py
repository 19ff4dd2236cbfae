"""Whom a company does not welcome: asked at each call, so a short list is kept whole for 2 s."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.core.phone_numbers import lookup_key
from apps.core.tenancy import tenant_scope
from apps.customers.models import BlacklistEntry
from apps.customers.selectors import blacklist_entry_for
from apps.ivr.last_known import LastKnown
from apps.telephony.agi.database import Visits

# Reading this many takes some 10 ms; a longer list is asked number by number.
MAX_KEPT_WHOLE = 2_000


@dataclass(frozen=True)
class Unwelcome:
    """What becomes of a caller (`customers.BlacklistAction`), in which queue, and until when."""

    action: str
    queue: str
    expires_at: datetime | None


# By the number as it is compared.
Entries = Mapping[str, Unwelcome]


class Blacklists:
    """The companies' blacklists. While the database is away the last known goes on."""

    def __init__(self, visits: Visits, clock: Callable[[], float] = time.monotonic) -> None:
        self._visits = visits
        self._kept: LastKnown[Entries] = LastKnown(
            "blacklist of company",
            lambda name: visits.visit(lambda: entries_of(int(name))),
            clock=clock,
        )

    def find(self, tenant_id: int, caller: str) -> Unwelcome | None:
        """Return the entry in force for this caller, None for everybody else.

        Raises LookupFailedError.
        """
        if not caller:
            return None
        entries = self._kept.get(str(tenant_id))
        if entries is None:
            return self._visits.visit(lambda: _listed(tenant_id, caller))
        found = entries.get(lookup_key(caller))
        if found is None or (found.expires_at and found.expires_at <= datetime.now(UTC)):
            return None
        return found


def entries_of(tenant_id: int) -> Entries | None:
    """Return a company's whole blacklist, None when it is too long to be kept. 1 query."""
    with tenant_scope(tenant_id):
        rows = list(BlacklistEntry.objects.all()[: MAX_KEPT_WHOLE + 1])
    return {row.lookup: _read(row) for row in rows} if len(rows) <= MAX_KEPT_WHOLE else None


def _listed(tenant_id: int, caller: str) -> Unwelcome | None:
    with tenant_scope(tenant_id):
        row = blacklist_entry_for(caller)
    return _read(row) if row else None


def _read(row: BlacklistEntry) -> Unwelcome:
    return Unwelcome(row.action, row.queue_number, row.expires_at)
