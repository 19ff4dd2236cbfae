"""Import 500,000 customers, 1 % of them broken, on PostgreSQL by a real Celery worker.

    python -m tests.bench.imports [rows] [csv|xlsx|cancel|kill|calamine ...]

Not a part of `make bench`: it takes many minutes. `csv` and `xlsx` are imported to the end; of
every row it is said where it is: in the database or in the file of faults. `cancel` stops a CSV
half-way and undoes it, `kill` ends the worker half-way (SIGKILL, all its processes) and starts
another. Memory is that of the process that does the tasks. `calamine` is the reader that was not
taken (ADR 0018).
"""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.report import Figure, emit, say
from tests.celery_worker import CeleryWorker
from tools.bootstrap import translations
from tools.paths import ROOT
from tools.servers import Postgres, Redis

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.imports.models import ImportRun

ROWS = 500_000
BROKEN_EVERY, FIRST_BROKEN = 100, 7
HEADER = ["客户姓名", "联系人", "手机", "固话", "邮箱", "等级", "标签", "省份", "城市", "地址",
          "客户编号", "备注"]  # fmt: skip
POLL_S = 0.2
LONGEST_S = 4 * 3600
TEND_S = 30.0


def rows(amount: int) -> Iterator[list[str]]:
    """Yield a header and rows of 12 columns, each hundredth with a wrong number."""
    yield HEADER
    for at in range(amount):
        broken = at % BROKEN_EVERY == FIRST_BROKEN
        yield [
            "" if broken and at % 2 else f"客户{at}",
            f"联系人{at % 977}",
            "不知道" if broken else str(13_000_000_000 + at),
            f"010-{20_000_000 + at}",
            f"user{at}@example.com",
            "VIP" if at % 50 == 0 else "普通",
            f"标签{at % 9};重点" if at % 3 == 0 else "",
            "广东省",
            "深圳市",
            f"南山区科技路{at}号",
            f"K{at:08d}",
            f"第{at}位客户，来自旧系统",
        ]


def broken_in(amount: int) -> int:
    """Return how many of the first so many rows are broken."""
    return len(range(FIRST_BROKEN, amount, BROKEN_EVERY))


def file_made(folder: Path, kind: str, amount: int) -> Path:
    """Write the file."""
    path = folder / f"customers.{kind}"
    if kind == "csv":
        with path.open("w", encoding="gb18030", newline="") as target:
            csv.writer(target).writerows(rows(amount))
        return path
    import xlsxwriter

    # With shared strings, as Excel saves: the harder case for who reads.
    book = xlsxwriter.Workbook(str(path), {"constant_memory": False, "tmpdir": str(folder)})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows(amount)):
        sheet.write_row(at, 0, row)
    book.close()
    return path


def calamine(path: Path) -> None:
    """Read the workbook with python-calamine alone: what its memory is."""
    import python_calamine

    begun, count = time.monotonic(), 0
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    for _row in book.get_sheet_by_index(0).iter_rows():
        count += 1
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"s": time.monotonic() - begun, "rss": most, "rows": count}))  # noqa: T201 - the bench reads it


@dataclass
class Bench:
    """One company on real servers, and the worker that imports its files."""

    folder: Path
    amount: int
    worker: CeleryWorker
    files: dict[str, Path] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)

    def file_of(self, kind: str) -> Path:
        """Return the file of a kind, made at the first use by a process of its own."""
        if kind not in self.files:
            say(f"making customers.{kind} with {self.amount} rows")
            make = [sys.executable, "-m", "tests.bench.imports", "make", kind]
            subprocess.run([*make, str(self.folder), str(self.amount)], check=True, cwd=ROOT)
            self.files[kind] = self.folder / f"customers.{kind}"
        return self.files[kind]

    def person(self, name: str) -> "User":
        """Return the admin of a new company."""
        from apps.accounts.choices import Role
        from apps.accounts.models import User
        from apps.core.tenancy import all_tenants
        from apps.tenants.models import Tenant

        with all_tenants("bench"):
            tenant = Tenant.objects.create(slug=name, name=name)
            user: User = User.objects.create(username=name, tenant=tenant, role=Role.ADMIN)
        return user

    def read(self, user: "User", kind: str) -> "ImportRun":
        """Upload a file and have the worker read it."""
        from apps.imports import services
        from apps.imports.tasks import import_work_later

        path = self.file_of(kind)
        with path.open("rb") as source:
            run = services.import_upload(
                user=user,
                target="customers",
                file_name=path.name,
                pieces=iter(lambda: source.read(1 << 20), b""),
            )
        begun = time.monotonic()
        import_work_later(run)
        self.followed(run)
        self.told(f"{kind}: read", self.amount / (time.monotonic() - begun), "rows/s")
        self.told(f"{kind}: memory at most, read", self.worker.memory_mb()[1], "MB")
        return run

    def start(self, run: "ImportRun", user: "User") -> None:
        """Have it imported."""
        from apps.imports import services
        from apps.imports.tasks import import_work_later

        import_work_later(services.import_start(run=run, user=user))

    def followed(
        self, run: "ImportRun", is_enough: "Callable[[ImportRun], bool]" = lambda _run: False
    ) -> dict[int, tuple[float, float]]:
        """Wait until the job is done, or enough; return memory (now, at most) by tenth done."""
        found: dict[int, tuple[float, float]] = {}
        end = time.monotonic() + LONGEST_S
        while time.monotonic() < end:
            run.refresh_from_db()
            tenth = 10 * run.rows_read // self.amount
            if run.job == "write" and tenth not in found:
                found[tenth] = self.worker.memory_mb()
                now, most = found[tenth]
                say(f"{run.rows_read} rows, {now:.0f} MB, at most {most:.0f} MB")
            if not run.is_open or is_enough(run):
                return found
            time.sleep(POLL_S)
        raise TimeoutError(f"import {run.pk} is {run.state} with {run.rows_read} rows")

    def told(self, name: str, value: float, unit: str) -> None:
        """Keep a figure."""
        say(f"{name}: {value:.1f} {unit}")
        self.figures.append(Figure(f"import {name}", value, unit))

    def there(self) -> tuple[int, int]:
        """Return the company's customers, and those of them with two numbers."""
        from django.db.models import Count

        from apps.customers.models import Customer, CustomerNumber

        twos = CustomerNumber.objects.values("customer").annotate(n=Count("pk")).filter(n=2)
        return Customer.objects.count(), twos.count()


def is_half(run: "ImportRun") -> bool:
    """Say whether the import is in its middle."""
    return 2 * run.rows_read >= run.rows_all


def checked(bench: Bench, run: "ImportRun") -> None:
    """Say that every row is where it is counted; AssertionError when one is missing anywhere."""
    from apps.imports.selectors import import_errors

    read, broken = run.rows_read, broken_in(run.rows_read)
    counts = (run.created, run.updated, run.skipped, run.failed)
    assert counts == (read - broken, 0, 0, broken), (read, counts)
    assert bench.there() == (read - broken, read - broken), bench.there()
    # A spreadsheet counts from one and has the header first.
    wrong = [error[0] for error in import_errors(run)]
    assert wrong == [at + 2 for at in range(FIRST_BROKEN, read, BROKEN_EVERY)], wrong[:5]
    say(f"{run.state}: {read} rows read, {run.created} made, {run.failed} reported")


def whole(bench: Bench, kind: str) -> None:
    """Import a file to its end."""
    user = bench.person(kind)
    with tenant(user):
        run = bench.read(user, kind)
        begun = time.monotonic()
        bench.start(run, user)
        memory = bench.followed(run)
        bench.told(f"{kind}: written", bench.amount / (time.monotonic() - begun), "rows/s")
        assert (run.state, run.rows_read) == ("done", bench.amount), run.problem
        for tenth in (1, 5, 10):
            bench.told(f"{kind}: memory at {10 * tenth} %", memory.get(tenth, (0, 0))[0], "MB")
        bench.told(f"{kind}: memory at most", bench.worker.memory_mb()[1], "MB")
        checked(bench, run)


def cancelled(bench: Bench) -> None:
    """Stop half-way; then undo what stayed."""
    from apps.imports import services
    from apps.imports.tasks import import_work_later

    user = bench.person("cancel")
    with tenant(user):
        run = bench.read(user, "csv")
        bench.start(run, user)
        bench.followed(run, is_half)
        services.import_cancel(run=run, user=user)
        run.refresh_from_db()
        stopped = run.rows_read
        # Whatever the worker was at fails: nothing is added to what was counted.
        begun = time.monotonic()
        while time.monotonic() < begun + 20:
            assert bench.there()[0] == run.created
            time.sleep(1)
        run.refresh_from_db()
        assert (run.state, run.rows_read) == ("cancelled", stopped)
        checked(bench, run)
        begun, kept = time.monotonic(), run.created
        import_work_later(services.import_undo(run=run, user=user))
        bench.followed(run)
        bench.told("undo", kept / (time.monotonic() - begun), "rows/s")
        assert (run.state, run.undone, run.undo_kept) == ("undone", kept, 0)
        assert bench.there() == (0, 0)


def killed(bench: Bench) -> None:
    """Kill the worker half-way; another one goes on, as beat has it."""
    from apps.imports.tasks import imports_tend

    user = bench.person("kill")
    with tenant(user):
        run = bench.read(user, "csv")
        bench.start(run, user)
        bench.followed(run, is_half)
        bench.worker.kill()
        run.refresh_from_db()
        left = run.rows_read
        assert (run.state, bench.there()[0]) == ("running", run.created)
        say(f"killed with {left} rows accounted for")
        begun = time.monotonic()
        bench.worker.start()
        while run.rows_read == left:
            imports_tend.delay()  # what beat does every 30 s
            waited = time.monotonic() + TEND_S
            while run.rows_read == left and time.monotonic() < waited:
                time.sleep(POLL_S)
                run.refresh_from_db()
        bench.told("kill: until another worker goes on", time.monotonic() - begun, "s")
        bench.followed(run)
        assert (run.state, run.rows_read) == ("done", bench.amount), run.problem
        checked(bench, run)


def tenant(user: "User") -> object:
    """Return the scope of a person's company."""
    from apps.core.tenancy import tenant_scope

    return tenant_scope(user.tenant_id)


def main(amount: int, kinds: list[str]) -> None:
    """Start the servers and the worker, do each kind, print figures."""
    translations()  # levels are recognised by their names in the company's language
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        base, redis = Postgres(folder / "postgres"), Redis(folder / "redis")
        base.start()
        redis.start()
        (folder / "data").mkdir(mode=0o755)
        os.environ.update(
            {
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "HUAWU_SECRET_KEY": "only-for-the-bench-" + "0" * 40,
                "HUAWU_AMI_SECRET": "bench",
                "HUAWU_DATA_DIR": str(folder / "data"),
                "HUAWU_DATABASE_URL": base.url("postgres"),
                "HUAWU_REDIS_URL": redis.url(),
                "HUAWU_IMPORT_MAX_ROWS": str(amount),
                "HUAWU_IMPORT_MAX_MB": "1000",
            }
        )
        worker = CeleryWorker(os.environ, folder / "worker.log")
        try:
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True, cwd=ROOT)
            import django

            django.setup()
            bench = Bench(folder, amount, worker)
            for kind in kinds:
                # A process of its own for each, or one's memory would be the other's.
                worker.kill()
                worker.start()
                done(bench, kind)
        except BaseException:
            say(worker.said())
            raise
        finally:
            worker.kill()
            redis.stop()
            base.stop()
    for figure in bench.figures:
        emit(figure)


def done(bench: Bench, kind: str) -> None:
    """Do one kind of import."""
    if kind == "cancel":
        cancelled(bench)
    elif kind == "kill":
        killed(bench)
    elif kind == "calamine":
        command = [sys.executable, "-m", "tests.bench.imports", "read-calamine"]
        found = subprocess.run(
            [*command, str(bench.file_of("xlsx"))], stdout=subprocess.PIPE, check=True, cwd=ROOT
        )
        bench.told("calamine alone: memory", json.loads(found.stdout)["rss"], "MB")
    else:
        whole(bench, kind)


if __name__ == "__main__":
    first = sys.argv[1] if len(sys.argv) > 1 else str(ROWS)
    if first == "make":
        file_made(Path(sys.argv[3]), sys.argv[2], int(sys.argv[4]))
    elif first == "read-calamine":
        calamine(Path(sys.argv[2]))
    else:
        main(int(first), sys.argv[2:] or ["csv", "xlsx", "cancel", "kill", "calamine"])
