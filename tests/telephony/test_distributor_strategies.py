"""Who rang, and in which order: each strategy of the distributor on real calls."""

import itertools
from collections.abc import Iterator

import pytest

from apps.acd.engine.record import replay
from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.stack import Stack
from tests.telephony.test_distributor import Sign, offers, ports, sign, visit
from tests.telephony.test_ivr_nodes import DID, publish
from tests.telephony.test_survey import DeskPhone
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, Run, WaitBye, caller_scenario

__all__ = ["ports", "sign"]

AGENTS = ("1004", "1005", "1006")
NUMBERS = itertools.count(13608000001)
FIRST, SKILLED, KEPT = (itertools.count(start) for start in (13608100001, 13608200001, 13608300001))
# Straight into the queue; some callers with a wish, told by their numbers.
QUEUE = {"kind": "queue", "queue": "7002"}
WISHES = {
    "first": {**QUEUE, "priority": 5},
    "skilled": {
        **QUEUE,
        "skills": [
            {"skill": "english", "level": 50},
            {"skill": "english", "after_s": 5, "level": 0},
        ],
    },
    "kept": {**QUEUE, "agent_from": "owner", "agent_wait_s": 5},
}
FLOW = {
    "name": "q",
    "start": "owner",
    "nodes": {
        "owner": {"kind": "set", "variable": "owner", "value": "1006", "to": "who"},
        "who": {
            "kind": "branch",
            "cases": [
                {
                    "all": [{"variable": "caller", "is": "begins_with", "value": f"13608{digit}"}],
                    "to": name,
                }
                for digit, name in enumerate(WISHES, start=1)
            ],
            "otherwise": "q",
        },
        "q": QUEUE,
        **WISHES,
    },
}
ENGLISH = (
    "WITH skill AS (INSERT INTO acd_skill (tenant_id, name, created_at, updated_at)"
    " SELECT id, 'english', now(), now() FROM tenants_tenant WHERE slug = 'demo'"
    " ON CONFLICT DO NOTHING RETURNING id, tenant_id)"
    " INSERT INTO acd_agentskill (tenant_id, skill_id, agent_id, level, created_at, updated_at)"
    " SELECT s.tenant_id, s.id, a.id, 70, now(), now() FROM skill s, accounts_agent a"
    " WHERE a.number = '1005' AND a.tenant_id = s.tenant_id RETURNING 1"
)
ASKED = (
    "INSERT INTO acd_queueskill"
    " (tenant_id, queue_id, skill_id, after_s, level, created_at, updated_at)"
    " SELECT s.tenant_id, q.id, s.id, step.after_s, step.level, now(), now()"
    " FROM acd_skill s, acd_queue q, (VALUES (0, 50), (4, 0)) AS step (after_s, level)"
    " WHERE s.name = 'english' AND q.number = '7002' AND q.tenant_id = s.tenant_id RETURNING 1"
)


@pytest.fixture(scope="module")
def published(whole_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("flow")
    whole_stack.sql(ENGLISH)
    publish(whole_stack, folder, FLOW)
    settings = "strategy, ring_timeout_s, wrap_up_s, retry_s"
    [before] = whole_stack.sql(f"SELECT {settings} FROM acd_queue WHERE number = '7002'")  # noqa: S608 - names
    yield
    whole_stack.sql(
        f"UPDATE acd_queue SET ({settings}) = (%s, %s, %s, %s)"  # noqa: S608 - names
        " WHERE number = '7002' RETURNING 1",
        *before,
    )
    publish(whole_stack, folder, DEMO_FLOWS["tone"])


@pytest.fixture
def stack(whole_stack: Stack, published: None) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.sql("DELETE FROM acd_queueskill RETURNING 1")
    whole_stack.sql("UPDATE acd_queuemember SET penalty = 0, weight = 1 RETURNING 1")
    whole_stack.wait_ledger_quiet()


def strategy(stack: Stack, name: str) -> None:
    """Set the queue's strategy, and wait until the distributor has read it."""
    before = stack.log("ami").count("queues read")
    # Something always changes, so that there is always a line to wait for.
    stack.sql(
        "UPDATE acd_queue SET strategy = %s, ring_timeout_s = ring_timeout_s + 1, wrap_up_s = 0,"
        " retry_s = 1 WHERE number = '7002' RETURNING 1",
        name,
    )
    until(lambda: stack.log("ami").count("queues read") > before, 10, "the queues are read")


def take(desks: list[DeskPhone]) -> None:
    """Let every phone take whatever comes, for a short talk."""
    for desk in desks:
        desk.answers(Pause(200), HangUp(), calls=50)


def dial(stack: Stack, numbers: Iterator[int] = NUMBERS) -> tuple[str, Run]:
    """Let a new caller ring; give his number."""
    caller = str(next(numbers))
    return caller, stack.sipp.start(caller_scenario([WaitBye()], caller=caller), service=DID)


def served(stack: Stack) -> str:
    """Let a caller ring until he was served; give the agent who was rung."""
    caller, run = dial(stack)
    run.wait()
    until(lambda: visit(stack, caller)[:1] == ("answered",), 10, "answered")
    ((agent, result),) = offers(stack, caller)
    assert result == "connected"
    return agent


def reasons(stack: Stack) -> str:
    """Give the decisions of the last call, for a failure's message."""
    return str(stack.sql("SELECT data FROM calls_callfact WHERE kind = 'routed' ORDER BY at")[-4:])


def test_longest_idle(stack: Stack, sign: Sign) -> None:
    strategy(stack, "leastrecent")
    take([sign(number) for number in reversed(AGENTS)])
    assert [served(stack) for _ in range(4)] == ["1006", "1005", "1004", "1006"]


def test_round_robin(stack: Stack, sign: Sign) -> None:
    strategy(stack, "rrmemory")
    take([sign(number) for number in reversed(AGENTS)])
    rang = [served(stack) for _ in range(4)]
    start = AGENTS.index(rang[0])
    assert rang == [AGENTS[(start + step) % 3] for step in range(4)]


def test_fixed_order(stack: Stack, sign: Sign) -> None:
    strategy(stack, "linear")
    take([sign(number) for number in reversed(AGENTS)])
    assert [served(stack) for _ in range(3)] == ["1004"] * 3


def test_fewest_calls(stack: Stack, sign: Sign) -> None:
    strategy(stack, "fewestcalls")
    take([sign("1004")])
    assert [served(stack), served(stack)] == ["1004", "1004"]
    # He came last and is idle for the shortest time, and yet has the fewest calls.
    take([sign("1005")])
    assert [served(stack), served(stack)] == ["1005", "1005"], reasons(stack)


def test_weighted_random_gives_nothing_to_weight_nothing(stack: Stack, sign: Sign) -> None:
    stack.sql(
        "UPDATE acd_queuemember m SET weight = 0 FROM accounts_agent a"
        " WHERE a.id = m.agent_id AND a.number <> '1006' RETURNING 1"
    )
    strategy(stack, "wrandom")
    take([sign(number) for number in AGENTS])
    assert [served(stack) for _ in range(3)] == ["1006"] * 3


def test_random_is_kept_and_replays(stack: Stack, sign: Sign) -> None:
    strategy(stack, "random")
    take([sign(number) for number in AGENTS])
    rang = [served(stack) for _ in range(4)]
    assert set(rang) <= set(AGENTS)
    kept = stack.sql(
        "SELECT f.data FROM calls_callfact f WHERE f.kind = 'routed'"
        " AND f.data->>'strategy' = 'random' AND f.data->'chosen' <> '[]' ORDER BY f.at"
    )
    again = [replay(data) for (data,) in kept]
    assert [offer.agents[0] for offer in again if offer] == rang
    assert [data["chosen"] for (data,) in kept] == [[agent] for agent in rang]


def test_ring_all(stack: Stack, sign: Sign) -> None:
    strategy(stack, "ringall")
    first, second = sign("1004"), sign("1005")
    first.answers(Pause(200), HangUp(), ring_ms=3000)
    second.answers(Pause(200), HangUp(), ring_ms=500)
    caller, run = dial(stack)
    run.wait()
    until(lambda: visit(stack, caller)[:2] == ("answered", "1005"), 10, "the faster one has him")
    assert [agent for agent, _ in sorted(offers(stack, caller))] == ["1004", "1005"]
    assert ("1005", "connected") in offers(stack, caller)


def test_second_line_rings_when_the_first_is_busy(stack: Stack, sign: Sign) -> None:
    stack.sql(
        "UPDATE acd_queuemember m SET penalty = 1 FROM accounts_agent a"
        " WHERE a.id = m.agent_id AND a.number = '1004' RETURNING 1"
    )
    strategy(stack, "linear")
    second, first = sign("1004"), sign("1005")
    first.answers(Pause(6000), HangUp())
    take([second])
    caller, run = dial(stack)
    until(lambda: visit(stack, caller)[:2] == ("answered", "1005"), 15, "the first line talks")
    assert served(stack) == "1004"
    run.wait()


def test_skill_is_asked_for_and_relaxes(stack: Stack, sign: Sign) -> None:
    stack.sql(ASKED)
    strategy(stack, "linear")
    plain, able = sign("1004"), sign("1005")
    able.answers(Pause(9000), HangUp())
    take([plain])
    first, talk = dial(stack)
    until(lambda: visit(stack, first)[:2] == ("answered", "1005"), 15, lambda: reasons(stack))
    second, run = dial(stack)
    run.wait()
    until(lambda: visit(stack, second)[:2] == ("answered", "1004"), 15, "nobody needs it any more")
    assert visit(stack, second)[2] >= 4
    talk.wait()


def test_a_flow_s_priority_overtakes_who_came_before(stack: Stack, sign: Sign) -> None:
    strategy(stack, "linear")
    plain, first_run = dial(stack)
    until(lambda: visit(stack, plain)[:1] == ("waiting",), 15, "the plain caller waits")
    vip, second_run = dial(stack, FIRST)
    until(lambda: visit(stack, vip)[:1] == ("waiting",), 15, "the other waits behind him")
    take([sign("1004")])
    first_run.wait()
    second_run.wait()
    until(lambda: visit(stack, plain)[:1] == ("answered",), 15, "both are served")
    assert visit(stack, vip)[:1] == ("answered",)
    began = dict(
        stack.sql(
            "SELECT c.caller, l.offered_at FROM calls_leg l JOIN calls_call c ON c.id = l.call_id"
            " WHERE c.caller IN (%s, %s) AND l.offered_at IS NOT NULL",
            plain,
            vip,
        )
    )
    assert began[vip] < began[plain]


def test_a_flow_asks_for_a_skill_that_relaxes(stack: Stack, sign: Sign) -> None:
    strategy(stack, "linear")
    take([sign("1004")])
    caller, run = dial(stack, SKILLED)
    run.wait()
    until(lambda: visit(stack, caller)[:2] == ("answered", "1004"), 15, lambda: reasons(stack))
    assert visit(stack, caller)[2] >= 5, "nobody who knows it was there"
    take([sign("1005")])
    caller, run = dial(stack, SKILLED)
    run.wait()
    until(lambda: visit(stack, caller)[:2] == ("answered", "1005"), 15, lambda: reasons(stack))
    assert visit(stack, caller)[2] < 5, "who knows it is rung at once, though he is not the first"


def test_a_flow_keeps_a_caller_for_his_agent(stack: Stack, sign: Sign) -> None:
    strategy(stack, "linear")
    take([sign("1004")])
    alone, run = dial(stack, KEPT)
    run.wait()
    until(lambda: visit(stack, alone)[:2] == ("answered", "1004"), 15, lambda: reasons(stack))
    assert visit(stack, alone)[2] < 4, "nobody waits for who is not signed in"
    owner = sign("1006")
    owner.answers(Pause(8000), HangUp())
    first, talk = dial(stack, KEPT)
    until(lambda: visit(stack, first)[:2] == ("answered", "1006"), 15, lambda: reasons(stack))
    second, run = dial(stack, KEPT)
    run.wait()
    until(lambda: visit(stack, second)[:2] == ("answered", "1004"), 15, lambda: reasons(stack))
    assert visit(stack, second)[2] >= 5, "kept for him while he talked"
    talk.wait()
