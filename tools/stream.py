"""Be one stream of a test run, in a network of its own: own servers, then pytest.

    unshare --net -- python -m tools.stream FOLDER NUMBER [pytest arguments]
    unshare --net -- python -m tools.stream --probe

Tests use fixed addresses (the demo's trunk is 127.0.0.2:5080) and look for free ports. In a network
namespace they do so beside any number of others, and nothing leaves the machine.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from tools.migrated import services
from tools.paths import ROOT, venv_python
from tools.servers import LOW_PRIORITY, ServerError, priority_set
from tools.stream_plan import STREAM

# Browsers and Asterisk gather no media address from loopback alone. This one is for documents
# (RFC 5737) and has no way out.
NETWORK = (
    "link set lo up",
    "link add huawu0 type veth peer name huawu1",
    "address add 198.51.100.1/32 dev huawu0",
    "link set huawu0 up",
    "link set huawu1 up",
)
END_S = 90.0


def network_make() -> None:
    """Make the network of this process usable; ServerError says why it cannot be."""
    program = shutil.which("ip") or shutil.which("ip", path="/usr/sbin:/sbin")
    if program is None:
        raise ServerError("no program ip; run: apt-get install iproute2")
    for line in NETWORK:
        done = subprocess.run([program, *line.split()], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerError(f"ip {line}: {done.stderr.strip()}")


def run(folder: Path, number: int, arguments: list[str]) -> int:
    """Run pytest beside servers of its own to its end; an interrupt reaches its fixtures."""
    own = [
        f"--basetemp={folder}/pytest-{number}",
        *("-p", "tools.stream_plugin", "-o", f"cache_dir={folder}/cache-{number}"),
    ]
    priority_set(LOW_PRIORITY)  # the phones' stack has servers of its own
    with services() as environment:
        priority_set(0)
        process = subprocess.Popen(
            [str(venv_python()), "-m", "pytest", *own, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment, STREAM: f"{folder}:{number}"},
        )
        try:
            return process.wait()
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(END_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run from the command line; give pytest's exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    # Also where a shell without job control has put us into the background, deaf to it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        network_make()
        if sys.argv[1] == "--probe":
            return 0
        return run(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
    except ServerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
