"""The live board at size: one computation of it in a busy hour, whatever lies in the ledger.

    HUAWU_BENCH_CALLS=10000000 HUAWU_BENCH_KEEP=/var/tmp/reports10 python -m tests.bench.board

PostgreSQL with row-level security in force and the rows of `tests.bench.reports_rows` as history
(a kept folder of that part is used as it is, and left as it was: today's rows are rolled back).
Today so far: 20,000 callers, 100 who wait, 200 who talk, 400 agents signed in. Measured is what one
round does: compute, compare, keep (the cache is memory).
"""

import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

# `make bench` runs it with a million; the large one is asked for.
os.environ.setdefault("HUAWU_BENCH_CALLS", "1000000")

from tests.bench.kept import ROLE, loaded_database
from tests.bench.lookup import set_up
from tests.bench.report import at_most, emit, percentile, say
from tests.bench.reports_rows import AGENTS, QUEUES, ROWS

TODAY, WAITING, TALKING, SIGNED_IN = 20_000, 100, 200, 400
TURNS = 50
LIMIT_S = 0.1


def today() -> None:
    """Add a day of today so far: closed visits, live calls, sessions and open states."""
    from django.db import connection
    from django.utils import timezone

    from apps.acd.models import AgentSession, AgentStateSpan, DistributorBeat, Queue, QueueMember
    from apps.calls.models import Call, Leg, QueueVisit
    from apps.core.tenancy import all_tenants
    from apps.tenants.models import Tenant
    from tests.bench.rows import insert_sql

    with all_tenants("the bench fills its company"), connection.cursor() as cursor:
        tenant = {"tenant_id": str(Tenant.objects.get(slug="bench").pk)}
        first = Queue.objects.order_by("pk").values_list("pk", flat=True)[0]
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT coalesce(max(id), 0) FROM calls_call")
        base = int(cursor.fetchone()[0]) + 1
        queue = f"(7000 + k % {QUEUES})::text"
        spread = f"now() - (k + 1) * interval '1 s' * (8 * 3600.0 / {TODAY})"
        agent = f"1 + k % {SIGNED_IN}"
        closed, live = f"FROM generate_series(0, {TODAY - 1}) k", WAITING + TALKING
        open_ = f"FROM generate_series(0, {live - 1}) k"
        is_waiting = f"k < {WAITING}"
        past = {
            **tenant, "id": f"{base} + k", "node": "'pbx1'", "linkedid": "'today.' || k",
            "dialled": "'4008001000'", "caller": "'13800138000'", "agent_id": agent,
            "queue_number": queue, "outcome": "'answered'", "status": "'ended'",
            "started_at": spread, "ended_at": f"{spread} + interval '200 s'", "talk_ms": "170000",
        }  # fmt: skip
        now_calls = {
            **past, "id": f"{base + TODAY} + k", "linkedid": "'live.' || k", "outcome": "''",
            "status": f"CASE WHEN {is_waiting} THEN 'queued' ELSE 'talking' END",
            "agent_id": f"CASE WHEN {is_waiting} THEN NULL ELSE {agent} END",
            "started_at": "now() - interval '90 s'", "ended_at": "NULL", "talk_ms": "NULL",
        }  # fmt: skip
        visits = {
            **tenant, "call_id": f"{base} + k", "number": "0", "queue_name": "'bench'",
            "queue_number": queue, "joined_at": spread, "left_at": f"{spread} + interval '9 s'",
            "how": "CASE WHEN k % 10 = 0 THEN 'abandoned' ELSE 'answered' END",
            "wait_ms": "k % 40000",
        }  # fmt: skip
        now_visits = {
            **visits, "call_id": f"{base + TODAY} + k", "joined_at": "now() - interval '80 s'",
            "left_at": f"CASE WHEN {is_waiting} THEN NULL ELSE now() END",
            "how": f"CASE WHEN {is_waiting} THEN 'waiting' ELSE 'answered' END",
        }  # fmt: skip
        legs = {
            **tenant, "call_id": f"{base + TODAY} + k", "uniqueid": "'leg.' || k",
            "channel": "'PJSIP/trunk-main-' || lpad(to_hex(k), 8, '0')", "kind": "'agent'",
            "agent_id": f"CASE WHEN {is_waiting} THEN NULL ELSE {agent} END",
            "started_at": "now()", "answered_at": "now()",
        }  # fmt: skip
        staff = f"FROM generate_series(0, {SIGNED_IN - 1}) k"
        session = {
            **tenant, "agent_id": "1 + k", "phone_kind": "'web'", "state": "'ready'",
            "state_since": "now()", "signed_in_at": "now() - interval '4 h'",
        }  # fmt: skip
        span = {
            **tenant, "agent_id": "1 + k", "started_at": "now() - interval '1 min'",
            "state": "(ARRAY['ready','talking','wrap_up','paused'])[1 + k % 4]",
        }  # fmt: skip
        member = {
            **tenant,
            "queue_id": f"{first} + k % {QUEUES}",
            "agent_id": f"1 + k / {QUEUES} % {AGENTS}",
        }
        for model, given, source in (
            (Call, past, closed),
            (Call, now_calls, open_),
            (QueueVisit, visits, closed),
            (QueueVisit, now_visits, open_),
            (Leg, legs, open_),
            (AgentSession, session, staff),
            (AgentStateSpan, span, staff),
            (QueueMember, member, f"FROM generate_series(0, {QUEUES * 100 - 1}) k"),
        ):
            cursor.execute(insert_sql(model, given, source))
        cursor.execute("SET LOCAL session_replication_role = origin")
        DistributorBeat.objects.create(node="pbx1", seen_at=timezone.now() + timedelta(hours=9))
        cursor.execute("ANALYZE")


def measure() -> None:
    """Roll today up as the worker has, then compute rounds, as the ordinary role."""
    from django.core.cache import cache
    from django.db import connection
    from django.utils import timezone

    from apps.acd.expected_waits import mean_talks
    from apps.acd.models import Queue
    from apps.core.long_lived import loaded_kept
    from apps.core.tenancy import all_tenants, tenant_scope
    from apps.live_board.engine.parts import difference
    from apps.live_board.selectors import board_now
    from apps.reports.rollups import rollup_rebuild
    from apps.tenants.models import Tenant

    loaded_kept()  # as the web process does
    with all_tenants("the bench"):
        tenant = Tenant.objects.get(slug="bench")
    day = timezone.localtime().date()
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        rollup_rebuild(tenant.pk, first=day - timedelta(days=1), last=day)
        cursor.execute("ANALYZE")
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        numbers = list(Queue.objects.values_list("number", flat=True))
        begun = time.perf_counter()
        talks = mean_talks(numbers, timezone.now())
        say(f"mean talks of a day, once a minute: {time.perf_counter() - begun:.3f} s")
        last: Any = {}
        times = []
        own = 0.0
        for turn in range(TURNS + 2):
            begun, begun_cpu = time.perf_counter(), time.process_time()
            board = board_now(tenant, talks=talks, alarms={})
            difference(last, board)
            cache.set("bench", board, 30)
            # The first ones warm the caches: a board is computed each second.
            if turn >= 2:
                times.append(time.perf_counter() - begun)
                own += time.process_time() - begun_cpu
            last = board
        say(f"{own / TURNS:.4f} s of our processor")
        blocks_said(lambda: board_now(tenant, talks=talks, alarms={}))
    offered = sum(row["offered"] for row in board["queues"].values())
    waiting = sum(row["waiting"] for row in board["queues"].values())
    if waiting != WAITING or len(board["calls"]) != WAITING + TALKING:
        raise RuntimeError(f"{waiting} wait, {len(board['calls'])} calls: not what was made")
    say(f"{len(board['agents'])} agents, {len(board['calls'])} calls, {offered} offered today")
    p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
    name = f"live board computed, {ROWS['calls']:,} calls in the ledger, p95"
    emit(at_most(name, p95, "s", LIMIT_S, p50, "p50"))


def blocks_said(compute: Callable[[], Any]) -> None:
    """Say what the statements of one round take: they cost the same on a machine that is busy."""
    from django.db import connection

    asked: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        compute()
    blocks, took_ms = 0, 0.0
    with connection.cursor() as cursor:
        for sql, params in asked:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
            (found,) = cursor.fetchone()
            (whole,) = json.loads(found) if isinstance(found, str) else found
            plan = whole["Plan"]
            here = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            ms = whole["Planning Time"] + whole["Execution Time"]
            say(f"{here:,} blocks, {ms:.1f} ms: {plan['Actual Rows']} rows, {sql[:60]}")
            blocks, took_ms = blocks + here, took_ms + ms
    say(f"{len(asked)} statements, {blocks:,} blocks, {took_ms:.1f} ms in the database")


def main() -> None:
    """Run a PostgreSQL with the rows; add today, measure, take today away again."""
    with loaded_database("tests.bench.reports_rows", ROWS) as database:
        set_up(database.url("postgres"))
        from django.db import transaction

        with transaction.atomic():
            today()
            measure()
            transaction.set_rollback(True)


if __name__ == "__main__":
    main()
