"""What agents wrote for colleagues to whom they gave a call, for the call's page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import Agent
from apps.calls.engine import facts as kinds
from apps.calls.models import CallFact


@dataclass(frozen=True)
class TransferNote:
    """What an agent wrote for whom he gave the call to."""

    by: str
    text: str
    at: datetime


def transfer_notes(facts: Iterable[CallFact]) -> list[TransferNote]:
    """Return the notes among a call's facts, in their order; with the agents' names. 1 query."""
    found = [fact for fact in facts if fact.kind == kinds.TRANSFER_NOTE]
    if not found:
        return []
    users = [str(fact.data.get("by", "")) for fact in found]
    agents = Agent.objects.filter(sip_username__in=users).select_related("user")
    names = {agent.sip_username: str(agent) for agent in agents}
    return [
        TransferNote(names.get(user, user), str(fact.data.get("text", "")), fact.at)
        for user, fact in zip(users, found, strict=True)
    ]
