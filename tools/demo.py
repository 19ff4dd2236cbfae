"""Run the demo: prepare the machine, start Asterisk and Huawu, stop both on Ctrl-C.

Ports come from the environment (HUAWU_HTTP_PORT, HUAWU_SIP_PORT, HUAWU_WS_PORT, HUAWU_AMI_PORT,
HUAWU_AGI_PORT, HUAWU_RTP_PORTS). Data live in `.demo/` (HUAWU_DATA_DIR) and survive a restart;
`--reset` removes them.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tools.bootstrap import BootstrapError, bootstrap, say
from tools.lab import Asterisk, LabError, Ports, Settings, is_port_free
from tools.paths import DEMO, ROOT, venv_python

NODE = "pbx1"
HEALTHY_S = 90.0
STOP_S = 20.0


class DemoError(Exception):
    """Say why the demo cannot run, and what to do."""


class Stopped(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


@dataclass(frozen=True)
class Demo:
    """Hold what the environment asked for."""

    data: Path
    http: int
    ports: Ports
    ami_secret: str

    @property
    def url(self) -> str:
        """Give the address that a browser opens."""
        return f"http://127.0.0.1:{self.http}"


def _port(name: str, default: int) -> int:
    raw = os.environ.get(name, "").strip() or str(default)
    if not raw.isdigit() or not 0 < int(raw) < 65536:
        raise DemoError(f"{name}={raw!r} is not a port")
    return int(raw)


def demo_from_environment() -> Demo:
    """Read the settings; raise DemoError for one that makes no sense."""
    first, dash, last = (os.environ.get("HUAWU_RTP_PORTS") or "10000-15999").partition("-")
    if not (dash and first.isdigit() and last.isdigit() and int(first) < int(last) < 65536):
        raise DemoError(f"HUAWU_RTP_PORTS={first}{dash}{last!r} is not FIRST-LAST")
    ports = Ports(
        sip=_port("HUAWU_SIP_PORT", 5060),
        ws=_port("HUAWU_WS_PORT", 8088),
        ami=_port("HUAWU_AMI_PORT", 5038),
        agi=_port("HUAWU_AGI_PORT", 4573),
        rtp_start=int(first),
        rtp_end=int(last),
    )
    named = os.environ.get("HUAWU_DATA_DIR")
    secret = os.environ.get("HUAWU_AMI_SECRET") or "demo-ami-secret"
    data = Path(named).resolve() if named else DEMO
    return Demo(data, _port("HUAWU_HTTP_PORT", 8000), ports, secret)


def environment(demo: Demo) -> dict[str, str]:
    """Give the environment of manage.py: the demo's settings over the caller's own."""
    instance = demo.data / "asterisk"
    chosen = {
        "HUAWU_DEMO": "1",
        "HUAWU_DATA_DIR": str(demo.data),
        "HUAWU_ASTERISK_DIR": str(instance),
        "HUAWU_NODE": NODE,
        "HUAWU_HTTP_PORT": str(demo.http),
        "HUAWU_SIP_PORT": str(demo.ports.sip),
        "HUAWU_WS_PORT": str(demo.ports.ws),
        "HUAWU_AMI_HOST": "127.0.0.1",
        "HUAWU_AMI_PORT": str(demo.ports.ami),
        "HUAWU_AMI_USER": "huawu",
        "HUAWU_AMI_SECRET": demo.ami_secret,
        "HUAWU_AGI_HOST": "127.0.0.1",
        "HUAWU_AGI_PORT": str(demo.ports.agi),
        "HUAWU_SECRET_KEY": _secret_key(demo.data),
        "PYTHONUNBUFFERED": "1",
    }
    embedded = {"HUAWU_DATABASE_URL": "", "HUAWU_REDIS_URL": ""}
    return {**os.environ, **embedded, **chosen}


def _secret_key(data: Path) -> str:
    """Give the key of this demo's sessions, made at the first start."""
    path = data / "secret_key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def check_ports(demo: Demo) -> None:
    """Raise DemoError naming every port that is taken, and the variable that moves ours."""
    wanted = (
        (demo.http, False, "HUAWU_HTTP_PORT", "web"),
        (demo.ports.sip, True, "HUAWU_SIP_PORT", "SIP"),
        (demo.ports.ws, False, "HUAWU_WS_PORT", "browser phones"),
        (demo.ports.ami, False, "HUAWU_AMI_PORT", "AMI"),
        (demo.ports.agi, False, "HUAWU_AGI_PORT", "FastAGI"),
    )
    taken = [
        f"  {'UDP' if udp else 'TCP'} port {port} ({what}) is taken; set {name} to a free one"
        for port, udp, name, what in wanted
        if not is_port_free(port, udp=udp)
    ]
    if taken:
        raise DemoError("\n".join(["cannot start:", *taken]))


@contextlib.contextmanager
def sole_demo(data: Path) -> Iterator[None]:
    """Hold the data folder: a second `make demo` on it is refused instead of spoiling the first."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(f"a demo already runs on {data}") from None
        yield


def manage(demo: Demo, *arguments: str) -> None:
    """Run one manage.py command to its end."""
    command = [str(venv_python()), "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(demo), capture_output=True, text=True, check=False
    )
    if done.returncode:
        text = (done.stdout + done.stderr).strip()[-3000:]
        raise DemoError(f"manage.py {' '.join(arguments)} failed:\n{text}")


def end_stale_huawu(demo: Demo) -> None:
    """End a Huawu of this data folder whose demo was killed.

    Its lock is ours, so it is an orphan.
    """
    pid_file = demo.data / "huawu.pid"
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
        if "runall" in line.split("\0") and Path(f"/proc/{pid}/cwd").resolve() == ROOT:
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.05)


def start_huawu(demo: Demo) -> subprocess.Popen[bytes]:
    """Start web, FastAGI, AMI listener and worker in one process; its log is `.demo/huawu.log`."""
    with (demo.data / "huawu.log").open("ab") as log:
        process = subprocess.Popen(
            [str(venv_python()), "manage.py", "runall"],
            cwd=ROOT,
            env=environment(demo),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours: we stop in order
        )
    (demo.data / "huawu.pid").write_text(str(process.pid))
    return process


def log_tail(demo: Demo, lines: int = 30) -> str:
    """Give the end of Huawu's log for an error message."""
    path = demo.data / "huawu.log"
    text = path.read_text("utf-8", "replace").splitlines()[-lines:] if path.exists() else []
    return "\n".join([f"--- the end of {path}", *text])


def check_alive(demo: Demo, asterisk: Asterisk, huawu: subprocess.Popen[bytes]) -> None:
    """Raise DemoError when a process that we started has ended."""
    if asterisk.process is None or asterisk.process.poll() is not None:
        raise DemoError(f"Asterisk ended by itself\n{asterisk.log_tail()}")
    if huawu.poll() is not None:
        raise DemoError(f"Huawu ended with {huawu.returncode}\n{log_tail(demo)}")


def wait_healthy(demo: Demo, asterisk: Asterisk, huawu: subprocess.Popen[bytes]) -> None:
    """Return when /healthz says ok; raise DemoError with its last words when it does not."""
    end, last = time.monotonic() + HEALTHY_S, "no answer"
    while time.monotonic() < end:
        check_alive(demo, asterisk, huawu)
        try:
            with urllib.request.urlopen(f"{demo.url}/healthz", timeout=5) as answer:  # noqa: S310 - our own http address
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            last = error.read().decode("utf-8", "replace")[:500]
        except OSError as error:
            last = str(error)
        time.sleep(0.2)
    raise DemoError(
        f"{demo.url}/healthz was not ok after {HEALTHY_S:.0f} s: {last}\n{log_tail(demo)}"
    )


def stop_huawu(demo: Demo, huawu: subprocess.Popen[bytes] | None) -> None:
    """End Huawu politely, then firmly."""
    if huawu is None:
        return
    if huawu.poll() is None:
        huawu.terminate()
        try:
            huawu.wait(STOP_S)
        except subprocess.TimeoutExpired:
            say("Huawu did not stop in time; killing it")
            huawu.kill()
            huawu.wait()
    (demo.data / "huawu.pid").unlink(missing_ok=True)


def serve(demo: Demo) -> None:
    """Start everything, say so, wait for the end.

    Always stop what was started, Python before Asterisk.
    """
    asterisk = Asterisk(
        Settings(demo.data / "asterisk", node=NODE, ports=demo.ports, secret=demo.ami_secret)
    )
    huawu: subprocess.Popen[bytes] | None = None
    try:
        end_stale_huawu(demo)
        asterisk.end_stale()
        check_ports(demo)
        say("starting Asterisk")
        asterisk.lay_out()
        asterisk.start()
        say("preparing the database")
        manage(demo, "migrate", "--no-input", "--verbosity", "0")
        manage(demo, "demo_data")
        say("starting Huawu")
        huawu = start_huawu(demo)
        wait_healthy(demo, asterisk, huawu)
        print(f"huawu ready: {demo.url}", flush=True)
        print(
            "  sign in as 1001 / demo-1001 (agent) or admin / demo-admin;"
            " `make demo-call` rings the agent"
        )
        print(f"  log: {demo.data}/huawu.log   stop: Ctrl-C", flush=True)
        while True:
            check_alive(demo, asterisk, huawu)
            time.sleep(0.5)
    finally:
        # A second Ctrl-C must not leave half of it running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if huawu is not None or asterisk.process is not None:
            say("stopping")
        stop_huawu(demo, huawu)
        asterisk.stop()


def reset(demo: Demo) -> None:
    """Remove the demo's data; refuse a folder that does not look like one."""
    if not demo.data.exists():
        return
    if not (demo.data / "lock").exists():
        raise DemoError(f"{demo.data} does not look like a demo's data folder; not removed")
    with sole_demo(demo.data):
        shutil.rmtree(demo.data)
    say(f"removed {demo.data}")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Run the Huawu demo.")
    parser.add_argument("--reset", action="store_true", help="remove the demo's data and end")
    wants_reset = parser.parse_args().reset
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        demo = demo_from_environment()
        if wants_reset:
            reset(demo)
            return 0
        bootstrap("demo")
        with sole_demo(demo.data):
            serve(demo)
    except Stopped:
        return 0
    except (BootstrapError, DemoError, LabError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
