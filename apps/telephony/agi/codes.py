"""What a code does that an agent dials on his own phone, and what he is told then."""

import re

from apps.accounts.models import Agent
from apps.acd.errors import NotSignedInError
from apps.core.errors import HuawuError
from apps.supervision.errors import BusyError, NotRingingError
from apps.supervision.pick_up import code_pick_up
from apps.switchboard.camp_on import camp_on_cancel, camp_on_order
from apps.switchboard.errors import DialError
from apps.switchboard.my_phone import code_carry_out
from apps.telephony import dialplan_variables as hw
from apps.telephony.commands import PhoneSystemDownError

PICK_UP = re.compile(r"\*8([0-9]{0,10})", re.ASCII)
CAMP_ON = re.compile(r"\*66([0-9]{2,10})", re.ASCII)
CAMP_ON_CANCEL = "*67"

# A sentence for each way in which a code is refused; all others are "not allowed".
TOLD: dict[type[HuawuError], hw.Next] = {
    NotRingingError: hw.Next.PICK_UP_NOTHING,
    NotSignedInError: hw.Next.SIGN_IN_FIRST,
    BusyError: hw.Next.BUSY,
    PhoneSystemDownError: hw.Next.CALL_FAILED,
}


def code_carried_out(
    agent: Agent, dialled: str, *, endpoint: str, channel: str
) -> tuple[hw.Next, str] | None:
    """Do what the code wants; return what is said and why, None when it is no code.

    `endpoint` is the phone that dialled, `channel` the uniqueid with which it did.
    """
    try:
        return _done(agent, dialled, endpoint=endpoint, channel=channel)
    except HuawuError as error:
        is_camp_on = CAMP_ON.fullmatch(dialled) is not None and isinstance(error, DialError)
        refused = hw.Next.CAMP_ON_REFUSED if is_camp_on else hw.Next.NOT_ALLOWED
        return TOLD.get(type(error), refused), error.code


def _done(agent: Agent, dialled: str, *, endpoint: str, channel: str) -> tuple[hw.Next, str] | None:
    if match := PICK_UP.fullmatch(dialled):
        code_pick_up(me=agent, number=match.group(1), phone=endpoint, channel=channel)
        return hw.Next.PICKED, "picked up"
    if match := CAMP_ON.fullmatch(dialled):
        camp_on_order(agent=agent, number=match.group(1))
        return hw.Next.CAMP_ON, "camp-on"
    if dialled == CAMP_ON_CANCEL:
        camp_on_cancel(agent=agent)
        return hw.Next.SAVED, "code"
    return (hw.Next.SAVED, "code") if code_carry_out(agent=agent, dialled=dialled) else None
