"""What an agent's part of a call is now."""

from apps.accounts.models import Agent
from apps.calls.engine.control import Control, control_of
from apps.calls.models import Call
from apps.calls.selectors import call_states


def call_control_for(*, call: Call, agent: Agent) -> Control | None:
    """Return the agent's part of a live call, None when he has none. 1 query.

    The call is one that `call_get_for` returned: the company and the view tier are looked at there.
    """
    if call.ended_at is not None or call.tenant_id != agent.tenant_id:
        return None
    state = call_states([call])[call.pk]
    return control_of(state, agent.endpoints, agent.sip_username)
