"""`agi://…/call-back`: who waits pressed 1 to be called back; his place is kept."""

from collections.abc import Mapping

from django.conf import settings

from apps.acd.call_back_models import CallBackSource
from apps.acd.call_backs import call_back_order
from apps.acd.errors import CallBackRefusedError
from apps.acd.selectors import queue_by_asterisk_name
from apps.calls.engine.facts import clean
from apps.core.tenancy import tenant_scope
from apps.ivr.engine.call_back_dialogue import run_call_back
from apps.ivr.engine.voice import LookupFailedError
from apps.prompts.selectors import prompt_mapping
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import Visits
from apps.telephony.agi.session import AgiSession
from apps.telephony.agi.voice import PhoneVoice
from apps.telephony.ami.events import joined_time
from apps.telephony.call_needs import needs_read

OVERFLOW = CallBackSource.OVERFLOW.value


class CallBackCall:
    """The script; one object serves every call. Without HW_CALL_BACK_DONE (last) he waits on."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def __call__(self, session: AgiSession) -> None:
        """Ask one caller for his number and order. The database away: he waits on."""
        queue = clean(session.argument(1), 80)
        caller = clean(session.env.get("agi_callerid", ""), 80)
        how = {
            "joined_at": joined_time(clean(session.argument(2), 20)),
            "priority": _number(session.variable(hw.QUEUE_PRIORITY)),
            "needs": [
                [need.skill, [list(step) for step in need.steps]]
                for need in needs_read(session.variable(hw.QUEUE_NEEDS))
            ],
            "node": settings.HUAWU_NODE,
            "linkedid": clean(session.linkedid, 150) or clean(session.uniqueid, 150),
            "shown": clean(session.variable(hw.DID), 20),
            "source": OVERFLOW if session.argument(3) == OVERFLOW else CallBackSource.KEY,
        }
        prompts = self._visits.visit(lambda: _prompts(queue))
        if prompts is None:
            return
        is_taken = run_call_back(
            PhoneVoice(session, prompts),
            caller,
            order=lambda number: self._order(queue, number, how),
        )
        if is_taken:
            session.set(hw.CALL_BACK_DONE, 1)

    def _order(self, queue: str, number: str, how: Mapping[str, object]) -> bool:
        try:
            return self._visits.visit(lambda: _order(queue, number, how))
        except LookupFailedError:
            return False


def _prompts(asterisk_queue: str) -> Mapping[str, str] | None:
    queue = queue_by_asterisk_name(asterisk_queue)
    if queue is None:
        return None
    with tenant_scope(queue.tenant_id):
        return prompt_mapping(queue.tenant_id, queue.tenant.slug)


def _order(asterisk_queue: str, number: str, how: Mapping[str, object]) -> bool:
    queue = queue_by_asterisk_name(asterisk_queue)
    if queue is None:
        return False
    with tenant_scope(queue.tenant_id):
        try:
            call_back_order(queue=queue, number=number, **how)  # type: ignore[arg-type]  # its own names
        except CallBackRefusedError:
            return False
    return True


def _number(text: str) -> int:
    return int(text) if text.removeprefix("-").isdecimal() else 0
