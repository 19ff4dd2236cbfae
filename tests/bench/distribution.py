"""Who gets which call: what a decision costs, and how soon an idle agent rings on a real Asterisk.

Decision: 1,000 agents in 50 queues, 500 callers waiting, on floors drawn by seeds; baseline: a loop
that looks at every agent and caller once. The same floor on the distributor's board, which looks at
what an event touched. Milliseconds of this thread's processor time.

Idle to ring: the whole product and Asterisk, 20 agents, 10 short calls a second for two minutes.
From the later of "the caller joined" and "the agent's last leg ended" to "his phone rings", by the
ledger, for every offer; baseline: from ringing to answer, which is SIPp's own delay and 200 ms.

Restart: the listener killed while ten callers wait; from its start to the first ring; baseline:
from its start to its log-in, which is Python's and Django's.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from apps.acd.engine.board import Board
from apps.acd.engine.decide import decide
from apps.acd.engine.floor import (
    LONGEST_IDLE,
    READY,
    RING_ALL,
    STRATEGIES,
    Agent,
    Floor,
    Membership,
    Need,
    Queue,
    Waiting,
)
from apps.acd.engine.rows import AgentRow, Joined, QueueRow
from tests.bench.report import Figure, at_most, emit, percentile, say
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, WaitBye, answerer_scenario, caller_scenario, register_scenario

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
FLOORS, ROUNDS = 20, 25
DECISION_AIM_MS = 2.0
AGENTS, RATE, CALLS = 20, 10.0, 1_200
RING_MS, TALK_MS = 200, 800
RING_AIM_MS = 300.0
RESTART_AIM_S = 3.0
DID, QUEUE = "4008002000", "7002"
MAKE = """
from apps.accounts.choices import Role
from apps.accounts.models import Agent, Department, User
from apps.acd.models import Queue, QueueMember
from apps.acd.services import agent_sign_in, agent_sign_out
from apps.core.tenancy import all_tenants
with all_tenants("the bench's agents"):
    queue = Queue.objects.get(tenant__slug="demo", number={queue!r})
    queue.wrap_up_s, queue.ring_timeout_s, queue.max_wait_s = 0, 30, 600
    queue.save()
    for agent in Agent.objects.filter(memberships__queue=queue):
        agent_sign_out(agent=agent)
    for number in {numbers!r}:
        user = User.objects.create(
            username=number, tenant=queue.tenant, role=Role.AGENT, department=queue.department
        )
        agent = Agent(tenant=queue.tenant, user=user, number=number, sip_username=number)
        agent.set_sip_password("bench-" + number)
        agent.save()
        QueueMember.objects.create(tenant=queue.tenant, queue=queue, agent=agent)
"""
SIGN_IN = """
from apps.accounts.models import Agent
from apps.acd.services import agent_sign_in
from apps.core.tenancy import all_tenants
with all_tenants("the bench's agents"):
    for agent in Agent.objects.filter(number__in={numbers!r}):
        agent_sign_in(agent=agent, phone="desk")
"""
LEGS = """
SELECT a.number, v.joined_at, l.offered_at, r.at, l.answered_at, l.ended_at
FROM calls_leg l JOIN calls_call c ON c.id = l.call_id JOIN accounts_agent a ON a.id = l.agent_id
JOIN calls_queuevisit v ON v.call_id = c.id
JOIN calls_callfact r ON r.uniqueid = l.uniqueid AND r.kind = 'leg_ringing'
WHERE l.offered_at IS NOT NULL AND l.ended_at IS NOT NULL ORDER BY l.offered_at
"""


def made_floor(seed: int, free: int) -> Floor:
    """Return 1,000 agents, `free` of them ready, in 50 queues, and 500 callers."""
    draw = Random(seed)
    names, ids = [f"q{n}" for n in range(50)], [f"a{n}" for n in range(1_000)]
    ready = set(draw.sample(ids, free))
    strategies = sorted(STRATEGIES - {RING_ALL})
    return Floor(
        agents={
            name: Agent(
                id=name,
                state=READY if name in ready else "talking",
                idle_since=NOW - timedelta(seconds=draw.random() * 3_600),
                queues={queue: Membership(draw.randrange(2), n) for queue in draw.sample(names, 3)},
                skills={"english": draw.randrange(101)},
                taken=draw.randrange(30),
            )
            for n, name in enumerate(ids)
        },
        queues={name: Queue(name, strategies[n % len(strategies)]) for n, name in enumerate(names)},
        waiting=tuple(
            Waiting(
                id=f"c{n}",
                queue=draw.choice(names),
                joined_at=NOW - timedelta(seconds=draw.random() * 300),
                needs=(Need("english", ((0, 0.5), (60, 0))),) if draw.random() < 0.3 else (),
            )
            for n in range(500)
        ),
    )


def times_ms(floors: list[Floor], run: Callable[[Floor], object]) -> list[float]:
    """Return what each run took."""
    taken = []
    for _ in range(ROUNDS):
        for floor in floors:
            begun = time.thread_time()
            run(floor)
            taken.append((time.thread_time() - begun) * 1_000)
    return taken


def made_board() -> Board:
    """Return the board of 1,000 talking agents in 50 queues and 500 callers, once decided."""
    draw = Random(1)
    names = [f"q{n}" for n in range(50)]
    board = Board()
    agents = [
        AgentRow(
            id=f"a{n}",
            phone=f"a{n}",
            endpoints=(f"a{n}", f"a{n}-web"),
            is_paused=False,
            wish_since=NOW - timedelta(seconds=600),
            queues={queue: Membership(draw.randrange(2), n) for queue in draw.sample(names, 3)},
        )
        for n in range(1_000)
    ]
    board.rows(agents, [QueueRow(name, LONGEST_IDLE) for name in names])
    for agent in agents:
        board.device(agent.phone, "INUSE", NOW)
    for n in range(500):
        at = NOW - timedelta(seconds=draw.random() * 300)
        board.joined(Joined(f"c{n}", f"PJSIP/c{n}", draw.choice(names), at))
    board.step(NOW)
    return board


def board_steps() -> None:
    """Measure what the distributor does when one agent becomes free: the whole board's step."""
    taken: list[float] = []
    for _ in range(5):
        board = made_board()
        for n in range(200):
            now = NOW + timedelta(milliseconds=10 * n)
            board.device(f"a{n}", "NOT_INUSE", now)
            begun = time.thread_time()
            orders = board.step(now).orders
            taken.append((time.thread_time() - begun) * 1_000)
            if not orders:
                raise RuntimeError("nobody was rung")
    base = times_ms([made_floor(1, 20)], look)
    name = "the board's step, 1,000 agents, 500 waiting, one agent comes free"
    emit(Figure(f"{name}: p50", percentile(taken, 0.5), "ms"))
    against = "a look at everybody once, p99"
    p99 = percentile(taken, 0.99)
    emit(at_most(f"{name}: p99", p99, "ms", DECISION_AIM_MS, percentile(base, 0.99), against))


def look(floor: Floor) -> int:
    """Look at everybody once."""
    free = sum(agent.state == READY for agent in floor.agents.values())
    return free + sum(call.queue in floor.queues for call in floor.waiting)


def decision() -> None:
    """Measure decisions: with few free, as when many wait, and with everybody free at once."""
    for free, text, has_aim in ((20, "20 agents free", True), (1_000, "all agents free", False)):
        floors = [made_floor(seed, free) for seed in range(FLOORS)]
        ours, base = times_ms(floors, lambda one: decide(one, NOW)), times_ms(floors, look)
        p50, p99, base_p99 = percentile(ours, 0.5), percentile(ours, 0.99), percentile(base, 0.99)
        name = f"decision, 1,000 agents, 50 queues, 500 waiting, {text}"
        emit(Figure(f"{name}: p50", p50, "ms"))
        against = "a look at everybody once, p99"
        if has_aim:
            emit(at_most(f"{name}: p99", p99, "ms", DECISION_AIM_MS, base_p99, against))
        else:
            emit(Figure(f"{name}: p99", p99, "ms", baseline=base_p99, baseline_name=against))


def idle_to_ring() -> None:
    """Measure the whole product."""
    numbers = [str(3_001 + n) for n in range(AGENTS)]
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as folder:
        stack = Stack(Path(folder) / "stack")
        try:
            stack.start()
            until(lambda: "distributing" in stack.log("ami"), 20, "the distributor is there")
            stack.manage("shell", "--no-imports", "-c", MAKE.format(queue=QUEUE, numbers=numbers))
            port = free_phone_port("127.0.0.1")
            shown = "pjsip show endpoints"
            until(lambda: numbers[-1] in stack.asterisk.cli(shown), 20, "the phones are known")
            for number in numbers:
                scenario = register_scenario(number, f"bench-{number}", number)
                stack.sipp.start(scenario, ip="127.0.0.1", port=port).wait(15)
            stack.manage("shell", "--no-imports", "-c", SIGN_IN.format(numbers=numbers))
            say("agents are signed in")
            _storm(stack, port)
            _report(stack)
        finally:
            stack.stop()


def restart() -> None:
    """Measure how long ten callers wait for a killed listener, from its start to the first ring."""
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as folder:
        stack = Stack(Path(folder) / "stack")
        try:
            stack.start()
            until(lambda: "distributing" in stack.log("ami"), 20, "the distributor is there")
            numbers = ["3001"]
            stack.manage("shell", "--no-imports", "-c", MAKE.format(queue=QUEUE, numbers=numbers))
            port = free_phone_port("127.0.0.1")
            shown = "pjsip show endpoints"
            until(lambda: "3001" in stack.asterisk.cli(shown), 20, "the phone is known")
            register = register_scenario("3001", "bench-3001", "3001")
            stack.sipp.start(register, ip="127.0.0.1", port=port).wait(15)
            _restart(stack, port, numbers)
        finally:
            stack.stop()


def _restart(stack: Stack, port: int, numbers: list[str]) -> None:
    scenario = caller_scenario([WaitBye(120_000)], caller="1362[call_number]")
    callers = stack.sipp.start(scenario, service=DID, calls=10, rate=10, at_once=10)
    waiting = "SELECT count(*) FROM calls_queuevisit WHERE how = 'waiting'"
    until(lambda: stack.sql(waiting) == [(10,)], 30, "ten wait")
    phones = answerer_scenario([Pause(TALK_MS), HangUp()], ring_ms=RING_MS)
    stack.sipp.start(phones, ip="127.0.0.1", port=port, calls=10, at_once=2)
    stack.kill("ami")
    stack.manage("shell", "--no-imports", "-c", SIGN_IN.format(numbers=numbers))
    links = stack.log("ami").count("manager link up")
    begun = datetime.now(UTC)
    stack.run("ami")
    until(lambda: stack.log("ami").count("manager link up") > links, 30, "the link is up")
    linked_s = (datetime.now(UTC) - begun).total_seconds()
    rung = "SELECT min(at) FROM calls_callfact WHERE kind = 'offered' AND at > %s"
    until(lambda: stack.sql(rung, begun) != [(None,)], 30, "somebody is rung")
    ((first,),) = stack.sql(rung, begun)
    callers.wait(60)
    stack.wait_ledger_quiet(60)
    answered = "SELECT count(*) FROM calls_queuevisit WHERE how = 'answered'"
    emit(Figure("listener killed under 10 waiting: answered", stack.sql(answered)[0][0], "calls"))
    emit(
        at_most(
            "listener killed under 10 waiting: its start to the first ring",
            (first - begun).total_seconds(),
            "s",
            RESTART_AIM_S,
            linked_s,
            "its start to the link",
        )
    )


def _storm(stack: Stack, port: int) -> None:
    phones = answerer_scenario([Pause(TALK_MS), HangUp()], ring_ms=RING_MS)
    stack.sipp.start(phones, ip="127.0.0.1", port=port, calls=CALLS * 2, at_once=AGENTS * 2)
    callers = stack.sipp.start(
        caller_scenario([WaitBye(120_000)], caller="1361[call_number]"),
        service=DID,
        calls=CALLS,
        rate=RATE,
        at_once=400,
    )
    callers.wait(CALLS / RATE + 120)
    stack.wait_ledger_quiet(60)


def _report(stack: Stack) -> None:
    waits, answers = [], []
    ended: dict[str, datetime] = {}
    rows = stack.sql(LEGS)
    for number, joined_at, _offered_at, ringing_at, answered_at, ended_at in rows:
        both = max(joined_at, ended.get(number, joined_at))
        waits.append((ringing_at - both).total_seconds() * 1_000)
        if answered_at:
            answers.append((answered_at - ringing_at).total_seconds() * 1_000)
        ended[number] = ended_at
    ((answered,),) = stack.sql("SELECT count(*) FROM calls_queuevisit WHERE how = 'answered'")
    emit(Figure("20 agents, 10 calls/s: answered of 1,200", float(answered), "calls"))
    emit(Figure("20 agents, 10 calls/s: idle to ring, p50", percentile(waits, 0.5), "ms"))
    emit(
        at_most(
            "20 agents, 10 calls/s: idle to ring, p95",
            percentile(waits, 0.95),
            "ms",
            RING_AIM_MS,
            percentile(answers, 0.95),
            "ringing to answer, p95",
        )
    )


def main() -> int:
    """Run both."""
    decision()
    board_steps()
    idle_to_ring()
    restart()
    return 0


if __name__ == "__main__":
    sys.exit(main())
