"""What a number means to an agent who dials it: one answer for desk, API and every phone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.accounts.models import Agent, Department
from apps.acd.models import Queue, QueueMember
from apps.core.number_kind import DIALLABLE, NumberKind, number_kind
from apps.core.phone_numbers import phone_number
from apps.customers.selectors import blacklist_entry_for
from apps.numbers.models import Did
from apps.numbers.selectors import trunk_for_calls_out
from apps.switchboard.engine import dialling
from apps.switchboard.engine.dialling import Grant, Rights, ShownRule
from apps.switchboard.models import DiallingPlan, DialPermission, ShownNumber

COLLEAGUE, QUEUE, OUTSIDE, REFUSED = "colleague", "queue", "outside", "refused"


@dataclass(frozen=True)
class DialDecision:
    """Where a dialled number leads. `why` is set when it is refused, see `errors.REFUSALS`."""

    kind: str
    number: str
    why: str = ""
    colleague: Agent | None = None
    queue: Queue | None = None
    trunk: str = ""
    shown: str = ""
    limit_s: int = 0


def dial_decision(
    *, agent: Agent, number: str, queue_number: str = "", now: datetime | None = None
) -> DialDecision:
    """Return what the number means to this agent, in his company's scope. 2 to 10 queries.

    `queue_number` says for which queue he calls; it chooses the number that is shown.
    """
    colleague = Agent.objects.filter(number=number, is_active=True, user__is_active=True).first()
    if colleague == agent:
        return _refused(number, "own_number")
    if colleague is not None:
        return DialDecision(COLLEAGUE, number, colleague=colleague)
    queue = Queue.objects.select_related("tenant").filter(number=number, is_active=True).first()
    if queue is not None:
        return DialDecision(QUEUE, number, queue=queue)
    if not DIALLABLE.fullmatch(number) or not number.isascii():
        return _refused(number, "not_a_number")
    return _outside(agent, number, queue_number, now or timezone.now())


def _refused(number: str, why: str) -> DialDecision:
    return DialDecision(REFUSED, number, why)


def _outside(agent: Agent, number: str, queue_number: str, now: datetime) -> DialDecision:
    plan = DiallingPlan.objects.select_related("shown").first()
    given = agent_rights(agent, plan)
    why = dialling.refusal(
        number=number,
        kind=number_kind(number, area_code=plan.area_code if plan else ""),
        given=given,
        now=now.astimezone(ZoneInfo(agent.tenant.timezone)).time(),
        is_blacklisted=blacklist_entry_for(number, now=now) is not None,
    )
    if why:
        return _refused(number, why)
    trunk = trunk_for_calls_out()
    shown = _shown(agent, number, queue_number, plan)
    if trunk is None or not shown:
        return _refused(number, "no_line")
    return DialDecision(OUTSIDE, number, trunk=trunk.endpoint, shown=shown, limit_s=given.limit_s)


def agent_rights(agent: Agent, plan: DiallingPlan | None) -> Rights:
    """Return the agent's rights by his company's plan. 1 to 2 queries."""
    chain = _departments_above(agent)
    rows = list(DialPermission.objects.filter(agent=agent))
    own = rows[0].grant if rows else None
    by_department: dict[int | None, Grant] = {
        row.department_id: row.grant for row in DialPermission.objects.filter(department__in=chain)
    }
    return dialling.rights(
        agent=own,
        departments=[by_department.get(pk) for pk in chain],
        company=plan.grant if plan else None,
        opens=plan.opens if plan else None,
        closes=plan.closes if plan else None,
    )


def _departments_above(agent: Agent) -> list[int]:
    """Return his department and those above it, nearest first. 1 query."""
    parents: dict[int, int | None] = dict(Department.objects.values_list("pk", "parent_id"))
    chain: list[int] = []
    at = agent.user.department_id
    # A loop among departments must not be one here.
    while at is not None and at in parents and at not in chain:
        chain.append(at)
        at = parents[at]
    return chain


def _shown(agent: Agent, number: str, queue_number: str, plan: DiallingPlan | None) -> str:
    rules = [
        ShownRule(
            shown=row.did.number,
            agent=row.agent.number if row.agent else "",
            queue=row.queue.number if row.queue else "",
            area=row.area,
        )
        for row in ShownNumber.objects.filter(did__is_active=True).select_related(
            "did", "agent", "queue"
        )
    ]
    default = plan.shown if plan and plan.shown and plan.shown.is_active else None
    if default is None:
        default = Did.objects.filter(is_active=True).order_by("pk").first()
    if not rules:
        return default.number if default else ""
    return dialling.number_shown(
        rules,
        agent=agent.number,
        queue=queue_number or _only_queue(agent),
        number=number,
        # Only rules of regions need the tables of regions, which take 110 MB.
        region=phone_number(number).region if any(_is_name(rule.area) for rule in rules) else "",
        default=default.number if default else "",
    )


def _is_name(area: str) -> bool:
    return bool(area) and not area.isdigit()


def _only_queue(agent: Agent) -> str:
    """Return the number of the queue that the agent serves when it is the only one. 1 query."""
    found = QueueMember.objects.filter(agent=agent, queue__is_active=True).values_list(
        "queue__number", flat=True
    )[:2]
    return found[0] if len(found) == 1 else ""


def number_kind_of(number: str) -> NumberKind:
    """Return the kind of a number by the plan of the company in scope. 1 query."""
    plan = DiallingPlan.objects.first()
    return number_kind(number, area_code=plan.area_code if plan else "")
