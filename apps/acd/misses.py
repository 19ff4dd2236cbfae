"""Agents who do not answer: after so many misses in a row nobody else shall wait for them."""

import logging
from datetime import datetime

from apps.accounts.models import Agent
from apps.acd.models import Queue, SessionState
from apps.acd.selectors import agent_session_open
from apps.acd.services import agent_pause
from apps.calls.models import Leg

logger = logging.getLogger(__name__)

# The pause's reason, a code that pages put into words.
MISSED = "missed"


def misses_in_a_row(agent: Agent, *, since: datetime, most: int) -> int:
    """Return how many offers since then the agent missed after the last that he took. 1 query.

    At most `most` are counted.
    """
    offers = Leg.objects.filter(
        agent=agent, offered_at__gte=since, result__in=("connected", "not_answered")
    ).order_by("-offered_at", "-pk")
    missed = 0
    for result in offers.values_list("result", flat=True)[:most]:
        if result != "not_answered":
            break
        missed += 1
    return missed


def miss_noted(*, agent: Agent, queue: Queue) -> bool:
    """Make the agent busy once he missed as many offers in a row as the queue allows.

    Say whether it did. Counted since he became ready, so that who comes back begins anew. Harmless
    twice. 2 queries, and those of the pause.
    """
    session = agent_session_open(agent)
    if not queue.auto_pause_misses or session is None or session.state != SessionState.READY:
        return False
    most = queue.auto_pause_misses
    if misses_in_a_row(agent, since=session.state_since, most=most) < most:
        return False
    logger.info("agent %s missed %s calls in a row and is made busy", agent.number, most)
    agent_pause(agent=agent, reason=MISSED)
    return True
