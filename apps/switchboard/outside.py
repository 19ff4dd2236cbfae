"""Agents' outside phones: a mobile over the trunk in the place of a phone of ours."""

from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_active_list
from apps.acd.selectors import agent_session_open
from apps.acd.services import agent_lock
from apps.audit.services import audit_record
from apps.core.number_kind import DIALLABLE, number_kind
from apps.core.phone_numbers import masked
from apps.core.tenancy import tenant_scope
from apps.numbers.models import Did
from apps.switchboard.dial_text import dial_text
from apps.switchboard.errors import BarredError, NotANumberError, OutsideInUseError
from apps.switchboard.models import DiallingPlan
from apps.switchboard.selectors import agent_rights

# A short number is a service, never somebody's phone.
SHORTEST = 7


@dataclass(frozen=True)
class OutsidePhone:
    """How an agent's outside phone is rung; `asks`: he accepts by key 1."""

    name: str
    number: str
    shown: str
    asks: bool


def outside_phones() -> list[OutsidePhone]:
    """Return every company's outside phones that their agents may dial. 1 query, 4 a phone.

    The class is asked here too: who loses it is not rung at the company's cost.
    """
    found = []
    for agent in agent_active_list().exclude(outside_number=""):
        with tenant_scope(agent.tenant_id):
            plan = DiallingPlan.objects.select_related("shown").first()
            shown = plan.shown if plan and plan.shown and plan.shown.is_active else None
            shown = shown or Did.objects.filter(is_active=True).order_by("pk").first()
            if shown is None or _is_barred(agent, agent.outside_number, plan):
                continue
        found.append(
            OutsidePhone(
                agent.endpoint_outside, agent.outside_number, shown.number, agent.confirms_outside
            )
        )
    return found


def _is_barred(agent: Agent, number: str, plan: DiallingPlan | None) -> bool:
    kind = number_kind(number, area_code=plan.area_code if plan else "")
    return kind > agent_rights(agent, plan).highest


def agent_outside_set(*, agent: Agent, text: str, asks: bool, actor: User) -> None:
    """Save the agent's outside number as people write it ('' takes it away).

    Raises NotANumberError, BarredError when he may not call such a number, OutsideInUseError when
    he is signed in with the phone that is taken away.
    """
    number = dial_text(text)
    if text.strip() and (not DIALLABLE.fullmatch(number) or len(number) < SHORTEST):
        raise NotANumberError(text[:40])
    with transaction.atomic():
        agent_lock(agent)
        if number and _is_barred(agent, number, DiallingPlan.objects.first()):
            raise BarredError(number)
        session = agent_session_open(agent)
        if not number and session is not None and session.phone_kind == "pstn":
            raise OutsideInUseError(agent.number)
        if (agent.outside_number, agent.confirms_outside) == (number, asks):
            return
        agent.outside_number, agent.confirms_outside = number, asks
        agent.save(update_fields=["outside_number", "confirms_outside", "updated_at"])
        audit_record(
            actor=actor,
            tenant_id=agent.tenant_id,
            action="agent.outside_number",
            object_type="agent",
            object_id=agent.pk,
            detail={"number": masked(number), "asks": asks},
        )
