"""What a node's exchange says of its lines: each phone's and trunk's device state, by endpoint.

Kept in Django's cache with a short life, as `node_status`: a process that died says nothing, and
then nobody knows.
"""

from collections.abc import Mapping

from django.core.cache import cache

LIFE_S = 30
REFRESH_S = 10.0
# Asterisk 22's device states of an endpoint that has no contact, or none that answers.
GONE = frozenset({"UNAVAILABLE", "INVALID"})
UNKNOWN = frozenset({"", "UNKNOWN"})


def line_states_set(node: str, states: Mapping[str, str]) -> None:
    """Say how every line is; call at least every `REFRESH_S` seconds and when one changes."""
    cache.set(_key(node), dict(states), LIFE_S)


def line_states(node: str) -> dict[str, str] | None:
    """Return the device states by endpoint, None when the node has been silent too long."""
    found: dict[str, str] | None = cache.get(_key(node))
    return found


def is_reachable(states: Mapping[str, str] | None, endpoint: str) -> bool | None:
    """Say whether a line is registered or answers; None when nobody knows."""
    state = "" if states is None else states.get(endpoint, "")
    return None if state in UNKNOWN else state not in GONE


def _key(node: str) -> str:
    return f"huawu:lines:{node}"
