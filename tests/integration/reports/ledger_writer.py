"""Write random calls and states into a real ledger, through the doors of the product."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.acd.engine.agent_state import (
    HELD,
    PAUSED,
    READY,
    RINGING,
    TALKING,
    WRAP_UP,
    Live,
)
from apps.acd.engine.spans import Span
from apps.calls.engine.facts import (
    AMI,
    CONNECTED,
    ENTERED,
    LEG_ENDED,
    LEG_STARTED,
    NOT_ANSWERED,
    OFFERED,
    QUEUE_LEFT,
    QUEUED,
    Fact,
)

# Berlin's clocks go back in this night: at 03:00 summer time (01:00 UTC) it is 02:00 again.
NIGHT = datetime(2026, 10, 24, 21, 50, tzinfo=UTC)
ENDS = ("answered", "abandoned", "timeout", "live")
STATES = (READY, PAUSED, RINGING, TALKING, HELD, WRAP_UP)


@dataclass(frozen=True)
class MadeCall:
    """What a random call is. Seconds; `moved_s`: a correction tells that all was so much later."""

    number: int
    begins_s: int
    wait_ms: int
    talk_s: int
    queue: str
    end: str
    agents: tuple[str, ...]
    moved_s: int = 0
    trunk: str = "trunk-main"

    def facts(self) -> list[Fact]:
        """Return what is told of it, corrections last."""
        linkedid = f"pbx1-1790000000.{self.number}"
        at = NIGHT + timedelta(seconds=self.begins_s)
        left = at + timedelta(seconds=2, milliseconds=self.wait_ms)
        gone = left + timedelta(seconds=self.talk_s)
        found: list[Fact] = []

        def told(
            kind: str, when: datetime, key: str, uniqueid: str = linkedid, **data: Any
        ) -> None:
            found.append(Fact("pbx1", linkedid, key, kind, when, AMI, uniqueid, data))

        caller = f"PJSIP/{self.trunk}-{self.number:08x}"
        told(LEG_STARTED, at, "start", channel=caller, caller="13800138000", exten="4008001000")
        told(ENTERED, at, "entered", did="4008001000", tenant="lab")
        told(QUEUED, at + timedelta(seconds=2), "queued", queue=self.queue)
        for place, agent in enumerate(self.agents):
            leg = f"{linkedid}-{place}"
            channel = f"PJSIP/{agent}-{self.number:08x}"
            told(LEG_STARTED, left, f"leg{place}", leg, channel=channel)
            told(OFFERED, left, f"offered{place}", leg, channel=channel, endpoint=agent)
            if self.end == "answered" and place == len(self.agents) - 1:
                told(CONNECTED, left, f"connected{place}", leg, channel=channel, endpoint=agent)
            else:
                told(NOT_ANSWERED, left, f"refused{place}", leg, channel=channel)
            if self.end != "live":
                told(LEG_ENDED, gone, f"legend{place}", leg, channel=channel)
        if self.end == "timeout":
            told(QUEUE_LEFT, left, "left", queue=self.queue, reason="timeout")
        if self.end != "live":
            over = left if self.end == "abandoned" else gone
            told(LEG_ENDED, over, "end", channel=caller)
        return found + self._corrections(found)

    def _corrections(self, found: list[Fact]) -> list[Fact]:
        if not self.moved_s:
            return []
        return [
            Fact(
                fact.node,
                fact.linkedid,
                f"{fact.key}:cel",
                fact.kind,
                fact.at + timedelta(seconds=self.moved_s),
                "cel",
                fact.uniqueid,
                {**fact.data, "corrects": fact.key},
            )
            for fact in found
        ]


def spans_of(agent: str, begins_s: int, lengths: list[tuple[str, int, bool]]) -> list[list[Span]]:
    """Return what a distributor writes, in order: each state first open, then over."""
    at = NIGHT + timedelta(seconds=begins_s)
    written = []
    for state, seconds, is_uncertain in lengths:
        queue = "lab-7001" if state in (TALKING, HELD, WRAP_UP) else ""
        live = Live(state, None, "tea" if state == PAUSED else "", queue)
        end = at + timedelta(seconds=seconds)
        written.append([Span(agent, at, live, is_uncertain=is_uncertain)])
        written.append([Span(agent, at, live, ended_at=end, is_uncertain=is_uncertain)])
        at = end
    return written
