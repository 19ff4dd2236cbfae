"""Why an agent was rung and each other one was not, from the decisions kept with a call."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Agent
from apps.acd.engine.decide import CHOSEN, KEPT_FOR, LOWER, OFFERED_NOW, SKILL, Verdict
from apps.acd.engine.record import replay_explained
from apps.acd.floor_rows import STRATEGIES
from apps.calls.engine import facts as kinds
from apps.calls.models import CallFact

logger = logging.getLogger(__name__)

STRATEGY_LABELS = {word: strategy.label for strategy, word in STRATEGIES.items()}
REASONS = {
    CHOSEN: gettext_lazy("is rung"),
    LOWER: gettext_lazy("free; the strategy put another agent first"),
    OFFERED_NOW: gettext_lazy("was given another call at the same moment"),
    "paused": gettext_lazy("busy by his own wish"),
    "ringing": gettext_lazy("rings already"),
    "talking": gettext_lazy("is talking"),
    "held": gettext_lazy("has a call on hold"),
    "wrap_up": gettext_lazy("is in wrap-up"),
    "resting": gettext_lazy("did not answer a moment ago"),
    "unreachable": gettext_lazy("his phone is not registered"),
}


@dataclass(frozen=True)
class Candidate:
    """One agent of the queue. `code` is the engine's word, `reason` says it in the language."""

    agent: str
    name: str
    code: str
    reason: str


@dataclass(frozen=True)
class Decision:
    """One decision about the call. `chosen` is empty when nobody could be rung.

    `is_same`: deciding again on what was kept chooses the same agents.
    """

    at: datetime
    queue: str
    strategy: str
    waited_s: int
    chosen: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    left_out: int
    is_same: bool


def call_decisions(facts: Iterable[CallFact]) -> list[Decision]:
    """Return the decisions among a call's facts in their order. 1 query.

    Give only facts of a call that the person may see; agents of other companies stay unnamed.
    """
    routed = [fact for fact in facts if fact.kind == kinds.ROUTED]
    ids = {str(item.get("id", "")) for fact in routed for item in fact.data.get("agents", ())}
    agents = Agent.objects.filter(sip_username__in=ids).select_related("user") if ids else ()
    known = {agent.sip_username: agent for agent in agents}
    found = []
    for fact in routed:
        try:
            found.append(_decision(fact, known))
        except ValueError as error:
            logger.warning("decision %s is unreadable: %s", fact.key, error)
    return found


def _decision(fact: CallFact, known: dict[str, Agent]) -> Decision:
    offer, told = replay_explained(fact.data)
    joined_at = datetime.fromisoformat(fact.data["call"]["joined_at"])
    # Who rings first, then by number.
    order = sorted(told, key=lambda verdict: (verdict.code != CHOSEN, verdict.agent))
    return Decision(
        at=fact.at,
        queue=str(fact.data["queue"]).partition("-")[2],
        strategy=str(STRATEGY_LABELS.get(fact.data["strategy"], fact.data["strategy"])),
        waited_s=int((fact.at - joined_at).total_seconds()),
        chosen=tuple(_number(agent, known) for agent in fact.data.get("chosen", ())),
        candidates=tuple(
            Candidate(
                agent=_number(verdict.agent, known),
                name=known[verdict.agent].user.display_name if verdict.agent in known else "",
                code=verdict.code,
                reason=_reason(verdict, known),
            )
            for verdict in order
        ),
        left_out=int(fact.data.get("left_out", 0)),
        is_same=(list(offer.agents) if offer else []) == fact.data.get("chosen"),
    )


def _number(agent: str, known: dict[str, Agent]) -> str:
    return known[agent].number if agent in known else agent


def _reason(verdict: Verdict, known: dict[str, Agent]) -> str:
    until = ""
    if verdict.until is not None:
        until = formats.time_format(timezone.localtime(verdict.until), "H:i:s")
    if verdict.code == SKILL:
        return _("skill %(skill)s") % {"skill": verdict.detail}
    if verdict.code == KEPT_FOR:
        kept = {"agent": _number(verdict.detail, known), "until": until}
        return _("the call is kept for %(agent)s until %(until)s") % kept
    said = str(REASONS.get(verdict.code, verdict.code))
    return _("%(reason)s, until %(until)s") % {"reason": said, "until": until} if until else said
