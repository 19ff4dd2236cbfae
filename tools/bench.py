"""Measure: prepare the machine as for the tests, then run every part of tests/bench.

One table at the end.

    python3 -m tools.bench [part ...]
"""

from __future__ import annotations

import subprocess
import sys

from tools.bootstrap import BootstrapError, bootstrap
from tools.paths import ROOT, venv_python


def main() -> int:
    """Run from the command line; each part starts and stops the servers that it needs."""
    try:
        bootstrap("test")
    except BootstrapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    command = [str(venv_python()), "-m", "tests.bench.run", *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
