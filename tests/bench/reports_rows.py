"""The ledger and the rollups that tests/bench/reports.py reads.

30,000 calls and 50,000 states a day. Every day is the same, back from yesterday (UTC), and ends
before midnight: so the rollups of one day, made by the product, are those of every other, moved.
They are copied by one INSERT a table, and `moved_days_checked` asks the product whether they are
what it would have made.
"""

import os
import sys
import time
from datetime import UTC, date, datetime, timedelta

from tests.bench.lookup import set_up
from tests.bench.report import say

CALLS = int(os.environ.get("HUAWU_BENCH_CALLS") or 10_000_000)
A_DAY, AGENTS, QUEUES, STATES_A_DAY, NUMBERS, DISPOSITIONS = 30_000, 500, 20, 100, 50, 10
REGIONS = "ARRAY['广东省深圳市', '北京市', '浙江省杭州市', '四川省成都市', '']"
# A month, the one before it, and the days that a report compares them with.
DAYS = max(33, -(-CALLS // A_DAY))
ROWS = {"calls": DAYS * A_DAY, "states": DAYS * AGENTS * STATES_A_DAY}
# Eight working hours of each day, from 01:00 UTC (09:00 in Shanghai).
DAY = "date_trunc('day', now()) - (1 + k / {a_day}) * interval '1 day' + interval '1 hour'"


def calls_load(tenant_id: int) -> None:
    """Load calls, each with a stay, two legs, and every third with a disposition."""
    from apps.calls.models import Call, Leg, QueueVisit
    from apps.dispositions.models import CallDisposition, Disposition
    from tests.bench.filling import insert, without_indexes

    at = f"{DAY.format(a_day=A_DAY)} + (k % {A_DAY}) * interval '0.96 s'"
    agent, queue = f"1 + (k::bigint * 7919) % {AGENTS}", f"(7000 + k % {QUEUES})::text"
    source = f"FROM generate_series(0, {DAYS * A_DAY - 1}) k"
    common = {"tenant_id": str(tenant_id)}
    # The same of every day: else a day's rollups would not be another's.
    wait = f"k % {A_DAY}"
    how = "CASE WHEN k % 10 = 0 THEN 'abandoned' ELSE 'answered' END"
    calls = {
        **common,
        "id": "k + 1",
        "node": "'pbx1'",
        "linkedid": "'bench.' || k",
        "dialled": f"'400800' || 1000 + k % {NUMBERS}",
        "caller": "'13800138000'",
        "caller_lookup": "'+8613800138000'",
        "caller_region": f"({REGIONS})[1 + k % 5]",
        "agent_id": agent,
        "queue_number": queue,
        "outcome": how,
        "status": "'ended'",
        "started_at": at,
        "answered_at": f"{at} + interval '20 s'",
        "ended_at": f"{at} + interval '200 s'",
        "wait_ms": wait,
        "talk_ms": "170000",
    }
    visits = {
        **common,
        "call_id": "k + 1",
        "number": "0",
        "queue_name": f"'bench-' || {queue}",
        "queue_number": queue,
        "joined_at": f"{at} + interval '3 s'",
        "how": how,
        "wait_ms": wait,
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
    first = f"(SELECT min(id) FROM {Disposition._meta.db_table})"  # noqa: S608 - a table's name
    said = {
        **common,
        "call_id": "k + 1",
        "disposition_id": f"{first} + k % {DISPOSITIONS}",
        "agent_id": agent,
        "chosen_at": f"{at} + interval '230 s'",
    }
    with without_indexes(Call, QueueVisit, Leg, CallDisposition):
        insert(Call, calls, source)
        insert(QueueVisit, visits, source)
        insert(Leg, caller, source)
        insert(Leg, served, source)
        insert(CallDisposition, said, f"{source} WHERE k % 3 = 0")


def states_load(tenant_id: int) -> None:
    """Load what the agents did: four states in turn, each of 288 s."""
    from apps.acd.models import AgentStateSpan
    from tests.bench.filling import insert, without_indexes

    at = DAY.format(a_day=AGENTS * STATES_A_DAY)
    at += f" + (k / {AGENTS} % {STATES_A_DAY}) * interval '288 s'"
    spans = {
        "tenant_id": str(tenant_id),
        "agent_id": f"1 + k % {AGENTS}",
        "state": "(ARRAY['ready','talking','wrap_up','paused'])[1 + k / 500 % 4]",
        "queue_number": "CASE WHEN k / 500 % 4 IN (1, 2) THEN '7001' ELSE '' END",
        "started_at": at,
        "ended_at": f"{at} + interval '288 s'",
    }
    with without_indexes(AgentStateSpan):
        insert(AgentStateSpan, spans, f"FROM generate_series(0, {ROWS['states'] - 1}) k")


def company_load() -> int:
    """Make the company, its people, queues and dispositions; return its id."""
    from apps.accounts.choices import Role
    from apps.accounts.models import Agent, User
    from apps.acd.models import Queue
    from apps.dispositions.models import Disposition
    from apps.tenants.models import Tenant
    from tests.bench.filling import insert

    tenant = Tenant.objects.create(slug="bench", name="Bench")
    User.objects.create(tenant=tenant, username="admin", role=Role.ADMIN, password="!")
    for n in range(QUEUES):
        Queue.objects.create(tenant=tenant, number=str(7000 + n), name=f"Queue {n}")
    for n in range(DISPOSITIONS):
        Disposition.objects.create(tenant=tenant, name=f"Disposition {n}")
    source = f"FROM generate_series(1, {AGENTS}) n"
    people = {"id": "1000 + n", "tenant_id": str(tenant.pk), "username": "'agent' || n"}
    agents = {
        "id": "n",
        "tenant_id": str(tenant.pk),
        "user_id": "1000 + n",
        "number": "(10000 + n)::text",
        "sip_username": "(10000 + n)::text",
    }
    insert(User, people, source)
    insert(Agent, agents, source)
    return tenant.pk


def newest_day() -> date:
    """Return the ledger's last day, in UTC and Shanghai alike."""
    from apps.calls.models import Call

    newest = Call.objects.order_by("-started_at").values_list("started_at", flat=True)[0]
    return newest.astimezone(UTC).date()


def rollups_load(tenant_id: int) -> None:
    """Roll the newest day up by the product, and copy it to every day before."""
    from django.db import connection, models

    from apps.reports.models import ROLLUPS
    from apps.reports.rollups import rollup_rebuild
    from tests.bench.rows import insert_sql

    last = newest_day()
    begun = time.monotonic()
    rollup_rebuild(tenant_id, first=last, last=last)
    say(f"a day rolled up in {time.monotonic() - begun:.1f} s")
    with connection.cursor() as cursor:
        # The product's connection has the limit of a page.
        cursor.execute("SET statement_timeout = 0")
        for model in ROLLUPS:
            given = {
                str(field.column): f"\"{field.column}\" - m * interval '1 day'"
                if isinstance(field, models.DateTimeField)
                else f'"{field.column}"'
                for field in model._meta.concrete_fields
                if not field.primary_key
            }
            begun = time.monotonic()
            source = f"FROM {model._meta.db_table}, generate_series(1, {DAYS - 1}) m"
            cursor.execute(insert_sql(model, given, source))
            took = time.monotonic() - begun
            say(f"{model._meta.db_table}: {cursor.rowcount:,} rows in {took:.0f} s")


def moved_days_checked(tenant_id: int) -> None:
    """Ask the product of the oldest, the middle and the newest day; raise unless all is equal."""
    from apps.reports.check import rollup_check

    last = newest_day()
    for back in (0, DAYS // 2, DAYS - 1):
        day = last - timedelta(days=back)
        wrong = list(rollup_check(tenant_id, day))
        if wrong:
            raise RuntimeError(f"{day}: {len(wrong)} rows are not the ledger's, as {wrong[0]}")
        say(f"{day}: the rollups are the ledger's")


def load() -> None:
    """Migrate, load, roll up, protect; as superuser."""
    from apps.core.tenancy import all_tenants, tenant_scope
    from tests.bench.filling import prepare, protect, settle

    begun = datetime.now(UTC)
    prepare()
    with all_tenants("the bench fills its company"):
        tenant_id = company_load()
        calls_load(tenant_id)
        states_load(tenant_id)
    protect()
    settle()
    with tenant_scope(tenant_id):
        rollups_load(tenant_id)
        moved_days_checked(tenant_id)
    settle()
    say(f"loaded in {datetime.now(UTC) - begun}")


if __name__ == "__main__":
    set_up(sys.argv[1])
    load()
