"""Routing rules on the real phone: who is sent where before he hears a menu, and why."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_distributor import Sign, offers, sign, visit
from tests.telephony.test_ivr_demo import ledger
from tests.telephony.test_ivr_nodes import DID, publish
from tests.telephony.waiting import until
from tools.sipp import HangUp, Keys, Pause, Run, WaitBye, caller_scenario

__all__ = ["sign"]

VIP, NORMAL = "13800138000", "13900139000"
SHANGHAI, REFUSED, PROBE = "13816000001", "13688200001", "13688000000"
REMEMBERED, STRANGER, CARD = "13688001001", "13688300001", "13688400001"
BUSY = "13688100"
BUSY_NUMBERS = (f"{BUSY}{n:03}" for n in itertools.count(100))
# Two queues of the test's own: nobody serves the first.
FULL, HELP = "7090", "7091"


def leaf(fact: str, op: str, value: Any) -> dict[str, Any]:
    return {"fact": fact, "op": op, "value": value}


def caller(prefix: str) -> dict[str, Any]:
    return leaf("caller.number", "begins_with", prefix)


def queue(number: str, **more: Any) -> dict[str, Any]:
    return {"kind": "queue", "queue": number, **more}


RULES: list[tuple[str, Any, dict[str, Any]]] = [
    ("probe", caller(PROBE), {"kind": "refuse"}),
    (
        "VIP to the owner",
        {"all": [leaf("customer.level", "equals", "vip"), leaf("caller.known", "is", True)]},
        {"kind": "agent", "agent": "owner", "ring_s": 10},
    ),
    (
        "last agent",
        {"all": [caller(REMEMBERED), leaf("last_agent.days", "at_most", 7)]},
        queue("7002", wanted="last_agent", wanted_s=30),
    ),
    ("first time", caller(REMEMBERED), queue("7002")),
    ("level", leaf("customer.level", "equals", "normal"), queue("7022", priority=3)),
    ("Shanghai", leaf("caller.region", "begins_with", "上海"), queue("7021")),
    ("card", leaf("variables.card", "begins_with", "88"), queue("7022")),
    (
        "help",
        {
            "all": [
                caller(BUSY),
                leaf(f"queues.{FULL}.waiting", "more", 25),
                leaf(f"queues.{HELP}.idle", "at_least", 4),
            ]
        },
        queue(HELP),
    ),
    ("busy", caller(BUSY), queue(FULL)),
    ("refuse", caller(REFUSED), {"kind": "refuse"}),
]
DOCUMENT = {
    "rules": [
        {"id": f"r{n}", "name": name, "when": when, "then": then}
        for n, (name, when, then) in enumerate(RULES)
    ]
}
# Asked at the entry, and again after the card.
FLOW = {
    "name": "测试音",
    "start": "card",
    "nodes": {
        "card": {
            "kind": "collect",
            "prompts": ["account-number"],
            "variable": "card",
            "min": 4,
            "most": 4,
            "timeout_s": 4,
            "to": "ask",
            "on_failed": "rest",
        },
        "ask": {"kind": "route", "rules": "电话", "otherwise": "rest"},
        "rest": {"kind": "queue", "queue": "7001"},
    },
}
PREPARE = """
import json
from apps.core.tenancy import all_tenants
from apps.accounts.models import Agent
from apps.acd.models import Queue, QueueMember
from apps.ivr.models import EntryPoint, RuleSet
from apps.ivr.rule_sets import rule_set_publish
with all_tenants("the test's rules"):
    entry = EntryPoint.objects.get(did__number={did!r})
    for number in {queues!r}:
        Queue.objects.get_or_create(
            tenant=entry.tenant, number=number, defaults={{"name": number, "max_wait_s": 600}})
    help = Queue.objects.get(tenant=entry.tenant, number={help!r})
    for number in ("1003", "1004", "1005", "1006"):
        agent = Agent.objects.get(tenant=entry.tenant, number=number)
        QueueMember.objects.get_or_create(tenant=entry.tenant, queue=help, agent=agent)
    rules = RuleSet.objects.create(
        tenant=entry.tenant, name="电话", draft=json.loads(open({path!r}).read()))
    rule_set_publish(rule_set=rules, revision=0, note="phone")
    EntryPoint.objects.filter(pk=entry.pk).update(rule_set=rules)
"""
TAKE_BACK = """
from apps.core.tenancy import all_tenants
from apps.acd.models import Queue
from apps.ivr.models import EntryPoint
with all_tenants("the test's rules"):
    EntryPoint.objects.filter(did__number={did!r}).update(rule_set=None)
    Queue.objects.filter(number__in={queues!r}).update(is_active=False)
"""


@pytest.fixture(scope="module")
def in_force(whole_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put the rules before the number's flow, and wait until a call asks them."""
    folder: Path = tmp_path_factory.mktemp("rules")
    path = folder / "rules.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    queues = (FULL, HELP)
    code = PREPARE.format(did=DID, path=str(path), queues=queues, help=HELP)
    whole_stack.manage("shell", "--no-imports", "-c", code)
    publish(whole_stack, folder, FLOW)
    until(
        lambda: f"demo-{HELP}" in whole_stack.asterisk.cli("queue show"), 15, "queues are rendered"
    )

    def is_refused() -> bool:
        # The plan of a number is at most two seconds old.
        dial(whole_stack, PROBE, Pause(200), HangUp()).process.wait(60)
        until(lambda: decided(whole_stack, PROBE), 10, "the probe's decision")
        return decided(whole_stack, PROBE)[-1] == "refuse"

    until(is_refused, 30, "the rules are in force")
    yield
    whole_stack.manage("shell", "--no-imports", "-c", TAKE_BACK.format(did=DID, queues=queues))
    publish(whole_stack, folder, DEMO_FLOWS["tone"])


@pytest.fixture
def stack(whole_stack: Stack, in_force: None) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.wait_ledger_quiet()


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    numbers = ("1001", "1003", "1004", "1005", "1006")
    return {number: free_phone_port("127.0.0.1") for number in numbers}


def dial(stack: Stack, number: str, *steps: Any, calls: int = 1) -> Run:
    """Let a caller ring the number."""
    scenario = caller_scenario(list(steps), caller=number)
    return stack.sipp.start(scenario, service=DID, calls=calls)


def facts(stack: Stack, number: str, kind: str) -> list[dict[str, Any]]:
    """Give a caller's facts of a kind, oldest first."""
    rows = stack.sql(
        "SELECT f.data FROM calls_callfact f JOIN calls_call c"
        " ON c.linkedid = f.linkedid AND c.node = f.node"
        " WHERE c.caller = %s AND f.kind = %s ORDER BY f.at",
        number,
        kind,
    )
    return [data if isinstance(data, dict) else json.loads(data) for (data,) in rows]


def decided(stack: Stack, number: str) -> list[str]:
    """Give what became of a caller's calls."""
    return [str(data["next"]) for data in facts(stack, number, "decided")]


def rules_said(stack: Stack, number: str) -> list[str | None]:
    """Give the names of the rules that decided, oldest first; None when none did."""
    found = facts(stack, number, "ruled")
    return [data["rule"]["name"] if data["rule"] else None for data in found]


def waits_in(stack: Stack, number: str) -> str:
    """Give the queue in which a caller waits or waited last, once the ledger knows."""

    def found() -> str:
        rows = stack.sql(
            "SELECT v.queue_number FROM calls_queuevisit v JOIN calls_call c ON c.id = v.call_id"
            " WHERE c.caller = %s ORDER BY v.joined_at DESC LIMIT 1",
            number,
        )
        return str(rows[0][0]) if rows else ""

    return until(found, 15, lambda: f"{number} is in a queue: {facts(stack, number, 'ruled')}")


def waiting(stack: Stack, number: str) -> int:
    """Count who waits in a queue, as the ledger knows."""
    rows = stack.sql(
        "SELECT COUNT(*) FROM calls_queuevisit v JOIN calls_call c ON c.id = v.call_id"
        " WHERE v.queue_number = %s AND v.how = 'waiting' AND c.ended_at IS NULL",
        number,
    )
    return int(rows[0][0])


def test_a_vip_reaches_his_owner_past_the_menus(stack: Stack, sign: Sign) -> None:
    owner = sign("1001").answers(Pause(800), HangUp())
    call = dial(stack, VIP, WaitBye())
    owner.wait()
    call.wait()
    found = ledger(stack, VIP)
    assert (found["outcome"], found["agent"]) == ("answered", "1001")
    assert [step["node"] for step in found["path"]] == ["@rules"]
    until(lambda: rules_said(stack, VIP)[-1:] == ["VIP to the owner"], 10, "it is kept why")
    status, told = stack.get(f"/api/v1/calls/{found['id']}/rulings/")
    assert status == 200
    assert [(one["rule"], one["is_same"]) for one in told] == [("VIP to the owner", True)]
    assert [one["code"] for one in told[0]["verdicts"][:3]] == ["false", "decided", "later"]


def test_without_his_owner_a_vip_goes_on_with_the_flow(stack: Stack) -> None:
    dial(stack, VIP, Pause(1500), Keys("1234"), Pause(60_000), HangUp())
    assert waits_in(stack, VIP) == "7001"
    # At the entry and after the card.
    until(lambda: rules_said(stack, VIP)[-2:] == [None, None], 10, "both were asked")
    codes = [one["code"] for one in facts(stack, VIP, "ruled")[-1]["verdicts"]]
    assert codes[1] == "agent_signed_out"


def test_an_owner_who_does_not_answer_leaves_the_flow(stack: Stack, sign: Sign) -> None:
    declines = sign("1001").answers(status=486)
    dial(stack, VIP, Pause(3000), Keys("1234"), Pause(60_000), HangUp())
    declines.wait()
    # He comes back from the ringing into the menu, keys his card, and waits.
    until(lambda: waiting(stack, "7001") == 1, 20, "he waits as everybody does")
    until(lambda: rules_said(stack, VIP)[-2] == "VIP to the owner", 10, "the owner was rung first")


def test_who_called_before_gets_the_same_agent(stack: Stack, sign: Sign) -> None:
    first = sign("1005")
    answered = first.answers(Pause(500), HangUp())
    dial(stack, REMEMBERED, WaitBye()).wait()
    answered.wait()
    until(lambda: visit(stack, REMEMBERED)[:2] == ("answered", "1005"), 10, "he talked with 1005")
    assert ledger(stack, REMEMBERED)["agent"] == "1005"
    # The other one is idle for longer: without memory it would be his call.
    other = sign("1004")
    other.answers(Pause(500), HangUp())
    stack.sql(
        "UPDATE acd_agentsession SET state_since = state_since - interval '1 hour'"
        " WHERE signed_out_at IS NULL AND agent_id ="
        " (SELECT id FROM accounts_agent WHERE number = '1004' LIMIT 1) RETURNING 1"
    )
    answered = first.answers(Pause(500), HangUp())
    dial(stack, REMEMBERED, WaitBye()).wait()
    answered.wait()
    until(lambda: len(offers(stack, REMEMBERED)) == 2, 10, "he was served twice")
    assert [agent for agent, _ in offers(stack, REMEMBERED)] == ["1005", "1005"]
    until(
        lambda: rules_said(stack, REMEMBERED) == ["first time", "last agent"],
        10,
        "what the rules said is kept",
    )


@pytest.mark.parametrize(
    ("number", "name", "goes_to"),
    [(SHANGHAI, "Shanghai", "7021"), (NORMAL, "level", "7022")],
)
def test_region_and_level(stack: Stack, number: str, name: str, goes_to: str) -> None:
    dial(stack, number, Pause(60_000), HangUp())
    assert waits_in(stack, number) == goes_to
    until(lambda: rules_said(stack, number) == [name], 10, "what the rules said is kept")


def test_what_the_caller_keyed(stack: Stack) -> None:
    dial(stack, CARD, Pause(1500), Keys("8812"), Pause(60_000), HangUp())
    assert waits_in(stack, CARD) == "7022"
    until(lambda: rules_said(stack, CARD) == [None, "card"], 10, "what the rules said is kept")


def test_refused_before_it_is_picked_up(stack: Stack) -> None:
    call = dial(stack, REFUSED, Pause(60_000), HangUp())
    # SIPp has a final answer that is no 200: its scenario fails at once.
    call.process.wait(30)
    found = ledger(stack, REFUSED)
    assert found["outcome"] == "refused"
    rows = stack.sql("SELECT picked_up_at FROM calls_call WHERE caller = %s", REFUSED)
    assert rows == [(None,)]


def test_nobody_whom_a_rule_knows_goes_on_with_the_flow(stack: Stack) -> None:
    dial(stack, STRANGER, Pause(1500), Keys("1234"), Pause(60_000), HangUp())
    assert waits_in(stack, STRANGER) == "7001"
    until(lambda: rules_said(stack, STRANGER) == [None, None], 10, "what the rules said is kept")


def test_over_25_wait_in_one_queue_and_4_are_idle_in_another(stack: Stack, sign: Sign) -> None:
    agents = {number: sign(number) for number in ("1003", "1004", "1005", "1006")}
    dial(stack, f"{BUSY}000", Pause(120_000), HangUp(), calls=25)
    until(lambda: waiting(stack, FULL) == 25, 40, "25 wait")
    # Not over 25 yet: he waits there too, as the 26th.
    dial(stack, f"{BUSY}026", Pause(120_000), HangUp())
    assert waits_in(stack, f"{BUSY}026") == FULL
    until(lambda: waiting(stack, FULL) == 26, 20, "26 wait")
    answered = [agent.answers(Pause(500), HangUp()) for agent in agents.values()]
    dial(stack, f"{BUSY}027", WaitBye()).wait()
    assert waits_in(stack, f"{BUSY}027") == HELP
    until(lambda: visit(stack, f"{BUSY}027")[:1] == ("answered",), 10, "one of the four has him")
    assert sum(not run.is_running() for run in answered) == 1
    seen = {one["fact"]: one["was"] for one in _verdict(stack, f"{BUSY}027", "help")["seen"]}
    assert (seen[f"queues.{FULL}.waiting"], seen[f"queues.{HELP}.idle"]) == (26, 4)
    # Three are too few.
    agents["1003"].console.post("/desk/sign-out/")
    dial(stack, f"{BUSY}028", Pause(60_000), HangUp())
    assert waits_in(stack, f"{BUSY}028") == FULL
    assert _verdict(stack, f"{BUSY}028", "help")["code"] == "false"


def _verdict(stack: Stack, number: str, name: str) -> dict[str, Any]:
    """Give what became of one rule in a caller's last question."""
    found = until(lambda: facts(stack, number, "ruled"), 10, "what the rules said is kept")
    return next(dict(one) for one in found[-1]["verdicts"] if one["name"] == name)
