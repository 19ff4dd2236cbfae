"""Run a real Asterisk of our own: an instance folder, a private root, one process.

Used by the demo and by the tests alike. The instance folder holds everything that this Asterisk
reads and writes:

    etc/  etc/huawu.d/  data/ (prompts, music)  lib/ (astdb)  log/  run/  spool/  recordings/
    voicemail/

Asterisk runs chrooted into a root put together in a *private mount namespace*: the private root's
`usr` and `etc` read-only, /proc and /dev, and the instance folder at the very same absolute path as
outside. So no path needs translation, several Asterisks share one root, nothing is mounted on the
machine and nothing is left behind.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools import prompts
from tools.paths import ANNOUNCE_AGI, STATIC_ETC, asterisk_root

# Asterisk's user inside the private root. A number of its own: Debian's 101 is somebody else's on
# most machines.
RUN_UID = RUN_GID = 64137
RENDERED = (
    "musiconhold_huawu.conf",
    "pjsip_huawu.conf",
    "queues_huawu.conf",
    "extensions_dids.conf",
)
READY_S = 40.0

# $1 = where the new root is put together, $2 = Asterisk's root, $3 = folder kept at its own path,
# $4 = folder with hosts, passwd, group; the rest is the command. `exec` all the way: the command
# keeps the process id of unshare.
ENTER_SH = """
set -eu
new=$1 root=$2 keep=$3 names=$4; shift 4
here=$PWD
case "$here/" in "$keep"/*) ;; *) here=$keep ;; esac
mount -t tmpfs -o mode=755,size=64m huawu "$new"
for place in usr etc proc dev tmp run var/tmp; do mkdir -p "$new/$place"; done
mkdir -p "$new$keep"
chmod 1777 "$new/tmp" "$new/var/tmp"
for link in bin sbin lib lib32 lib64; do
    [ -e "$root/usr/$link" ] && ln -s "usr/$link" "$new/$link"
done
mount --bind "$root/usr" "$new/usr"
mount --bind "$root/etc" "$new/etc"
for name in hosts passwd group; do mount --bind "$names/$name" "$new/etc/$name"; done
mount --rbind /proc "$new/proc"
mount --rbind /dev "$new/dev"
mount --bind "$keep" "$new$keep"
cd "$new$keep"
exec chroot "$new" /bin/sh -c 'cd "$0" && exec "$@"' "$here" "$@"
"""


class LabError(Exception):
    """Say why Asterisk (or a program of its root) could not be run, and what to do."""


@dataclass(frozen=True)
class Ports:
    """Name every port of one instance.

    All on 127.0.0.1. `agi` is where our FastAGI listens, not Asterisk.
    """

    sip: int = 5060
    ws: int = 8088
    ami: int = 5038
    agi: int = 4573
    rtp_start: int = 10000
    rtp_end: int = 15999


@dataclass(frozen=True)
class Settings:
    """Describe one instance.

    `secret` is AMI's; give one that survives restarts when somebody else must know it.
    """

    instance: Path
    node: str = "huawu-1"
    ports: Ports = field(default_factory=Ports)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    address: str = "127.0.0.1"


def root_or_distribution() -> Path:
    """Give the root that holds an asterisk program: the private one, else this machine itself."""
    private = asterisk_root()
    if (private / "usr/sbin/asterisk").exists():
        return private
    if Path("/usr/sbin/asterisk").exists():
        return Path("/")
    raise LabError(
        f"no Asterisk at {private} and none installed; run: python3 -m tools.bootstrap demo"
    )


def _names_write(folder: Path, root: Path) -> None:
    """Write hosts, passwd and group of the private root.

    The machine's own host name must resolve: Asterisk looks it up on each INVITE and, with no DNS,
    blocks for seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"hosts": f"127.0.0.1 localhost {socket.gethostname()}\n::1 localhost\n"}
    for name, line in (
        ("passwd", f"asterisk:x:{RUN_UID}:{RUN_GID}:Asterisk:/tmp:/usr/sbin/nologin"),
        ("group", f"asterisk:x:{RUN_GID}:"),
    ):
        others = (root / "etc" / name).read_text().splitlines()
        kept = [other for other in others if not other.startswith("asterisk:")]
        texts[name] = "\n".join([*kept, line]) + "\n"
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:  # a running program reads these
            path.write_text(text)


def enter_root(command: Sequence[str], *, keep: Path) -> list[str]:
    """Give the command line that runs `command` inside the root; `keep` stays at its own path.

    The process that runs it becomes the command itself, so its process id is the one to signal.
    """
    root = root_or_distribution()
    names, new = keep / ".root-names", keep / ".root"
    _names_write(names, root)
    new.mkdir(exist_ok=True)
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    alone = ["unshare", *user, "--mount", "--propagation", "private", "--"]
    places = (str(new), str(root), str(keep), str(names))
    return [*alone, "/bin/sh", "-c", ENTER_SH, "enter", *places, *command]


class Asterisk:
    """Be one Asterisk: lay out its folder, start, stop, kill, ask its console."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.instance = settings.instance.resolve()
        self.process: subprocess.Popen[bytes] | None = None

    # -- files ------------------------------------------------------------------------------------
    @property
    def rendered_dir(self) -> Path:
        """Give etc/huawu.d, where phones, queues and numbers arrive rendered from the database."""
        return self.instance / "etc" / "huawu.d"

    def lay_out(self) -> None:
        """Write the instance folder.

        Keeps what an earlier run left: astdb, recordings, messages, rendered files.
        """
        self.instance.mkdir(parents=True, exist_ok=True)
        self.instance.chmod(0o755)
        self.rendered_dir.mkdir(parents=True, exist_ok=True)
        written = ["lib", "log", "log/cdr-custom", "log/cel-custom", "run", "spool", "spool/cache"]
        for name in (*written, "lib/keys", "recordings", "voicemail"):
            (self.instance / name).mkdir(parents=True, exist_ok=True)
            self._own(self.instance / name)
        self._data()
        # Asterisk sees no other part of the project.
        (self.instance / "agi-bin").mkdir(exist_ok=True)
        shutil.copy(ANNOUNCE_AGI, self.instance / "agi-bin")
        values = self._values()
        for source in sorted(STATIC_ETC.glob("*.conf")):
            text = source.read_text("utf-8")
            for name, value in values.items():
                text = text.replace(f"@{name}@", value)
            target = self.instance / "etc" / source.name
            target.touch(0o640)
            target.write_text(text, "utf-8")
            self._own(target, uid=os.geteuid())
        for name in RENDERED:  # Asterisk starts with them empty
            (self.rendered_dir / name).touch()
        # Secrets of phones lie here: for Asterisk's group only; setgid passes the group on to what
        # is rendered.
        self._own(self.rendered_dir, uid=os.geteuid())
        self.rendered_dir.chmod(0o2750)

    def _own(self, path: Path, *, uid: int = RUN_UID) -> None:
        if os.geteuid() == 0:
            os.chown(path, uid, RUN_GID)

    def _data(self) -> None:
        """Make astdatadir: the distribution's files by link, our prompts and music as files."""
        data = self.instance / "data"
        data.mkdir(exist_ok=True)
        share = root_or_distribution() / "usr/share/asterisk"
        for name in sorted(path.name for path in share.iterdir()):
            if name not in ("sounds", "moh") and not (data / name).is_symlink():
                (data / name).symlink_to(f"/usr/share/asterisk/{name}")
        prompts.install(data)

    def _values(self) -> Mapping[str, str]:
        ports, address = self.settings.ports, self.settings.address
        modules = sorted(root_or_distribution().glob("usr/lib/**/asterisk/modules"))
        if not modules:
            raise LabError(f"no Asterisk modules under {root_or_distribution()}/usr/lib")
        inside = "/" + str(modules[0].relative_to(root_or_distribution()))
        return {
            "INSTANCE": str(self.instance),
            "ANNOUNCE_AGI": str(self.instance / "agi-bin" / ANNOUNCE_AGI.name),
            "MODULES_DIR": inside,
            "MOH_DIR": str(self.instance / "data/moh"),
            "NODE": self.settings.node,
            "SIP_BIND": address,
            "SIP_PORT": str(ports.sip),
            "WS_PORT": str(ports.ws),
            "RTP_START": str(ports.rtp_start),
            "RTP_END": str(ports.rtp_end),
            "AMI_BIND": address,
            "AMI_PORT": str(ports.ami),
            "AMI_PERMIT": f"{address}/32",
            "AMI_SECRET": self.settings.secret,
            "AGI": f"{address}:{ports.agi}",
        }

    # -- process ----------------------------------------------------------------------------------
    @property
    def pid(self) -> int:
        """Give the process id of the running Asterisk; raise LabError when it does not run."""
        if self.process is None or self.process.poll() is not None:
            raise LabError("Asterisk is not running")
        return self.process.pid

    def start(self, timeout_s: float = READY_S) -> None:
        """Start and wait until AMI says FullyBooted.

        Raise LabError with the log's end when it does not.
        """
        self.end_stale()
        as_user = ["-U", "asterisk", "-G", "asterisk"] if os.geteuid() == 0 else []
        config = str(self.instance / "etc/asterisk.conf")
        command = enter_root(
            ["/usr/sbin/asterisk", "-f", "-n", *as_user, "-C", config], keep=self.instance
        )
        with (self.instance / "log/console.log").open("ab") as console:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,  # Ctrl-C is for the demo, which stops in order
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"},  # noqa: S108 - the private root's own
            )
        (self.instance / "asterisk.pid").write_text(str(self.process.pid))
        self.wait_ready(timeout_s)

    def end_stale(self) -> None:
        """End an Asterisk of this very folder that outlived its starter (which was killed)."""
        pid_file = self.instance / "asterisk.pid"
        with contextlib.suppress(OSError, ValueError):
            pid = int(pid_file.read_text())
            line = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
            if str(self.instance / "etc/asterisk.conf") in line.split("\0"):
                os.kill(pid, signal.SIGKILL)
                while Path(f"/proc/{pid}").exists():
                    time.sleep(0.05)

    def wait_ready(self, timeout_s: float = READY_S) -> None:
        """Return when AMI accepts our user and says FullyBooted."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                raise LabError(f"Asterisk ended with {self.process.returncode}\n{self.log_tail()}")
            with contextlib.suppress(OSError):
                if self._fully_booted(end - time.monotonic()):
                    return
            time.sleep(0.1)
        raise LabError(f"Asterisk was not ready after {timeout_s:.0f} s\n{self.log_tail()}")

    def _fully_booted(self, timeout_s: float) -> bool:
        address = (self.settings.address, self.settings.ports.ami)
        with socket.create_connection(address, timeout=max(0.2, timeout_s)) as ami:
            login = f"Action: Login\r\nUsername: huawu\r\nSecret: {self.settings.secret}\r\n\r\n"
            ami.sendall(login.encode())
            received = b""
            while b"Event: FullyBooted" not in received:
                piece = ami.recv(4096)
                received += piece
                if not piece or b"Response: Error" in received:
                    return False
        return True

    def stop(self, timeout_s: float = 10.0) -> None:
        """End it with SIGTERM (SIGKILL when it does not listen)."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        (self.instance / "asterisk.pid").unlink(missing_ok=True)

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        os.kill(self.pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
            self.process = None

    def restart(self) -> None:
        """Stop and start with the same folder."""
        self.stop()
        self.start()

    def cli(self, command: str) -> str:
        """Run one console command (`core show channels`) and give what it printed."""
        config = str(self.instance / "etc/asterisk.conf")
        line = enter_root(["/usr/sbin/asterisk", "-C", config, "-rx", command], keep=self.instance)
        done = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout + done.stderr

    def log_tail(self, lines: int = 25) -> str:
        """Give the end of both logs, for an error message."""
        found = []
        for name in ("log/console.log", "log/messages.log"):
            path = self.instance / name
            if path.exists():
                found += [f"--- {path}", *path.read_text("utf-8", "replace").splitlines()[-lines:]]
        return "\n".join(found)

    def remove(self) -> None:
        """Remove the instance folder. Stop first."""
        shutil.rmtree(self.instance, ignore_errors=True)


def is_port_free(port: int, *, address: str = "127.0.0.1", udp: bool = False) -> bool:
    """Say whether nobody listens on this port."""
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if not udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
