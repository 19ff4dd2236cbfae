"""An agent's own phone: forwards, do not disturb, speed dial; by page and by code."""

import re
from dataclasses import dataclass, replace

from django.db import transaction

from apps.accounts.models import Agent
from apps.acd.selectors import agent_session_open
from apps.audit.services import audit_record
from apps.core.form_text import form_text
from apps.core.phone_numbers import masked
from apps.switchboard.dial_text import dial_text
from apps.switchboard.engine.forwarding import DISTURBED, NUMBER, PhoneSettings, whom_to_ring
from apps.switchboard.errors import REFUSALS, NotANumberError
from apps.switchboard.models import PhoneRules, SpeedDial
from apps.switchboard.selectors import COLLEAGUE, REFUSED, DialDecision, dial_decision

SPEED_PREFIX = "*0"
# What the codes change; those that take a number have it right behind them.
FORWARD_ALWAYS, FORWARD_ALWAYS_OFF = "*72", "*73"
FORWARD_OFFLINE, FORWARD_OFFLINE_OFF = "*76", "*75"
UNDISTURBED, UNDISTURBED_OFF = "*78", "*79"
CODE = re.compile(r"(\*72|\*76)([0-9+]{2,20})|(\*73|\*75|\*78|\*79)")


@dataclass(frozen=True)
class Wishes:
    """What an agent wants of his phone, as he writes it."""

    always: str = ""
    offline: str = ""
    is_undisturbed: bool = False


def phone_wishes(agent: Agent) -> Wishes:
    """Return what is in force. 1 query."""
    rules = PhoneRules.objects.filter(agent=agent).first()
    if rules is None:
        return Wishes()
    return Wishes(rules.forward_always, rules.forward_offline, rules.is_undisturbed)


def phone_wishes_save(*, agent: Agent, wishes: Wishes) -> None:
    """Save them. Raises DialError's kin for a forward to where he may not dial himself."""
    always, offline = _where(agent, wishes.always), _where(agent, wishes.offline)
    new = Wishes(always, offline, wishes.is_undisturbed)
    with transaction.atomic():
        Agent.objects.select_for_update().get(pk=agent.pk)
        if new == phone_wishes(agent):
            return
        PhoneRules.objects.update_or_create(
            agent=agent,
            tenant_id=agent.tenant_id,
            defaults={
                "forward_always": always,
                "forward_offline": offline,
                "is_undisturbed": wishes.is_undisturbed,
            },
        )
        audit_record(
            actor=agent.user,
            tenant_id=agent.tenant_id,
            action="phone.rules",
            object_type="agent",
            object_id=agent.pk,
            detail={
                "always": masked(always),
                "offline": masked(offline),
                "is_undisturbed": wishes.is_undisturbed,
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
    match = CODE.fullmatch(dialled)
    if match is None:
        return False
    code, number = match.group(1) or match.group(3), match.group(2) or ""
    wishes = phone_wishes(agent)
    if code in (FORWARD_ALWAYS, FORWARD_ALWAYS_OFF):
        wishes = replace(wishes, always=number)
    elif code in (FORWARD_OFFLINE, FORWARD_OFFLINE_OFF):
        wishes = replace(wishes, offline=number)
    else:
        wishes = replace(wishes, is_undisturbed=code == UNDISTURBED)
    phone_wishes_save(agent=agent, wishes=wishes)
    return True


@dataclass(frozen=True)
class Called:
    """What a call to a colleague does: rings what the decision says, or nobody (he wants no call).

    `owner` is whose box takes it when nobody answers.
    """

    decision: DialDecision
    owner: Agent
    is_disturbed: bool = False


def colleague_called(*, colleague: Agent) -> Called:
    """Return what rings when this colleague is called. 3 to 20 queries.

    A forward to a number outside is made at his right to dial, not the caller's; what he may not
    dial (any more) is not dialled: his own phones ring.
    """
    known: dict[str, Agent] = {}

    def settings_of(number: str) -> PhoneSettings | None:
        agent = (
            Agent.objects.select_related("user", "tenant")
            .filter(number=number, is_active=True, user__is_active=True)
            .first()
        )
        if agent is None:
            return None
        known[number] = agent
        wishes = phone_wishes(agent)
        return PhoneSettings(
            number=number,
            always=wishes.always,
            offline=wishes.offline,
            is_undisturbed=wishes.is_undisturbed,
            # Asked only where it matters: most calls cost one query less.
            is_signed_in=not wishes.offline or agent_session_open(agent) is not None,
        )

    target = whom_to_ring(colleague.number, settings_of)
    plain = DialDecision(COLLEAGUE, colleague.number, colleague=colleague)
    if target.kind == NUMBER:
        outside = dial_decision(agent=known[target.payer], number=target.number)
        return Called(plain if outside.kind == REFUSED else outside, colleague)
    there = known.get(target.number, colleague)
    found = DialDecision(COLLEAGUE, there.number, colleague=there)
    return Called(found, there, is_disturbed=target.kind == DISTURBED)
