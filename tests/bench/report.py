"""What a part of the bench reports: figures, one JSON line each on standard output.

A part is a module `tests.bench.<name>` that prints its figures when run as a program; anything else
that it says goes to standard error. `tests.bench.run` runs the parts and prints the table.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

MARK = "figure "


@dataclass(frozen=True)
class Figure:
    """One measured value; `is_met` is None where there is no aim.

    `baseline` is what the same run measured without our code, with its meaning.
    """

    name: str
    value: float
    unit: str
    aim: str = ""
    is_met: bool | None = None
    baseline: float | None = None
    baseline_name: str = ""


def at_most(
    name: str, value: float, unit: str, limit: float, baseline: float, baseline_name: str
) -> Figure:
    """Return a figure that should not be above a limit."""
    return Figure(name, value, unit, f"≤ {limit:g}", value <= limit, baseline, baseline_name)


def at_least(
    name: str, value: float, unit: str, limit: float, baseline: float, baseline_name: str
) -> Figure:
    """Return a figure that should not be below a limit."""
    return Figure(name, value, unit, f"≥ {limit:g}", value >= limit, baseline, baseline_name)


def emit(figure: Figure) -> None:
    """Tell the runner one figure."""
    sys.stdout.write(MARK + json.dumps(asdict(figure), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def figures_of(output: str) -> list[Figure]:
    """Return the figures in a part's output."""
    lines = (line for line in output.splitlines() if line.startswith(MARK))
    return [Figure(**json.loads(line.removeprefix(MARK))) for line in lines]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * int(share * 1000) // 1000))
    return ordered[min(rank, len(ordered)) - 1]


def is_small() -> bool:
    """Say whether the part is only to be seen running (`BENCH_SMALL=1`): its figures say little."""
    return os.environ.get("BENCH_SMALL", "") not in ("", "0")


def say(text: str) -> None:
    """Tell the person who waits what goes on."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()
