"""One list of scripts, by phone and in the simulator: the same way, the same decision.

By phone: real calls with RFC 4733 keys through Asterisk, read back from the ledger. The simulator
runs in the same company's data.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from apps.ivr.engine.nodes import NODE_KINDS
from tests.telephony.stack import Stack
from tests.telephony.test_ivr_demo import ledger
from tests.telephony.test_ivr_nodes import DID, publish
from tests.telephony.waiting import until
from tools.sipp import HangUp, Keys, Pause, WaitBye, caller_scenario

# Long enough for the words before a question that no key cuts short.
BEFORE_KEYS_MS = 4500
# The balance is spoken before the menu asks again.
AFTER_BALANCE_MS = 9500
# The menu's words and its time-out.
SILENCE_MS = 24000
# Decisions after which the PBX hangs up.
ENDS_THE_CALL = ("hangup", "apology")

INNER = {
    "name": "里层",
    "start": "say",
    "nodes": {
        "say": {"kind": "play", "to": "back"},
        "back": {"kind": "return"},
    },
}
WAY: dict[str, Any] = {
    "level": {"kind": "set", "variable": "level", "value": "2", "to": "jump"},
    "jump": {"kind": "goto", "to": "english"},
    "english": {"kind": "language", "language": "en", "to": "who"},
    "who": {"kind": "customer", "to": "known", "not_found": "stranger"},
    "known": {"kind": "set", "variable": "who", "value": "known", "to": "state"},
    "stranger": {"kind": "set", "variable": "who", "value": "stranger", "to": "state"},
    "state": {"kind": "queue_state", "queue": "7021", "to": "crm"},
    "crm": {"kind": "http", "lookup": "crm", "to": "sales", "on_failed": "inner"},
    "inner": {"kind": "sub_flow", "flow": "里层", "to": "hours"},
    "hours": {"kind": "calendar", "calendar": "工作时间", "open": "day", "closed": "night"},
    "day": {"kind": "set", "variable": "hours", "value": "open", "to": "gate"},
    "night": {"kind": "set", "variable": "hours", "value": "closed", "to": "gate"},
    "gate": {"kind": "pin", "pin": "门", "timeout_s": 4, "to": "card", "on_failed": "end"},
    "card": {
        "kind": "collect",
        "prompts": ["account-number"],
        "variable": "card",
        "min": 4,
        "most": 8,
        "timeout_s": 4,
        "to": "say_level",
        "on_failed": "end",
    },
    "say_level": {"kind": "speak", "variable": "level", "as": "number", "to": "which"},
    "which": {
        "kind": "branch",
        "cases": [
            {
                "all": [
                    {"variable": "card", "is": "equals", "value": "8800"},
                    {"variable": "queue_waiting", "is": "equals", "value": "0"},
                ],
                "to": "balance",
            }
        ],
        "otherwise": "end",
    },
    "balance": {"kind": "account", "tries": 1, "to": "main", "on_failed": "end"},
}
ENDS: dict[str, Any] = {
    "sales": {"kind": "queue", "queue": "7001"},
    "leave": {"kind": "voicemail", "box": "7000"},
    "tone": {"kind": "tone"},
    "end": {"kind": "hangup", "prompts": ["goodbye"]},
    "agent": {"kind": "agent", "agent": "1005", "ring_s": 5},
    "extension": {"kind": "extension", "number": "1006", "ring_s": 5},
    "outside": {"kind": "external", "number": "13900139000", "ring_s": 5},
}
SERVICES: dict[str, Any] = {
    "services": {
        "kind": "menu",
        "prompts": ["main-menu"],
        "timeout_s": 3,
        "tries": 1,
        "keys": {"1": "explain", "2": "promise", "3": "rate", "4": "late", "5": "ruled"},
        "on_failed": "end",
    },
    "explain": {"kind": "answer", "prompts": ["closed-greeting"], "to": "services"},
    "promise": {
        "kind": "call_back",
        "prompts": ["call-back-promised"],
        "queue": "7001",
        "to": "end",
        "on_failed": "leave",
    },
    "rate": {"kind": "survey", "queue": "7001"},
    "ruled": {"kind": "route", "rules": "去向", "otherwise": "end"},
    # Keeps the hours of a calendar that never opens.
    "late": {"kind": "queue", "queue": "7022"},
}
FLOW = {
    "name": "测试音",
    "start": "main",
    "nodes": {
        "main": {
            "kind": "menu",
            "prompts": ["main-menu"],
            "timeout_s": 3,
            "tries": 2,
            "repeat": "9",
            "keys": dict(zip("123456780", ["level", *ENDS, "services"], strict=True)),
            "on_failed": "leave",
        },
        **WAY,
        **SERVICES,
        **ENDS,
    },
}
# What a caller does: keys each time he is asked, "" for silence.
SCRIPTS: dict[str, list[str]] = {
    "everything, then the queue": ["1", "2468#", "8800#", "880001#", "246810#", "2"],
    "wrong PIN, then silence": ["1", "1111#", "2468#", "77#", "8800#", "880001#", "000000#"],
    "queue": ["2"],
    "voicemail": ["3"],
    "tone": ["4"],
    "hang up": ["5"],
    "agent": ["6"],
    "extension": ["7"],
    "outside": ["8"],
    "repeat and a wrong key": ["9", "*", "2"],
    "a known customer": ["1", "2468#", "8800#", "880001#", "246810#", "2"],
    "standard answer, twice": ["0", "1", "*", "5", "2"],
    "call-back": ["0", "2"],
    "call-back to nobody's number": ["0", "2"],
    "survey": ["0", "3"],
    "a queue out of hours": ["0", "4"],
    "routing rules": ["0", "5"],
    "silence": ["", ""],
}
RULES = {
    "rules": [
        {
            "id": "a",
            "name": "a",
            "when": {"fact": "caller.number", "op": "begins_with", "value": "1375"},
            "then": {"kind": "queue", "queue": "7002"},
        }
    ]
}
PREPARE = """
from django.contrib.auth.hashers import make_password
from apps.core.tenancy import all_tenants
from apps.acd.models import Queue
from apps.ivr.models import (
    Calendar, EntryPoint, Flow, HttpLookup, Pin, QueueHours, RuleSet, RuleSetVersion)
from apps.ivr.services import flow_publish
with all_tenants("the test's number"):
    tenant = EntryPoint.objects.get(did__number={did!r}).tenant
    Pin.objects.get_or_create(
        tenant=tenant, name="门", defaults={{"pin_hash": make_password("2468")}})
    HttpLookup.objects.get_or_create(
        tenant=tenant, name="crm", defaults={{"url": "http://127.0.0.1:9/", "results": {{}}}})
    never, _ = Calendar.objects.get_or_create(
        tenant=tenant, name="从不", defaults={{"follows_holidays": False}})
    QueueHours.objects.get_or_create(
        tenant=tenant, queue=Queue.objects.get(tenant=tenant, number="7022"),
        defaults={{"calendar": never}})
    rules, _ = RuleSet.objects.get_or_create(tenant=tenant, name="去向")
    RuleSetVersion.objects.get_or_create(
        tenant=tenant, rule_set=rules, number=1, defaults={{"document": {rules!r}}})
    inner, _ = Flow.objects.get_or_create(tenant=tenant, name="里层")
    flow_publish(flow=inner, document={inner!r})
"""
TAKE_BACK = """
from apps.core.tenancy import all_tenants
from apps.ivr.models import QueueHours
with all_tenants("the test's queue"):
    QueueHours.objects.all().delete()
"""
SIMULATE = """
import json
from apps.core.tenancy import all_tenants
from apps.ivr.models import EntryPoint
from apps.ivr.simulator import flow_simulate
with all_tenants("the test's number"):
    tenant_id = EntryPoint.objects.get(did__number={did!r}).tenant_id
print(json.dumps([
    flow_simulate({flow!r}, tenant_id=tenant_id, caller=caller, dialled={did!r}, inputs=inputs)
    for caller, inputs in {calls!r}
]))
"""


# The second number of the demo's customer 王芳.
KNOWN = "02088886666"
CALLERS = {"a known customer": KNOWN, "call-back to nobody's number": "999"}


def caller_of(name: str) -> str:
    """Give each script a caller of its own."""
    if name in CALLERS:
        return CALLERS[name]
    return f"137500000{list(SCRIPTS).index(name):02d}"


def kinds_of(document: dict[str, Any]) -> set[str]:
    """Give the kinds of a document's nodes."""
    return {node["kind"] for node in document["nodes"].values()}


def test_every_kind_is_in_a_script() -> None:
    assert kinds_of(FLOW) | kinds_of(INNER) == set(NODE_KINDS)


@pytest.fixture(scope="module")
def published(whole_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the flow answer the number."""
    folder: Path = tmp_path_factory.mktemp("flows")
    whole_stack.manage(
        "shell", "--no-imports", "-c", PREPARE.format(did=DID, inner=INNER, rules=RULES)
    )
    publish(whole_stack, folder, FLOW)
    yield
    whole_stack.manage("shell", "--no-imports", "-c", TAKE_BACK)
    publish(whole_stack, folder, DEMO_FLOWS["tone"])


def decided(stack: Stack, caller: str) -> tuple[str, str]:
    """Give where the ledger says the call went: what, and the number without the company."""
    rows = until(
        lambda: stack.sql(
            "SELECT f.data FROM calls_callfact f JOIN calls_call c ON c.linkedid = f.linkedid"
            " WHERE c.caller = %s AND f.kind = 'decided' ORDER BY f.id",
            caller,
        ),
        20,
        f"the decision of {caller}",
    )
    data = rows[0][0] if isinstance(rows[0][0], dict) else json.loads(rows[0][0])
    return data["next"], data.get("target", "").rpartition("-")[2]


def steps_of(name: str, decision: dict[str, Any]) -> list[Any]:
    """Give what the phone does: the script's keys, then the end that the decision asks for."""
    steps: list[Any] = []
    for keys in SCRIPTS[name]:
        is_after_balance = len(steps) > 2 and steps[-1] == Keys("246810#")
        before_ms = AFTER_BALANCE_MS if is_after_balance else BEFORE_KEYS_MS
        steps += [Pause(before_ms), Keys(keys)] if keys else [Pause(SILENCE_MS)]
    return steps + ([WaitBye()] if decision["next"] in ENDS_THE_CALL else [Pause(6000), HangUp()])


@pytest.fixture(scope="module")
def simulated(whole_stack: Stack, published: None) -> dict[str, dict[str, Any]]:
    """Run every script in the simulator, then by phone, all calls at once; give what came."""
    calls = [
        (caller_of(name), [{"keys": keys} if keys else {"wait": True} for keys in script])
        for name, script in SCRIPTS.items()
    ]
    code = SIMULATE.format(did=DID, flow=FLOW, calls=calls)
    told = whole_stack.manage("shell", "--no-imports", "-c", code)
    found = dict(zip(SCRIPTS, json.loads(told.splitlines()[-1]), strict=True))
    runs = [
        whole_stack.sipp.start(
            caller_scenario(steps_of(name, came["decision"]), caller=caller_of(name)), service=DID
        )
        for name, came in found.items()
    ]
    for run in runs:
        run.wait(120)
    return found


@pytest.mark.parametrize("name", list(SCRIPTS))
def test_phone_and_simulator_go_the_same_way(
    stack: Stack, simulated: dict[str, dict[str, Any]], name: str
) -> None:
    came = simulated[name]
    assert came["error"] == ""
    assert came["unused"] == 0
    by_phone = [(step["node"], step["keys"]) for step in ledger(stack, caller_of(name))["path"]]
    assert by_phone == [(step["node"], step["keys"]) for step in came["path"]]
    if name == "a known customer":
        assert ("known", "") in by_phone
    decision = came["decision"]
    assert decided(stack, caller_of(name)) == (decision["next"], decision["target"])
