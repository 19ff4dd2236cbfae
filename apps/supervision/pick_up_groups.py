"""Pick-up groups: agents who may take each other's ringing calls; admins and leads make them."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.agent_times import agents_for
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.supervision.errors import GroupNameError, GroupNotYoursError, TooManyGroupsError
from apps.supervision.models import PickUpGroup, PickUpMember

MAKERS = frozenset({Role.TEAM_LEAD, Role.ADMIN})
MOST_GROUPS, MOST_MEMBERS = 200, 200
NAME_LENGTH = 40


@dataclass(frozen=True)
class Group:
    """A group as the person sees it; `others` are members whom he may not see."""

    group: PickUpGroup
    members: tuple[Agent, ...]
    others: int


def groups_need(user: User) -> int:
    """Return the person's company. Raises ForbiddenError for who makes no groups."""
    if user.role not in MAKERS or user.tenant_id is None:
        raise ForbiddenError(user.username)
    return user.tenant_id


def group_list_for(*, user: User) -> list[Group]:
    """Return the groups of the person's agents, and empty ones, by name. 3 to 4 queries."""
    groups_need(user)
    seen = {agent.pk: agent for agent in agents_for(user)}
    found = []
    for group in PickUpGroup.objects.prefetch_related("members")[:MOST_GROUPS]:
        ids = [member.agent_id for member in group.members.all()]
        mine = tuple(seen[pk] for pk in ids if pk in seen)
        if mine or not ids:
            found.append(Group(group, mine, len(ids) - len(mine)))
    return found


def group_get_for(*, user: User, pk: int) -> Group:
    """Return one of them; NotFoundError otherwise."""
    for one in group_list_for(user=user):
        if one.group.pk == pk:
            return one
    raise NotFoundError(f"pick-up group {pk}")


def group_save(*, user: User, pk: int | None, name: str, numbers: list[str]) -> PickUpGroup:
    """Make or change a group of the agents with these numbers, all of the person's scope.

    Members whom he does not see stay. Raises ForbiddenError, NotFoundError, GroupNameError,
    TooManyGroupsError.
    """
    tenant_id = groups_need(user)
    name = " ".join(name.replace("\x00", "").split())[:NAME_LENGTH]
    if not name:
        raise GroupNameError(name)
    before = group_get_for(user=user, pk=pk) if pk is not None else None
    wanted = set(numbers)
    agents = [agent for agent in agents_for(user) if agent.number in wanted]
    if len(agents) > MOST_MEMBERS or (
        before is None and PickUpGroup.objects.count() >= MOST_GROUPS
    ):
        raise TooManyGroupsError(name)
    try:
        with transaction.atomic():
            group = before.group if before else PickUpGroup(tenant_id=tenant_id)
            group.name = name
            group.save()
            gone = {agent.pk for agent in before.members} if before else set()
            PickUpMember.objects.filter(group=group, agent_id__in=gone).delete()
            PickUpMember.objects.bulk_create(
                PickUpMember(tenant_id=tenant_id, group=group, agent=agent) for agent in agents
            )
            _audit(user, group, "pick_up_group.save", [agent.number for agent in agents])
    except IntegrityError as error:
        raise GroupNameError(name) from error
    return group


def group_delete(*, user: User, pk: int) -> None:
    """Delete a group. Raises NotFoundError, GroupNotYoursError when it has members of others."""
    found = group_get_for(user=user, pk=pk)
    if found.others:
        raise GroupNotYoursError(found.group.name)
    with transaction.atomic():
        _audit(user, found.group, "pick_up_group.delete", [one.number for one in found.members])
        found.group.delete()


def _audit(user: User, group: PickUpGroup, action: str, members: list[str]) -> None:
    audit_record(
        actor=user,
        tenant_id=group.tenant_id,
        action=action,
        object_type="pick_up_group",
        object_id=group.pk,
        detail={"name": group.name, "members": members},
    )


def group_colleague_ids(agent: Agent) -> set[int]:
    """Return the ids of agents who share a group with this one. 1 query."""
    rows = PickUpMember.objects.filter(group__members__agent=agent).exclude(agent=agent)
    return set(rows.values_list("agent_id", flat=True))
