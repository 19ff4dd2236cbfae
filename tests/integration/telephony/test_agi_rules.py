"""Routing rules over the AGI: before the flow, in it, and when something is away."""

from typing import Any

import pytest

from apps.acd.engine.rule_record import ruling_replay
from apps.acd.engine.rules import rules_parse
from apps.core.tenancy import all_tenants
from apps.ivr import last_known
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.models import EntryPoint, Flow, RuleSet, RuleSetVersion
from apps.ivr.services import flow_publish
from apps.telephony.agi import lookups as lookups_module
from tests.integration.telephony.test_agi_enter import Lab, lab

__all__ = ["lab"]
pytestmark = pytest.mark.django_db(transaction=True)

VIP = {"fact": "customer.level", "op": "equals", "value": "vip"}
WANG, STRANGER, DID = "13800138000", "13911112222", "4008001000"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_known, "FRESH_S", 0.0)
    monkeypatch.setattr(last_known, "BEARABLE_S", 0.0)


def rules(*rules: dict[str, Any], entry: bool = True) -> None:
    """Put rules in force, before the number's flow or only by their name."""
    document = {
        "rules": [
            {"id": f"r{n}", "name": f"rule {n}", "when": {"all": []}, **rule}
            for n, rule in enumerate(rules)
        ]
    }
    rules_parse(document)
    with all_tenants("test"):
        point = EntryPoint.objects.get(did__number=DID)
        made = RuleSet.objects.create(tenant_id=point.tenant_id, name="vip", draft=document)
        RuleSetVersion.objects.create(
            tenant_id=point.tenant_id, rule_set=made, number=1, document=document
        )
        if entry:
            point.rule_set = made
            point.save()


def test_a_vip_goes_past_the_menu(lab: Lab) -> None:
    rules({"when": VIP, "then": {"kind": "queue", "queue": "7002", "priority": 9}})
    found = lab.call(DID, caller=WANG)
    assert (found["HW_NEXT"], found["HW_QUEUE"]) == ("queue", "demo-7002")
    assert found["HW_QUEUE_PRIORITY"] == "9"
    # Nobody picked up and nothing was said before the rules had decided.
    assert found["said"] == []
    assert lab.sink.path() == [("@rules", "")]
    told = lab.sink.last("ruled")
    assert (told["rules"], told["version"], told["rule"]) == (
        "vip",
        1,
        {"id": "r0", "name": "rule 0"},
    )
    assert lab.sink.last("decided")["reason"] == "@rules: rules vip"


def test_everybody_else_hears_the_menu(lab: Lab) -> None:
    rules({"when": VIP, "then": {"kind": "queue", "queue": "7002"}})
    found = lab.call(DID, "1", caller=STRANGER)
    assert (found["HW_NEXT"], found["HW_QUEUE"]) == ("queue", "demo-7001")
    assert found["said"][0] == "ANSWER"
    assert lab.sink.path() == [("@rules", ""), ("main", "1"), ("sales", "")]
    told = lab.sink.last("ruled")
    assert told["rule"] is None
    assert [one["code"] for one in told["verdicts"]] == ["false"]  # type: ignore[attr-defined]


def test_what_was_kept_replays(lab: Lab) -> None:
    rules({"when": VIP, "then": {"kind": "refuse"}}, {"then": {"kind": "queue", "queue": "7002"}})
    for caller in (WANG, STRANGER):
        lab.call(DID, caller=caller)
        with all_tenants("test"):
            document = RuleSetVersion.objects.get().document
        assert ruling_replay(lab.sink.last("ruled"), rules_parse(document)).is_same


def test_refuse_is_not_picked_up(lab: Lab) -> None:
    rules({"then": {"kind": "refuse"}})
    found = lab.call(DID, caller=STRANGER)
    assert (found["HW_NEXT"], found["HW_HANGUP_CAUSE"], found["said"]) == ("refuse", "21", [])


def test_an_agent_who_is_not_there_leaves_the_next_rule(lab: Lab) -> None:
    rules(
        {"when": VIP, "then": {"kind": "agent", "agent": "owner"}},
        {"then": {"kind": "voicemail", "box": "7001"}},
    )
    found = lab.call(DID, caller=WANG)
    assert (found["HW_NEXT"], found["HW_VM_BOX"]) == ("voicemail", "demo-7001")
    codes = [one["code"] for one in lab.sink.last("ruled")["verdicts"]]  # type: ignore[attr-defined]
    assert codes == ["agent_signed_out", "decided"]


def test_a_number_outside_is_rung_and_the_flow_waits(lab: Lab) -> None:
    rules({"then": {"kind": "external", "number": "13900139000", "ring_s": 30}})
    found = lab.call(DID, caller=STRANGER)
    assert (found["HW_NEXT"], found["HW_DIAL_TIMEOUT_S"]) == ("dial", "30")
    assert found["HW_DIAL"].startswith("PJSIP/13900139000@")
    assert found["HW_RESUME"]


def test_another_flow_is_entered(lab: Lab) -> None:
    with all_tenants("test"):
        flow = Flow.objects.get(entry_points__did__number="4008002000")
    rules({"then": {"kind": "flow", "flow": flow.name}})
    found = lab.call(DID, caller=STRANGER)
    assert (found["HW_NEXT"], found["HW_QUEUE"]) == ("queue", "demo-7002")


def test_skills_go_along(lab: Lab) -> None:
    steps = [{"after_s": 0, "level": 80}, {"after_s": 30, "level": 0}]
    needs = [{"skill": "english", "steps": steps}]
    rules({"then": {"kind": "queue", "queue": "7002", "needs": needs}})
    assert lab.call(DID, caller=STRANGER)["HW_QUEUE_NEEDS"] == "english:0_80+30_0"


def test_a_call_back_is_ordered_and_the_caller_bid_farewell(lab: Lab) -> None:
    rules({"then": {"kind": "call_back", "queue": "7002"}})
    found = lab.call(DID, caller=STRANGER)
    assert found["HW_NEXT"] == "hangup"
    assert found["said"][0] == "ANSWER"


def test_a_flow_asks_rules_by_its_variables(lab: Lab) -> None:
    rules(
        {
            "when": {"fact": "variables.card", "op": "begins_with", "value": "88"},
            "then": {"kind": "queue", "queue": "7022"},
        },
        entry=False,
    )
    document = {
        "start": "card",
        "nodes": {
            "card": {
                "kind": "collect",
                "variable": "card",
                "most": 4,
                "to": "ask",
                "on_failed": "end",
            },
            "ask": {"kind": "route", "rules": "vip", "otherwise": "end"},
            "end": {"kind": "hangup"},
        },
    }
    with all_tenants("test"):
        flow_publish(flow=EntryPoint.objects.get(did__number=DID).flow, document=document)
    assert lab.call(DID, "8812", caller=STRANGER)["HW_QUEUE"] == "demo-7022"
    assert lab.call(DID, "1234", caller=STRANGER)["HW_NEXT"] == "hangup"


def test_while_the_database_is_away_the_flow_goes_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules({"then": {"kind": "refuse"}})
    assert lab.call(DID, caller=STRANGER)["HW_NEXT"] == "refuse"

    def away(read: object) -> None:
        raise LookupFailedError("away")

    monkeypatch.setattr(lab.visits, "visit", away)
    found = lab.call(DID, "1", caller=STRANGER)
    assert (found["HW_NEXT"], found["HW_QUEUE"]) == ("queue", "demo-7001")
    steps = [fact.data for fact in lab.sink.facts if fact.kind == "node"]
    assert [one["outcome"] for one in steps if one["node"] == "@rules"] == ["", "failed"]


def test_facts_are_read_in_one_visit(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    visits = []
    read = lookups_module.routing_read

    def counted(*args: Any, **kwargs: Any) -> Any:
        visits.append(1)
        return read(*args, **kwargs)

    monkeypatch.setattr(lookups_module, "routing_read", counted)
    busy = {"fact": "queues.7001.waiting", "op": "more", "value": 25}
    idle = {"fact": "queues.7002.idle", "op": "at_least", "value": 4}
    last = {"fact": "last_agent.days", "op": "at_most", "value": 7}
    rules({"when": {"any": [busy, idle, last, VIP]}, "then": {"kind": "queue", "queue": "7002"}})
    assert lab.call(DID, caller=WANG)["HW_NEXT"] == "queue"
    assert len(visits) == 1
