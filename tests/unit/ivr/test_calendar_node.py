"""The node that asks a calendar."""

from typing import Any

import pytest

from apps.ivr.engine.documents import FlowError, flow_parse
from apps.ivr.engine.run import Decision, Step, run_flow
from tests.unit.ivr.fakes import FakeLookups, FakeVoice


def document(**fields: str) -> dict[str, Any]:
    """Give a flow that only asks."""
    node = {"kind": "calendar", "calendar": "工作时间", "open": "in", "closed": "out", **fields}
    ends = {
        "in": {"kind": "queue", "queue": "7001"},
        "out": {"kind": "voicemail", "box": "7001"},
        "away": {"kind": "queue", "queue": "7000"},
    }
    return {"start": "hours", "nodes": {"hours": node, **ends}}


def decide(lookups: FakeLookups, **fields: str) -> tuple[Decision, list[Step]]:
    """Run the flow."""
    steps: list[Step] = []
    flow = flow_parse(document(**fields))
    return run_flow(flow, voice=FakeVoice(), lookups=lookups, on_step=steps.append), steps


def test_open_and_closed_lead_apart() -> None:
    decision, steps = decide(FakeLookups(open_calendars=["工作时间"]))
    assert (decision.next, decision.target) == ("queue", "7001")
    assert [(step.node, step.kind) for step in steps] == [("hours", "calendar"), ("in", "queue")]
    assert decide(FakeLookups())[0].next == "voicemail"


def test_nobody_is_refused_because_we_do_not_know() -> None:
    away = FakeLookups(is_away=True)
    assert decide(away)[0].target == "7001"
    assert decide(away, on_failed="away")[0].target == "7000"


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"calendar": ""}, "calendar"), ({"calendar": "长" * 61}, "60"), ({"open": "x"}, "'x'")],
)
def test_wrong_fields_name_the_node(fields: dict[str, str], text: str) -> None:
    with pytest.raises(FlowError, match=text) as caught:
        flow_parse(document(**fields))
    assert "hours" in str(caught.value)
