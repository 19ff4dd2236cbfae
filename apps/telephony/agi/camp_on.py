"""`agi://…/camp-on`: who found a colleague busy wants to be called when he is free."""

import re

from apps.accounts.selectors import agent_by_endpoint
from apps.calls.engine.facts import endpoint_of
from apps.core.tenancy import tenant_scope
from apps.switchboard.camp_on import camp_on_order
from apps.switchboard.errors import DialError
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import Visits
from apps.telephony.agi.session import AgiSession

NUMBER = re.compile(r"[0-9]{2,10}", re.ASCII)


class CampOnCall:
    """The script; one object serves every call."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def __call__(self, session: AgiSession) -> None:
        """Serve one agent; without `HW_CAMP_ON_DONE` he hears that it cannot be ordered."""
        number = session.argument(1)
        endpoint = endpoint_of(session.env.get("agi_channel", ""))
        if NUMBER.fullmatch(number) and self._visits.visit(lambda: ordered(endpoint, number)):
            session.set(hw.CAMP_ON_DONE, "1")


def ordered(endpoint: str, number: str) -> bool:
    """Order it for the agent behind the phone; say whether it is. 4 to 9 queries."""
    agent = agent_by_endpoint(endpoint)
    if agent is None or not (agent.is_active and agent.user.is_active and agent.tenant.is_active):
        return False
    with tenant_scope(agent.tenant_id):
        try:
            camp_on_order(agent=agent, number=number)
        except DialError:
            return False
    return True
