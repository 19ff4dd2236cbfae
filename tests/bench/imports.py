"""A file of 500,000 customers with 1 % broken rows, as CSV and as XLSX, into PostgreSQL.

    python -m tests.bench.imports [rows] [csv|xlsx|calamine ...]

Not a part of `make bench`: it takes many minutes. Each kind runs in a process of its own, whose
largest memory (RSS) is printed beside that before the file was opened. Every broken row must be in
the file of faults, every other one in the database.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.report import Figure, emit, say
from tools.servers import Postgres

ROWS = 500_000
BROKEN_EVERY = 100
HEADER = ["客户姓名", "联系人", "手机", "固话", "邮箱", "等级", "标签", "省份", "城市", "地址",
          "客户编号", "备注"]  # fmt: skip


def rows(amount: int) -> Iterator[list[str]]:
    """Yield a header and rows of 12 columns, each hundredth with a wrong number."""
    yield HEADER
    for at in range(amount):
        broken = at % BROKEN_EVERY == 7
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


def rss_mb() -> float:
    """Return the largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def imported(path: Path) -> None:
    """Import the file as a worker does; print what it took as JSON."""
    import django

    django.setup()
    from apps.accounts.choices import Role
    from apps.accounts.models import User
    from apps.core.tenancy import all_tenants, tenant_scope
    from apps.customers.models import Customer
    from apps.imports import services
    from apps.imports.selectors import import_errors
    from apps.imports.worker import import_work
    from apps.tenants.models import Tenant

    with all_tenants("bench"):
        tenant = Tenant.objects.create(slug=path.suffix[1:], name="Bench")
        user = User.objects.create(username=tenant.slug, tenant=tenant, role=Role.ADMIN)
    times: dict[str, float] = {}
    with tenant_scope(tenant.pk):
        with path.open("rb") as source:
            run = services.import_upload(
                user=user,
                target="customers",
                file_name=path.name,
                pieces=iter(lambda: source.read(1 << 20), b""),
            )
        # The tables of areas and carriers and the code are there in any worker.
        from apps.core.phone_numbers import phone_number

        phone_number("13800138000")
        before = rss_mb()
        for step in ("read", "write"):
            begun = time.monotonic()
            if step == "write":
                services.import_start(run=run, user=user)
            while import_work(run.pk):
                pass
            times[step] = time.monotonic() - begun
            run.refresh_from_db()
            times[f"{step}_rss"] = rss_mb()
        answer = {
            "times": times,
            "before": before,
            "state": run.state,
            "problem": run.problem,
            "counts": [run.rows_read, run.created, run.updated, run.skipped, run.failed],
            "faults": sum(1 for _one in import_errors(run)),
            "customers": Customer.objects.count(),
        }
    print(json.dumps(answer))  # noqa: T201 - the bench reads it


def calamine(path: Path) -> None:
    """Read the workbook with python-calamine alone: what its memory is."""
    import python_calamine

    before, begun, count = rss_mb(), time.monotonic(), 0
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    for _row in book.get_sheet_by_index(0).iter_rows():
        count += 1
    print(  # noqa: T201 - the bench reads it
        json.dumps(
            {"s": time.monotonic() - begun, "before": before, "rss": rss_mb(), "rows": count}
        )
    )


def told(kind: str, amount: int, found: dict[str, object]) -> list[Figure]:
    """Return what an import took; AssertionError when a row is missing anywhere."""
    broken = (amount - 8) // BROKEN_EVERY + 1
    assert found["counts"] == [amount, amount - broken, 0, 0, broken], found
    assert (found["faults"], found["customers"]) == (broken, amount - broken), found
    times: dict[str, float] = found["times"]  # type: ignore[assignment]
    before = float(str(found["before"]))
    return [
        Figure(f"import {kind}: read", amount / times["read"], "rows/s"),
        Figure(f"import {kind}: written", amount / times["write"], "rows/s"),
        Figure(f"import {kind}: memory above a worker's", times["write_rss"] - before, "MB"),
        Figure(f"import {kind}: memory of reading alone", times["read_rss"] - before, "MB"),
    ]


def main(amount: int, kinds: list[str]) -> None:
    """Make files and database, run each kind, print figures."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        folder = Path(name)
        base = Postgres(folder / "postgres")
        base.start()
        try:
            env = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "HUAWU_SECRET_KEY": "only-for-the-bench-" + "0" * 40,
                "HUAWU_AMI_SECRET": "bench",
                "HUAWU_DATA_DIR": str(folder / "data"),
                "HUAWU_DATABASE_URL": base.url("postgres"),
                "HUAWU_IMPORT_MAX_ROWS": str(amount),
                "HUAWU_IMPORT_MAX_MB": "1000",
            }
            (folder / "data").mkdir(mode=0o755)
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=env, check=True)
            for kind in kinds:
                path = folder / ("customers.csv" if kind == "csv" else "customers.xlsx")
                if not path.exists():
                    say(f"making {path.name} with {amount} rows")
                    # A process of its own: a workbook being written takes much memory.
                    make = [sys.executable, "-m", "tests.bench.imports", "make", path.suffix[1:]]
                    subprocess.run([*make, str(folder), str(amount)], env=env, check=True)
                say(f"{kind}: {path.stat().st_size / 1e6:.0f} MB")
                do = "calamine" if kind == "calamine" else "import"
                done = subprocess.run(
                    [sys.executable, "-m", "tests.bench.imports", do, str(path)],
                    env=env,
                    stdout=subprocess.PIPE,
                    text=True,
                    check=True,
                )
                found = json.loads(done.stdout.splitlines()[-1])
                say(str(found))
                if kind == "calamine":
                    figures.append(Figure("calamine alone: memory", found["rss"], "MB"))
                else:
                    figures += told(kind, amount, found)
        finally:
            base.stop()
    for figure in figures:
        emit(figure)


if __name__ == "__main__":
    first = sys.argv[1] if len(sys.argv) > 1 else str(ROWS)
    if first == "make":
        file_made(Path(sys.argv[3]), sys.argv[2], int(sys.argv[4]))
    elif first == "import":
        imported(Path(sys.argv[2]))
    elif first == "calamine":
        calamine(Path(sys.argv[2]))
    else:
        main(int(first), sys.argv[2:] or ["csv", "xlsx", "calamine"])
