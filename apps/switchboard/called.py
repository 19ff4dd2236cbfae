"""What a call to a colleague does now, by his rows: `engine.forwarding` decides.

Dialled by phone, rung by a flow or put through by a transfer: all ask here. Queues do not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from apps.accounts.models import Agent
from apps.acd.selectors import agent_session_open
from apps.calls.selectors import call_live_has
from apps.switchboard.engine.forwarding import (
    BUSY,
    DISTURBED,
    NUMBER,
    PhoneSettings,
    Target,
    whom_next,
    whom_to_ring,
)
from apps.switchboard.my_phone import Wishes, phone_wishes
from apps.switchboard.selectors import COLLEAGUE, REFUSED, DialDecision, dial_decision


@dataclass(frozen=True)
class Called:
    """What a call to a colleague does: rings what the decision says, or nobody.

    `owner` is whose box takes it when nobody answers. `ring_s` is how long his phones ring (None:
    as the caller's way has it), `seen` through whom it came when a forward may follow, else ().
    """

    decision: DialDecision
    owner: Agent
    is_disturbed: bool = False
    is_busy: bool = False
    ring_s: int | None = None
    seen: tuple[str, ...] = ()

    @property
    def rings_nobody(self) -> bool:
        """Say whether he wants no call, or has one."""
        return self.is_disturbed or self.is_busy


@dataclass
class _Known:
    """The agents that were asked for, by number; `linkedid` is the call that is about them."""

    linkedid: str = ""
    agents: dict[str, Agent] = field(default_factory=dict)

    def settings_of(self, number: str) -> PhoneSettings | None:
        """Return what the agent of a number wants, None for no agent. 1 to 4 queries."""
        agent = (
            Agent.objects.select_related("user", "tenant")
            .filter(number=number, is_active=True, user__is_active=True)
            .first()
        )
        if agent is None:
            return None
        self.agents[number] = agent
        wishes: Wishes = phone_wishes(agent)
        return PhoneSettings(
            number=number,
            always=wishes.always,
            offline=wishes.offline,
            busy=wishes.busy,
            no_answer=wishes.no_answer,
            no_answer_s=wishes.no_answer_s,
            is_undisturbed=wishes.is_undisturbed,
            has_call_waiting=wishes.has_call_waiting,
            # Asked only where it matters: most calls cost one query less.
            is_signed_in=not wishes.offline or agent_session_open(agent) is not None,
            is_talking=not wishes.has_call_waiting and call_live_has(agent, but=self.linkedid),
        )


def colleague_called(*, colleague: Agent, linkedid: str = "") -> Called:
    """Return what rings when this colleague is called. 4 to 25 queries.

    `linkedid` is the call that comes to him: it makes nobody busy for itself.

    A forward to a number outside is made at his right to dial, not the caller's; what he may not
    dial (any more) is not dialled: his own phones ring.
    """
    known = _Known(linkedid)
    target = whom_to_ring(colleague.number, known.settings_of)
    found = _called(known, target, colleague)
    if found is not None:
        return found
    plain = DialDecision(COLLEAGUE, colleague.number, colleague=colleague)
    return Called(plain, colleague, is_busy=_is_busy(known.settings_of, colleague))


def colleague_next(*, seen: tuple[str, ...], status: str, linkedid: str = "") -> Called | None:
    """Return who is rung after the last of `seen` did not answer (`status`: Dial's), None for
    nobody. 2 to 25 queries.
    """
    known = _Known(linkedid)
    target = whom_next(seen, status, known.settings_of)
    if target is None:
        return None
    owner = known.agents[seen[-1]]
    return _called(known, target, owner)


def _called(known: _Known, target: Target, first: Agent) -> Called | None:
    """Return the target with its rows; None for a number outside that its payer may not dial."""
    if target.kind == NUMBER:
        outside = dial_decision(agent=known.agents[target.payer], number=target.number)
        return None if outside.kind == REFUSED else Called(outside, first)
    there = known.agents.get(target.number, first)
    return Called(
        DialDecision(COLLEAGUE, there.number, colleague=there),
        there,
        is_disturbed=target.kind == DISTURBED,
        is_busy=target.kind == BUSY,
        ring_s=target.ring_s,
        seen=target.seen if target.goes_on else (),
    )


def _is_busy(settings_of: Callable[[str], PhoneSettings | None], colleague: Agent) -> bool:
    settings = settings_of(colleague.number)
    return settings is not None and settings.is_talking and not settings.has_call_waiting
