"""Read targets, and an agent's day beside them: his figures, the team's mean, what is behind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.choices import Role, ViewTier
from apps.accounts.models import Agent, Department, User
from apps.accounts.scope import department_ids
from apps.acd.agent_times import agents_between, agents_for, day_of
from apps.calls.agent_calls import agent_calls
from apps.calls.engine.figures import AGENT_FIGURES, agent_counts
from apps.calls.models import Call
from apps.calls.selectors import call_list_for
from apps.surveys.selectors import survey_scored_call_ids, survey_scores
from apps.workday.engine.inheritance import Kept, targets_in_force
from apps.workday.engine.lines import Line, Score, Work, lines
from apps.workday.models import Target

MAY_SET = frozenset({Role.TEAM_LEAD, Role.ADMIN})
WEEK = 7


@dataclass(frozen=True)
class Stretch:
    """Days of the company's calendar, first and last counted."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Return each day."""
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=n) for n in range(count)]


@dataclass(frozen=True)
class WorkDay:
    """What an agent did in a day or a week. `days_worked` are those on which he was signed in."""

    agent: Agent
    stretch: Stretch
    work: Work
    lines: dict[str, Line]
    days_worked: int
    team_size: int


def day_stretch(day: date) -> Stretch:
    """Return one day."""
    return Stretch(day, day)


def week_stretch(day: date) -> Stretch:
    """Return the week from Monday that holds the day."""
    # The calendar's first and last days have no whole week.
    day = max(date(1970, 1, 5), min(day, date(9999, 12, 24)))
    first = day - timedelta(days=day.weekday())
    return Stretch(first, first + timedelta(days=WEEK - 1))


def bounds(agent: Agent, stretch: Stretch) -> tuple[datetime, datetime]:
    """Return the beginning and the end of a stretch in the company's time zone."""
    return day_of(agent, stretch.first)[0], day_of(agent, stretch.last)[1]


def work_day(agent: Agent, stretch: Stretch, *, now: datetime | None = None) -> WorkDay:
    """Return an agent's figures with targets and the team's mean. About 12 queries.

    The team are the active agents of his own department, himself among them; without a department
    he has none. The tier is the caller's to look at (`agent_get_for`).
    """
    now = now or timezone.now()
    since, until = bounds(agent, stretch)
    team = _team(agent)
    everybody = {one.pk: one for one in [agent, *team]}
    work = work_of(everybody.values(), since, until, now=now)
    of_team = [work[one.pk] for one in team]
    worked = _days_worked(agent, stretch, now)
    kept = {figure: one.value for figure, one in targets_of(agent).items()}
    return WorkDay(
        agent=agent,
        stretch=stretch,
        work=work[agent.pk],
        lines=lines(work[agent.pk], of_team, kept, worked),
        days_worked=worked,
        team_size=sum(one.is_any for one in of_team),
    )


def work_of(
    agents: Iterable[Agent], since: datetime, until: datetime, *, now: datetime
) -> dict[int, Work]:
    """Return what each agent did in [since, until), by his id. 6 queries."""
    everybody = list(agents)
    times = agents_between(everybody, since, until, now=now)
    calls = agent_calls(everybody, since, until)
    scores = survey_scores(everybody, since, until)
    return {
        one.pk: Work(
            agent_counts(calls[one.pk]), times[one.pk].times, Score(*scores.get(one.pk, (0, 0)))
        )
        for one in everybody
    }


def _days_worked(agent: Agent, stretch: Stretch, now: datetime) -> int:
    """Return on how many of the days he was signed in, for targets of a day. 4 queries."""
    since, until = bounds(agent, stretch)
    rows = agents_between([agent], since, until, now=now)[agent.pk].rows
    return sum(
        any(row.started_at < end and row.ended_at > start for row in rows)
        for start, end in (day_of(agent, day) for day in stretch.days)
    )


def _team(agent: Agent) -> list[Agent]:
    department = agent.user.department_id
    if department is None:
        return []
    rows = Agent.objects.filter(
        is_active=True, user__is_active=True, user__department_id=department
    )
    return list(rows.select_related("user", "tenant"))


def work_calls(
    *, user: User, agent: Agent, stretch: Stretch, figure: str
) -> tuple["QuerySet[Call]", int]:
    """Return the calls behind a figure that the person may open, and how many he may not.

    Together they are exactly as many as the figure says (of the service score: the calls in which
    a score was given). 2 queries.
    """
    since, until = bounds(agent, stretch)
    if figure in AGENT_FIGURES:
        ids = [
            call.call_id
            for call in agent_calls([agent], since, until)[agent.pk]
            if figure in call.figures
        ]
    else:
        ids = survey_scored_call_ids(agent, since, until)
    found = call_list_for(user=user).filter(pk__in=ids)
    return found, len(ids) - found.count()


def targets_of(agent: Agent) -> dict[str, Target]:
    """Return the targets in force for an agent, by figure. 2 queries."""
    rows = {
        row.pk: row
        for row in Target.objects.filter(
            Q(agent=agent) | Q(agent=None), tenant=agent.tenant_id
        ).select_related("department", "agent")
    }
    by_kept = {
        Kept(row.figure, row.value, row.department_id, row.agent_id): row for row in rows.values()
    }
    found = targets_in_force(
        by_kept,
        agent_id=agent.pk,
        department_id=agent.user.department_id,
        parents=dict(Department.objects.values_list("pk", "parent_id")),
    )
    return {figure: by_kept[one] for figure, one in found.items()}


def target_list_for(*, user: User) -> "QuerySet[Target]":
    """Return the targets that the person may change, the company's first. 1 to 2 queries."""
    rows: QuerySet[Target] = Target.objects.select_related("department", "agent__user")
    if user.tier != ViewTier.ALL:
        ids = department_ids(user)
        rows = rows.filter(Q(department__in=ids) | Q(agent__user__department__in=ids))
    return rows.order_by("agent__number", "department__name", "figure", "pk")


def target_places(user: User) -> tuple[bool, list[Department], list[Agent]]:
    """Return whether he may set the company's targets, and the departments and agents he may."""
    departments = Department.objects.order_by("name", "pk")
    is_all = user.tier == ViewTier.ALL
    if not is_all:
        departments = departments.filter(pk__in=department_ids(user))
    return is_all, list(departments), list(agents_for(user))
