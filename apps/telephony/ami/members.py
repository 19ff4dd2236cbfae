"""Bring Asterisk's queue members in line with the agents' sessions. The difference is pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.acd.selectors import MemberWish
from apps.core.phones import endpoint_of_interface
from apps.telephony.ami.actions import AmiActions, Membership


@dataclass(frozen=True)
class MemberChanges:
    """What has to be done, in this order."""

    remove: tuple[tuple[str, str], ...]
    add: tuple[MemberWish, ...]
    pause: tuple[MemberWish, ...]
    penalty: tuple[MemberWish, ...]


def member_changes(
    wishes: Iterable[MemberWish], found: Iterable[Membership], *, only: str | None = None
) -> MemberChanges:
    """Return the changes that make `found` what `wishes` say.

    `only` limits it to the members of one name (an agent's SIP user). Members that are not
    phones of ours are somebody else's (an existing PBX) and are left alone.
    """
    wanted = {(wish.queue, wish.interface): wish for wish in wishes}
    have = {
        (member.queue, member.interface): member
        for member in found
        if endpoint_of_interface(member.interface) and only in (None, member.member_name)
    }
    both = [(wanted[key], have[key]) for key in wanted if key in have]
    return MemberChanges(
        remove=tuple(sorted(set(have) - set(wanted))),
        add=tuple(wanted[key] for key in wanted if key not in have),
        pause=tuple(wish for wish, member in both if wish.is_paused != member.is_paused),
        penalty=tuple(wish for wish, member in both if wish.penalty != member.penalty),
    )


def members_apply(actions: AmiActions, changes: MemberChanges) -> None:
    """Send the changes; raises AmiError at the first that fails."""
    for queue, interface in changes.remove:
        actions.queue_remove(queue, interface)
    for wish in changes.add:
        actions.queue_add(wish)
    for wish in changes.pause:
        actions.queue_pause(wish)
    for wish in changes.penalty:
        actions.queue_penalty(wish)
