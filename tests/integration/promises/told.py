"""Calls as they are told to the ledger, for the promises' tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AMI, Fact

AT = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


class Teller:
    """Tells one call; times are seconds after it began."""

    def __init__(self, number: int, at: datetime = AT, *, tenant: str = "lab") -> None:
        self.linkedid = f"pbx1-1790000000.{number}"
        self.at, self.tenant = at, tenant
        self.caller = f"PJSIP/trunk-main-{number:08x}"
        self.agent = f"PJSIP/1001-{number:08x}"
        self.leg = f"{self.linkedid}-agent"
        self.facts: list[Fact] = []

    def tell(self, kind: str, seconds: float, uniqueid: str = "", **data: Any) -> "Teller":
        """Add one fact; the caller's without a uniqueid."""
        when = self.at + timedelta(seconds=seconds)
        key = f"{uniqueid or self.linkedid}:{kind}:{seconds}"
        uniqueid = uniqueid or self.linkedid
        self.facts.append(Fact("pbx1", self.linkedid, key, kind, when, AMI, uniqueid, data))
        return self

    def comes(self, voice_s: float | None = 1.0) -> "Teller":
        """Come in, and hear the first voice after so long; None: never."""
        self.tell(
            kinds.LEG_STARTED, 0, channel=self.caller, caller="13800138000", exten="4008001000"
        )
        self.tell(kinds.ENTERED, 0, did="4008001000", tenant=self.tenant)
        if voice_s is not None:
            self.tell(kinds.LEG_ANSWERED, voice_s, channel=self.caller)
        return self

    def waits(self, at_s: float) -> "Teller":
        """Join the queue."""
        return self.tell(kinds.QUEUED, at_s, queue=f"{self.tenant}-7001")

    def talks(self, at_s: float, *, pick_s: float = 0.4) -> "Teller":
        """An agent answers, and talks so much later."""
        self.tell(kinds.LEG_STARTED, at_s - 2, self.leg, channel=self.agent)
        self.tell(kinds.OFFERED, at_s - 2, self.leg, channel=self.agent, endpoint="1001")
        self.tell(kinds.LEG_ANSWERED, at_s, self.leg, channel=self.agent)
        self.tell(kinds.CONNECTED, at_s, self.leg, channel=self.agent, endpoint="1001")
        for uniqueid in (self.leg, self.linkedid):
            self.tell(kinds.BRIDGED, at_s + pick_s, uniqueid, bridge="b1")
        return self

    def hangs_up(self, at_s: float, by: str = "caller") -> "Teller":
        """The caller or the agent asks to end it."""
        uniqueid, channel = (
            (self.leg, self.agent) if by == "agent" else (self.linkedid, self.caller)
        )
        return self.tell(kinds.HANGUP_REQUESTED, at_s, uniqueid, channel=channel)

    def ends(
        self,
        at_s: float,
        *,
        cause: int = 16,
        agent_cause: int | None = None,
        has_agent: bool = True,
    ) -> list[Fact]:
        """Both channels are gone."""
        if has_agent:
            theirs = cause if agent_cause is None else agent_cause
            self.tell(kinds.LEG_ENDED, at_s, self.leg, channel=self.agent, cause=theirs)
        self.tell(kinds.LEG_ENDED, at_s, channel=self.caller, cause=cause)
        return self.facts


def good(number: int, at: datetime = AT) -> list[Fact]:
    """A caller who was served and hung up himself."""
    return Teller(number, at).comes().waits(5).talks(20).hangs_up(80).ends(80)


def lost(number: int, at: datetime = AT) -> list[Fact]:
    """A talk that ended without anybody asking for it."""
    return Teller(number, at).comes().waits(5).talks(20).ends(80)


def late(number: int, at: datetime = AT) -> list[Fact]:
    """A caller who heard nothing for nine seconds."""
    return Teller(number, at).comes(9).waits(10).talks(20).hangs_up(60, "agent").ends(60)


def fallen_back(number: int, at: datetime = AT) -> list[Fact]:
    """The menus were dead; the fall-back queue took him."""
    call = (
        Teller(number, at).comes().tell(kinds.FALLBACK, 1, queue="lab-7001", agi_status="FAILURE")
    )
    return call.waits(2).talks(20).hangs_up(60).ends(60)


def never(number: int, at: datetime = AT) -> list[Fact]:
    """Nobody picked up for twelve seconds, and he hung up."""
    return Teller(number, at).comes(None).hangs_up(12).ends(12, has_agent=False)
