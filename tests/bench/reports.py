"""Reports at size: a month's report of every kind and a day's rollup, 10,000,000 calls, 500 agents.

    HUAWU_BENCH_CALLS=1000000 HUAWU_BENCH_KEEP=/var/tmp/reports1 python -m tests.bench.reports
    HUAWU_BENCH_KEEP=/var/tmp/reports10 python -m tests.bench.reports --against /var/tmp/reports1

PostgreSQL, one company (reports_rows.py), signed in as an ordinary role with row-level security in
force. A month is the newest, one in the middle and the oldest of the history. `--against` names the
kept folder of a smaller history that was measured before: what each figure is to its. Not a part of
`make bench`: 10,000,000 calls take 35 GB and half an hour to load.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.kept import ROLE, loaded_database
from tests.bench.lookup import set_up
from tests.bench.report import at_most, emit, percentile, say
from tests.bench.reports_rows import DAYS, ROWS, newest_day

MONTH = 30
TURNS = int(os.environ.get("HUAWU_BENCH_TURNS") or 20)
FIGURES = "reports-figures.json"
# (a row for each, step) of the pages that are measured.
SHAPES = (("item", "day"), ("time", "day"), ("time", "hour"))
# What is read from the ledger itself and not from rollups is asked for less often.
LEDGER_TURNS = 3


def cpu_s() -> float:
    """Return the processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Clock:
    """Times what is asked, and keeps every figure for the comparison of sizes."""

    def __init__(self) -> None:
        self.kept: dict[str, float] = {}

    def timed(self, what: str, limit: float, turns: int, ask: Callable[[], Any]) -> None:
        """Emit the 95th percentile of seconds beside the median; say our own processor time."""
        ask()  # warms the caches: a report is looked at more than once
        times, begun_cpu = [], cpu_s()
        for _turn in range(turns):
            begun = time.perf_counter()
            ask()
            times.append(time.perf_counter() - begun)
        own = (cpu_s() - begun_cpu) / turns
        p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
        say(f"{what}: p50 {p50:.3f} s, p95 {p95:.3f} s, {own:.3f} s of our processor")
        self.kept[what] = p50
        emit(at_most(f"{what}, {ROWS['calls']:,} calls, p95", p95, "s", limit, p50, "p50"))


def months() -> Iterator[tuple[str, Any]]:
    """Yield (name, period) of the newest month, one in the middle and the oldest."""
    from apps.reports.engine.periods import Period

    last, whole = newest_day(), DAYS // MONTH
    for name, back in {"newest": 0, "middle": whole // 2, "oldest": whole - 1}.items():
        end = last - timedelta(days=MONTH * back)
        yield name, Period(end - timedelta(days=MONTH - 1), end)


def measure(url: str, clock: Clock) -> None:
    """Roll the newest day up, one quarter-hour of it, and read reports."""
    set_up(url)
    from apps.accounts.models import User
    from apps.core.tenancy import all_tenants, tenant_scope
    from apps.reports.models import RollupDirty
    from apps.reports.rollups import rollup_rebuild, rollup_tend
    from apps.reports.selectors import TABLES as ROLLED
    from apps.reports.selectors import Asked, kinds_for, report

    with all_tenants("the bench"):
        user = User.objects.select_related("tenant").get(username="admin")
    assert user.tenant_id is not None
    tenant_id = user.tenant_id
    with tenant_scope(tenant_id):
        last = newest_day()
        noon = datetime.combine(last, time_of_day(4), UTC)

        def tend() -> None:
            # What the worker does each 15 seconds of a busy day.
            RollupDirty.objects.create(tenant_id=tenant_id, quarter=noon)
            rollup_tend(tenant_id)

        clock.timed(
            "a day rolled up", 30, 3, lambda: rollup_rebuild(tenant_id, first=last, last=last)
        )
        clock.timed("a quarter-hour rolled up", 2, TURNS, tend)
        for name, month in months():
            for kind in kinds_for(user):
                turns = TURNS if kind in ROLLED else LEDGER_TURNS
                for by, step in SHAPES if kind in ROLLED else SHAPES[:1]:
                    asked = Asked(kind, month, by, step)
                    what = f"{kind} by {step if by == 'time' else 'item'}, {name} month"
                    clock.timed(what, 1.0, turns, partial(report, user=user, asked=asked))
        plans(month)


def plans(month: Any) -> None:
    """Say how the database reads the oldest month of the agents and of a number's lines."""
    from zoneinfo import ZoneInfo

    from apps.reports.engine.periods import bounds
    from apps.reports.models import AgentRollup, LineRollup
    from apps.reports.rollups import sums_query

    since, until = bounds(month, ZoneInfo("Asia/Shanghai"))
    for model, name, more in (
        (AgentRollup, "agent_id", {}),
        (LineRollup, "value", {"dimension": "did"}),
    ):
        for grain in ("d", "q"):
            rows = model.objects.filter(grain=grain, start__gte=since, start__lt=until, **more)
            say(sums_query(model, rows, name).explain(analyze=True, buffers=True))


def compared(clock: Clock, smaller: Path) -> None:
    """Say what each median is to the one of the smaller history."""
    before = json.loads((smaller / FIGURES).read_text("utf-8"))
    for what, seconds in clock.kept.items():
        if what in before:
            then = before[what]
            say(f"{what}: {then:.3f} s -> {seconds:.3f} s, × {seconds / then:.2f}")


def main() -> None:
    """Run a PostgreSQL with the rows, and measure in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="kept folder of a smaller history")
    asked = parser.parse_args()
    clock = Clock()
    with loaded_database("tests.bench.reports_rows", ROWS) as database:
        measure(database.url("postgres", ROLE), clock)
    if kept := os.environ.get("HUAWU_BENCH_KEEP"):
        (Path(kept) / FIGURES).write_text(json.dumps(clock.kept), "utf-8")
    if asked.against:
        compared(clock, asked.against)


if __name__ == "__main__":
    main()
