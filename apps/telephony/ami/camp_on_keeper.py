"""One node's calls back on busy: looks who is free now, and rings who waits for him.

A thread of its own with the database, like the call-backs' keeper. A colleague must have been free
at two looks, two seconds apart: whoever waits in a queue gets him first, since the distributor
orders at once.
"""

import logging
import threading

from django.db import close_old_connections, connection

from apps.acd.selectors import agent_phone
from apps.core.phones import is_outside
from apps.core.tenancy import all_tenants
from apps.switchboard.camp_on import (
    camp_on_claim,
    camp_on_due,
    camp_on_heal,
    camp_on_not_rung,
    token_of,
)
from apps.switchboard.models import CampOn
from apps.telephony.ami.actions import AmiActions
from apps.telephony.ami.connection import AmiError

logger = logging.getLogger(__name__)

LOOK_S = 2.0
FREE, GONE = "NOT_INUSE", frozenset({"", "UNAVAILABLE", "INVALID", "UNKNOWN"})


class CampOnKeeper:
    """`start` and `stop` are for the service; `look` is one turn, for tests too."""

    def __init__(self, node: str, actions: AmiActions) -> None:
        self._node = node
        self._actions = actions
        self._free: set[int] = set()
        self._stopping = threading.Event()
        self._last_fault = ""
        self._thread = threading.Thread(target=self._run, name="camp-on", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; the rows stay."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            close_old_connections()
            try:
                self.look()
            except AmiError as error:
                logger.warning("calls back on busy: %s", error, extra={"node": self._node})
            except Exception as error:  # a dead database: the rows are there when it is back
                if self._last_fault != str(error):
                    logger.exception("calls back on busy", extra={"node": self._node})
                self._last_fault = str(error)
                connection.close()
            else:
                self._last_fault = ""
        connection.close()

    def look(self) -> None:
        """Ring for every row whose two people are free, and were at the look before."""
        with all_tenants("a node serves every company"):
            camp_on_heal()
            due = camp_on_due()
            if not due:
                self._free.clear()
                return
            states = dict(self._actions.device_states())
            free = {row.pk: row for row in due if _is_free(row, states)}
            ready = [row for pk, row in free.items() if pk in self._free]
            self._free = set(free) - {row.pk for row in ready}
            for row in ready:
                self._ring(row)

    def _ring(self, row: CampOn) -> None:
        if not camp_on_claim(row):
            return
        try:
            self._actions.originate(
                endpoint=agent_phone(row.agent),
                number=token_of(row),
                caller_id=row.colleague.number,
            )
        except AmiError:
            camp_on_not_rung(row)
            raise
        logger.info(
            "agent %s is rung for %s, who is free again",
            row.agent.number,
            row.colleague.number,
            extra={"node": self._node},
        )


def _is_free(row: CampOn, states: dict[str, str]) -> bool:
    """Say whether the phone that will ring, and one of the colleague's, is there and idle."""
    phone = agent_phone(row.agent)
    own = FREE if is_outside(phone) else states.get(f"PJSIP/{phone}", "")
    endpoints = (row.colleague.endpoint_desk, row.colleague.endpoint_web)
    there = [states.get(f"PJSIP/{endpoint}", "") for endpoint in endpoints]
    theirs = [state for state in there if state not in GONE]
    if is_outside(agent_phone(row.colleague)):
        theirs = [FREE]
    return own == FREE and bool(theirs) and all(state == FREE for state in theirs)
