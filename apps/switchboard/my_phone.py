"""An agent's own phone: forwards, do not disturb, speed dial; by page and by code."""

import re
from dataclasses import dataclass, replace

from django.db import transaction

from apps.accounts.models import Agent
from apps.acd.services import agent_lock
from apps.audit.services import audit_record
from apps.core.form_text import form_text
from apps.core.phone_numbers import masked
from apps.switchboard.dial_text import dial_text
from apps.switchboard.engine.forwarding import RING_S
from apps.switchboard.errors import REFUSALS, NotANumberError, RingTimeError
from apps.switchboard.models import LONGEST_RING_S, SHORTEST_RING_S, PhoneRules, SpeedDial
from apps.switchboard.selectors import REFUSED, dial_decision

SPEED_PREFIX = "*0"
# What the codes change; those that take a number have it right behind them.
FORWARDS = {"*72": "always", "*76": "offline", "*90": "busy", "*92": "no_answer"}
FORWARDS_OFF = {"*73": "always", "*75": "offline", "*91": "busy", "*93": "no_answer"}
SWITCHES = {
    "*78": ("is_undisturbed", True),
    "*79": ("is_undisturbed", False),
    "*70": ("has_call_waiting", True),
    "*71": ("has_call_waiting", False),
}
# Behind *92 and the number, a further * and the seconds may stand.
FORWARD_CODE = re.compile(r"(\*72|\*76|\*90|\*92)([0-9+]{2,20})(?:\*([0-9]{1,3}))?", re.ASCII)


@dataclass(frozen=True)
class Wishes:
    """What an agent wants of his phone, as he writes it."""

    always: str = ""
    offline: str = ""
    busy: str = ""
    no_answer: str = ""
    no_answer_s: int = RING_S
    is_undisturbed: bool = False
    has_call_waiting: bool = False


def phone_wishes(agent: Agent) -> Wishes:
    """Return what is in force. 1 query."""
    rules = PhoneRules.objects.filter(agent=agent).first()
    if rules is None:
        return Wishes()
    return Wishes(
        always=rules.forward_always,
        offline=rules.forward_offline,
        busy=rules.forward_busy,
        no_answer=rules.forward_no_answer,
        no_answer_s=rules.no_answer_s,
        is_undisturbed=rules.is_undisturbed,
        has_call_waiting=rules.has_call_waiting,
    )


def phone_wishes_save(*, agent: Agent, wishes: Wishes) -> None:
    """Save them. Raises DialError's kin for a forward to where he may not dial himself, and
    RingTimeError.
    """
    if not SHORTEST_RING_S <= wishes.no_answer_s <= LONGEST_RING_S:
        raise RingTimeError(str(wishes.no_answer_s))
    new = replace(
        wishes,
        always=_where(agent, wishes.always),
        offline=_where(agent, wishes.offline),
        busy=_where(agent, wishes.busy),
        no_answer=_where(agent, wishes.no_answer),
    )
    forwards = {
        "forward_always": new.always,
        "forward_offline": new.offline,
        "forward_busy": new.busy,
        "forward_no_answer": new.no_answer,
    }
    rest = {
        "no_answer_s": new.no_answer_s,
        "is_undisturbed": new.is_undisturbed,
        "has_call_waiting": new.has_call_waiting,
    }
    with transaction.atomic():
        agent_lock(agent)
        if new == phone_wishes(agent):
            return
        PhoneRules.objects.update_or_create(
            agent=agent, tenant_id=agent.tenant_id, defaults={**forwards, **rest}
        )
        audit_record(
            actor=agent.user,
            tenant_id=agent.tenant_id,
            action="phone.rules",
            object_type="agent",
            object_id=agent.pk,
            detail={
                **{name.partition("_")[2]: masked(to) for name, to in forwards.items()},
                **rest,
            },
        )


def _where(agent: Agent, text: str) -> str:
    number = dial_text(text)
    if not text.strip():
        return ""
    decision = dial_decision(agent=agent, number=number)
    # Hours pass, and a line may be away for a while: only what never may be is refused.
    if decision.kind == REFUSED and decision.why not in ("outside_hours", "no_line"):
        raise REFUSALS[decision.why](number)
    return number


def speed_dial_list(agent: Agent) -> list[SpeedDial]:
    """Return the agent's own, by code. 1 query."""
    return list(SpeedDial.objects.filter(agent=agent))


def speed_dial_save(*, agent: Agent, code: str, text: str, name: str) -> None:
    """Put a number behind a code; an empty number takes the code away. Raises NotANumberError."""
    number = dial_text(text)
    if not re.fullmatch(r"[0-9]{2}", code) or not code.isascii():
        raise NotANumberError(code[:10])
    if not text.strip():
        SpeedDial.objects.filter(agent=agent, code=code).delete()
        return
    if not re.fullmatch(r"\+?[0-9]{2,20}", number):
        raise NotANumberError(text[:40])
    SpeedDial.objects.update_or_create(
        agent=agent,
        code=code,
        tenant_id=agent.tenant_id,
        defaults={"number": number, "name": form_text(name, 40)},
    )


def speed_number(*, agent: Agent, dialled: str) -> str:
    """Return the number behind `*0NN`, '' when it is none. 0 to 1 query."""
    if not re.fullmatch(r"\*0[0-9]{2}", dialled):
        return ""
    found = SpeedDial.objects.filter(agent=agent, code=dialled[2:]).first()
    return found.number if found else ""


def code_carry_out(*, agent: Agent, dialled: str) -> bool:
    """Do what a dialled code wants; False when it is no code. Raises DialError's kin, as the page
    says them.
    """
    found = FORWARD_CODE.fullmatch(dialled)
    wishes = phone_wishes(agent)
    if found is not None:
        code, number, seconds = found.groups(default="")
        if seconds and code != "*92":
            raise NotANumberError(dialled[:40])
        wishes = replace(
            wishes,
            **{FORWARDS[code]: number},  # type: ignore[arg-type]  # a forward's field
            no_answer_s=int(seconds) if seconds else wishes.no_answer_s,
        )
    elif dialled in FORWARDS_OFF:
        wishes = replace(wishes, **{FORWARDS_OFF[dialled]: ""})  # type: ignore[arg-type]
    elif dialled in SWITCHES:
        name, is_on = SWITCHES[dialled]
        wishes = replace(wishes, **{name: is_on})  # type: ignore[arg-type]
    else:
        return False
    phone_wishes_save(agent=agent, wishes=wishes)
    return True
