"""Names in facts to rows: company, agent, queue. Short-lived caches, since every event asks.

Callers hold `all_tenants`: a name says which company it is.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Generic, TypeVar

from apps.accounts.models import Agent
from apps.accounts.selectors import agent_by_endpoint, agents_by_endpoints
from apps.calls.ports import QueueEntry, queue_directory
from apps.numbers.selectors import did_by_number
from apps.tenants.models import Tenant

LIFE_S = 10.0
MAX_ENTRIES = 10_000
T = TypeVar("T")


class ShortCache(Generic[T]):
    """Remember what `load` answered for `LIFE_S` seconds; empty answers too. Thread-safe."""

    def __init__(self, load: Callable[[str], T | None]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, T | None]] = {}

    def get(self, name: str) -> T | None:
        """Return the row of this name, None for '' and for what nobody has."""
        if not name:
            return None
        now = time.monotonic()
        with self._lock:
            found = self._known.get(name)
        if found is not None and now - found[0] < LIFE_S:
            return found[1]
        row = self._load(name)
        with self._lock:
            if len(self._known) >= MAX_ENTRIES:
                self._known.clear()
            self._known[name] = (now, row)
        return row

    def load_many(
        self, names: Iterable[str], load: Callable[[Collection[str]], Mapping[str, T | None]]
    ) -> None:
        """Remember the rows of all names that are not remembered, by one question for all."""
        now = time.monotonic()
        with self._lock:
            unknown = {
                name
                for name in names
                if name and ((found := self._known.get(name)) is None or now - found[0] >= LIFE_S)
            }
        if not unknown:
            return
        rows = load(unknown)
        with self._lock:
            if len(self._known) + len(unknown) > MAX_ENTRIES:
                self._known.clear()
            self._known.update({name: (now, rows.get(name)) for name in unknown})

    def clear(self) -> None:
        """Forget everything (tests, whose databases come and go)."""
        with self._lock:
            self._known.clear()


def _tenant_by_slug(slug: str) -> Tenant | None:
    return Tenant.objects.filter(slug=slug).first()


def _tenant_by_did(number: str) -> Tenant | None:
    did = did_by_number(number)
    return did.tenant if did else None


def _queue(name: str) -> QueueEntry | None:
    return queue_directory().find(name)


tenants = ShortCache(_tenant_by_slug)
did_tenants = ShortCache(_tenant_by_did)
agents: ShortCache[Agent] = ShortCache(agent_by_endpoint)
queues: ShortCache[QueueEntry] = ShortCache(_queue)


def agents_load(endpoints: Iterable[str]) -> None:
    """Ask for all of these agents that are not remembered at once. 0 or 1 query."""
    agents.load_many(endpoints, agents_by_endpoints)


def caches_clear() -> None:
    """Forget every name."""
    for cache in (tenants, did_tenants, agents, queues):
        cache.clear()
