"""Run every part of the bench, one after the other, and print one table.

    python -m tests.bench.run [part ...]

Each part runs in a process of its own. Figures that fall short of their aim are printed and named
at the end; they do not make the command fail, a part that breaks does.
"""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.report import Figure, figures_of, say

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NOT_PARTS = {"__init__", "run", "report", "rows", "serving"}
PATTERNS = (
    "agi_*.py",
    "ivr.py",
    "ami_*.py",
    "pop.py",
    "desk_*.py",
    "distribution.py",
    "lookup.py",
    "customers.py",
    "knowledge.py",
    "recordings.py",
    "what_if.py",
    "board.py",
)
TIMEOUT_S = 2_700


def parts() -> list[str]:
    """Return the names of all parts, in the order in which a call meets them."""
    found = [path for pattern in PATTERNS for path in sorted(HERE.glob(pattern))]
    return [
        path.stem
        for path in found
        if path.stem not in NOT_PARTS and "__main__" in path.read_text(encoding="utf-8")
    ]


def run_part(name: str) -> tuple[list[Figure], bool]:
    """Run one part; return its figures and whether it came to its end."""
    say(f"{name} …")
    started = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{name}"],
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        output = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
        say(f"{name} did not end within {TIMEOUT_S} s")
        return figures_of(output), False
    say(f"{name}: {time.monotonic() - started:.0f} s, exit {done.returncode}")
    return figures_of(done.stdout), done.returncode == 0


def number(value: float | None) -> str:
    """Return a value with as many digits as mean something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"


def table(figures: list[Figure]) -> str:
    """Return the figures as aligned columns."""
    rows = [("what", "measured", "unit", "aim", "", "same run, without us", "")]
    for figure in figures:
        met = {True: "met", False: "SHORT", None: ""}[figure.is_met]
        rows.append(
            (
                figure.name,
                number(figure.value),
                figure.unit,
                figure.aim,
                met,
                number(figure.baseline),
                figure.baseline_name,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in (1, 5) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run the parts named, or all."""
    figures: list[Figure] = []
    broken = []
    # On a machine that others use, figures say more about them than about us.
    load = os.getloadavg()[0]
    for name in arguments or parts():
        found, is_done = run_part(name)
        figures += found
        if not is_done:
            broken.append(name)
    head = f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    head += f", load before the first part {load:.1f}"
    sys.stdout.write(f"{head}\n\n{table(figures)}\n\n")
    short = [figure.name for figure in figures if figure.is_met is False]
    if short:
        sys.stdout.write("Falls short: " + "; ".join(short) + "\n")
    if broken:
        sys.stdout.write("Broke off: " + ", ".join(broken) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
