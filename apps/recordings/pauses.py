"""Pause a call's recording while a card number is said; it goes on by itself after a limit."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.audit.services import audit_record
from apps.calls.engine.recorded import recorded_legs
from apps.calls.models import Call
from apps.calls.ports import phone_system
from apps.calls.selectors import TALKING, call_state_for, call_states
from apps.core.errors import HuawuError
from apps.core.events import user_stream
from apps.core.tenancy import all_tenants

# Why it is paused: the button, or a field for what must not be recorded has the focus.
REASONS = ("button", "field")


class NotRecordedError(HuawuError):
    """The agent does not talk in this call, or nothing of it is recorded."""

    code = "recordings.not_recorded"
    status = 409
    text = _("This call is not being recorded now.")


def recording_pause(*, call: Call, agent: Agent, is_on: bool, reason: str = "button") -> None:
    """Pause (`is_on`) or resume the recording of all who are recorded in the agent's call.

    Asterisk's events say whether it worked. After HUAWU_RECORDING_PAUSE_S it goes on by itself.
    Raises NotRecordedError, and PhoneSystemDownError without a link. About 5 queries.
    """
    if call_state_for(call, agent) not in TALKING:
        raise NotRecordedError(call.linkedid)
    legs = recorded_legs(call_states([call])[call.pk])
    if not legs:
        raise NotRecordedError(call.linkedid)
    audit_record(
        actor=agent.user,
        tenant_id=agent.tenant_id,
        action="recording.pause" if is_on else "recording.resume",
        object_type="call",
        object_id=call.pk,
        detail={"reason": reason if reason in REASONS else REASONS[0]},
    )
    phone_system().recording_pause(
        node=call.node,
        uniqueids=[leg.uniqueid for leg in legs],
        is_on=is_on,
        user_stream=user_stream(agent.user_id),
    )


def recordings_paused(node: str) -> dict[str, datetime]:
    """Return which of the node's channels are paused by the ledger, and until when. 2 queries."""
    limit = timedelta(seconds=settings.HUAWU_RECORDING_PAUSE_S)
    with all_tenants("a node serves every company"):
        calls = list(Call.objects.filter(node=node, ended_at=None))
        states = call_states(calls)
    return {
        leg.uniqueid: leg.recording_paused_at + limit
        for state in states.values()
        for leg in recorded_legs(state)
        if leg.recording_paused_at is not None
    }
