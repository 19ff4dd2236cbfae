"""Reports at size: a month's report and a day's rollup, 10,000,000 calls, 500 agents.

    HUAWU_BENCH_CALLS=1000000 python -m tests.bench.reports

PostgreSQL, one company, 30,000 calls a day back from yesterday, each with a queue visit and two
legs, and 100 states a day of each agent, signed in with row-level security in force. The rollups of
one day are made from the ledger by the product; those of the other days are copies of them by SQL,
so that the tables have their size (making all would take an hour and measure the same).
Not a part of `make bench`.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

from tests.bench.lookup import set_up
from tests.bench.report import at_most, emit, percentile, say
from tools.servers import Postgres

CALLS = int(os.environ.get("HUAWU_BENCH_CALLS") or 10_000_000)
A_DAY, AGENTS, QUEUES, STATES_A_DAY = 30_000, 500, 20, 100
DAYS = max(31, CALLS // A_DAY)
# Fewer days of the ledger than of rollups: reports read only these (the figures say so).
LEDGER_DAYS = int(os.environ.get("HUAWU_BENCH_LEDGER_DAYS") or DAYS)
MONTH = 30
ROLE = "huawu_bench"
TURNS = 5


def fill() -> None:
    """Migrate, protect, load; as superuser."""
    from django.core.management import call_command
    from django.db import connection

    from apps.accounts.choices import Role
    from apps.accounts.models import Agent, User
    from apps.acd.models import AgentStateSpan, Queue
    from apps.calls.models import Call, Leg, QueueVisit
    from apps.core.management.commands.row_level_security import (
        INDEXED,
        leakproof_sql,
        row_level_security_sql,
    )
    from apps.core.tenancy import all_tenants
    from apps.tenants.models import Tenant
    from tests.bench.rows import insert_sql

    call_command("migrate", verbosity=0, skip_checks=True)
    with all_tenants("the bench fills its company"), connection.cursor() as cursor:
        tenant = Tenant.objects.create(slug="bench", name="Bench")
        User.objects.create(tenant=tenant, username="admin", role=Role.ADMIN, password="!")
        for n in range(QUEUES):
            Queue.objects.create(tenant=tenant, number=str(7000 + n), name=f"Queue {n}")
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")
        people = {"id": "1000 + n", "tenant_id": str(tenant.pk), "username": "'agent' || n"}
        agents = {
            "id": "n",
            "tenant_id": str(tenant.pk),
            "user_id": "1000 + n",
            "number": "(10000 + n)::text",
            "sip_username": "(10000 + n)::text",
        }
        # Eight working hours of each day, from 01:00 UTC (09:00 in Shanghai).
        day = "date_trunc('day', now()) - (1 + k / {a_day}) * interval '1 day'"
        at = f"{day.format(a_day=A_DAY)} + interval '1 hour' + (k % {A_DAY}) * interval '0.96 s'"
        agent, queue = f"1 + (k::bigint * 7919) % {AGENTS}", f"(7000 + k % {QUEUES})::text"
        common = {"tenant_id": str(tenant.pk)}
        calls = {
            **common,
            "id": "k + 1",
            "node": "'pbx1'",
            "linkedid": "'bench.' || k",
            "dialled": "'400800' || 1000 + k % 50",
            "caller": "'13800138000'",
            "agent_id": agent,
            "queue_number": queue,
            "outcome": "CASE WHEN k % 10 = 0 THEN 'abandoned' ELSE 'answered' END",
            "status": "'ended'",
            "started_at": at,
            "answered_at": f"{at} + interval '20 s'",
            "ended_at": f"{at} + interval '200 s'",
            "wait_ms": "k % 40000",
            "talk_ms": "170000",
        }
        visits = {
            **common,
            "call_id": "k + 1",
            "number": "0",
            "queue_name": f"'bench-' || {queue}",
            "queue_number": queue,
            "joined_at": f"{at} + interval '3 s'",
            "how": "CASE WHEN k % 10 = 0 THEN 'abandoned' ELSE 'answered' END",
            "wait_ms": "k % 40000",
            "agent_id": agent,
        }
        caller = {
            **common,
            "call_id": "k + 1",
            "uniqueid": "'bench.' || k",
            "channel": "'PJSIP/trunk-main-' || lpad(to_hex(k), 8, '0')",
            "kind": "'caller'",
            "started_at": at,
            "ended_at": f"{at} + interval '200 s'",
        }
        served = {
            **caller,
            "uniqueid": "'bench.' || k || '-a'",
            "channel": "'PJSIP/10001-' || lpad(to_hex(k), 8, '0')",
            "kind": "'agent'",
            "agent_id": agent,
            "offered_at": f"{at} + interval '15 s'",
            "result": "CASE WHEN k % 10 = 0 THEN 'not_answered' ELSE 'connected' END",
        }
        span_at = (
            f"date_trunc('day', now()) - (1 + k / ({AGENTS * STATES_A_DAY})) * interval '1 day'"
            f" + interval '1 hour' + (k / {AGENTS} % {STATES_A_DAY}) * interval '288 s'"
        )
        spans = {
            **common,
            "agent_id": f"1 + k % {AGENTS}",
            "state": "(ARRAY['ready','talking','wrap_up','paused'])[1 + k / 500 % 4]",
            "queue_number": "CASE WHEN k / 500 % 4 IN (1, 2) THEN '7001' ELSE '' END",
            "started_at": span_at,
            "ended_at": f"{span_at} + interval '288 s'",
        }
        n_spans = LEDGER_DAYS * AGENTS * STATES_A_DAY
        for model, given, source in (
            (User, people, f"FROM generate_series(1, {AGENTS}) n"),
            (Agent, agents, f"FROM generate_series(1, {AGENTS}) n"),
            (Call, calls, f"FROM generate_series(0, {LEDGER_DAYS * A_DAY - 1}) k"),
            (QueueVisit, visits, f"FROM generate_series(0, {LEDGER_DAYS * A_DAY - 1}) k"),
            (Leg, caller, f"FROM generate_series(0, {LEDGER_DAYS * A_DAY - 1}) k"),
            (Leg, served, f"FROM generate_series(0, {LEDGER_DAYS * A_DAY - 1}) k"),
            (AgentStateSpan, spans, f"FROM generate_series(0, {n_spans - 1}) k"),
        ):
            begun = time.monotonic()
            cursor.execute(insert_sql(model, given, source))
            say(f"{model.__name__}: {cursor.rowcount:,} rows in {time.monotonic() - begun:.0f} s")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute(row_level_security_sql())
        cursor.execute(leakproof_sql(list(INDEXED)))
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
        cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")


def cpu_s() -> float:
    """Return the processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(what: str, limit: float, turns: int, ask: Callable[[], Any]) -> None:
    """Emit the 95th percentile of seconds, and say this process's own processor time."""
    times, begun_cpu = [], cpu_s()
    for _turn in range(turns):
        begun = time.perf_counter()
        ask()
        times.append(time.perf_counter() - begun)
    own = (cpu_s() - begun_cpu) / turns
    say(f"{what}: {own:.3f} s of our processor, {min(times):.3f} s at best")
    name = f"{what}, rollups of {DAYS * A_DAY:,} calls, {LEDGER_DAYS * A_DAY:,} in the ledger, p95"
    emit(at_most(name, percentile(times, 0.95), "s", limit, own, "our own processor time"))


def measure(url: str) -> None:
    """Roll a day and a month up, copy the month back in time, read reports."""
    set_up(url)
    from django.db import connection

    from apps.accounts.models import User
    from apps.core.tenancy import all_tenants, tenant_scope
    from apps.reports.engine.columns import AGENTS as AGENTS_WORK
    from apps.reports.engine.columns import ATTENDANCE, NUMBERS
    from apps.reports.engine.columns import QUEUES as QUEUES_REPORT
    from apps.reports.engine.periods import Period
    from apps.reports.models import ROLLUPS, RollupDirty
    from apps.reports.rollups import rollup_rebuild, rollup_tend
    from apps.reports.selectors import Asked, report
    from tests.bench.rows import insert_sql

    with all_tenants("the bench"):
        user = User.objects.select_related("tenant").get(username="admin")
    assert user.tenant_id is not None
    # As the rows were made; the process's own zone is the product's.
    last = datetime.now(UTC).date() - timedelta(days=1)
    with tenant_scope(user.tenant_id):
        timed(
            "a day rolled up", 30, 3, lambda: rollup_rebuild(user.tenant_id, first=last, last=last)
        )
        # What the worker does each 15 seconds of a busy day.
        noon = datetime.combine(last, time_of_day(4), UTC)

        def tend() -> None:
            RollupDirty.objects.create(tenant_id=user.tenant_id, quarter=noon)
            assert user.tenant_id is not None
            rollup_tend(user.tenant_id)

        timed("a quarter-hour rolled up", 2, 5, tend)
        with connection.cursor() as cursor:
            for model in ROLLUPS:
                names = [f.column for f in model._meta.concrete_fields if not f.primary_key]
                given = {name: f'"{name}"' for name in names}
                given["start"] = "start - m * interval '1 day'"
                source = f"FROM {model._meta.db_table}, generate_series(1, {DAYS - 1}) m"
                cursor.execute(insert_sql(model, given, source))
            for model in ROLLUPS:
                cursor.execute(f"ANALYZE {model._meta.db_table}")
                say(f"{model.__name__}: {model.objects.count():,} rows")
        for earlier in sorted({0, DAYS // MONTH // 2, DAYS // MONTH - 1}):
            end = last - timedelta(days=MONTH * earlier)
            month = Period(end - timedelta(days=MONTH - 1), end)
            for kind in (QUEUES_REPORT, AGENTS_WORK, ATTENDANCE, NUMBERS):
                for by, step in (("item", "day"), ("time", "day"), ("time", "hour")):
                    asked = Asked(kind, month, by, step)
                    what = f"{kind} by {step if by == 'time' else 'item'}, {earlier} months ago"
                    timed(what, 1.0, TURNS, lambda asked=asked: report(user=user, asked=asked))
        plans(month)


def plans(month: Any) -> None:
    """Say how the database reads the largest of them."""
    from zoneinfo import ZoneInfo

    from apps.reports.engine.periods import bounds
    from apps.reports.models import AgentRollup
    from apps.reports.rollups import sums_query

    since, until = bounds(month, ZoneInfo("Asia/Shanghai"))
    rows = AgentRollup.objects.filter(grain="d", start__gte=since, start__lt=until)
    say(sums_query(AgentRollup, rows, "agent_id").explain(analyze=True, buffers=True))


def main() -> None:
    """Run a PostgreSQL of our own, fill it in another process, measure in this one."""
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        os.environ["HUAWU_DATA_DIR"] = name
        database = Postgres(Path(name) / "postgres")
        database.start()
        try:
            subprocess.run(
                [sys.executable, "-m", "tests.bench.reports", "fill", database.url("postgres")],
                check=True,
                stdout=sys.stderr,
            )
            measure(database.url("postgres", ROLE))
        finally:
            database.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["fill"]:
        set_up(sys.argv[2])
        fill()
    else:
        main()
