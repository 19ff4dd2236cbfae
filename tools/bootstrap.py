"""Make sure that everything the demo or the tests need is on this machine; do nothing when it is.

    python3 -m tools.bootstrap demo | test

Python packages into `.venv` (exact versions of constraints.txt), Debian packages by apt-get, a
private Asterisk root in the cache that all clones share, the spoken prompts, compiled translations,
for tests also the console's npm packages. Each step looks first whether its work is done, so a
second run takes less than a second.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import migrated, prompts
from tools.paths import CONSOLE, ROOT, VENV, asterisk_root, cache_dir, venv_python
from tools.servers import ServerError

MIN_PYTHON = (3, 11)
# The oldest Asterisk whose AMI filters, Queue() arguments and events are the ones used here.
MIN_ASTERISK = 22
DEBIAN_WITH_ASTERISK = "forky"  # Debian testing in 2026: Asterisk 22 LTS
ASTERISK_PACKAGES = "asterisk,asterisk-modules,asterisk-core-sounds-en-gsm,sip-tester"

# What is needed, and the file by which it is known to be there.
DEMO_PACKAGES = {
    "espeak-ng": "/usr/bin/espeak-ng",
    "ffmpeg": "/usr/bin/ffmpeg",
    "gettext": "/usr/bin/msgfmt",
    "util-linux": "/usr/bin/unshare",
    "libpangoft2-1.0-0": "/usr/lib/*/libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "/usr/lib/*/libharfbuzz-subset.so.0",
    "fonts-noto-cjk": "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
}
TEST_PACKAGES = {
    "postgresql": "/usr/lib/postgresql/*/bin/initdb",
    "redis-server": "/usr/bin/redis-server",
    "chromium": "/usr/bin/chromium",
    "nodejs": "/usr/bin/node",
    "npm": "/usr/bin/npm",
    "iproute2": "/usr/sbin/ip",
}


class BootstrapError(Exception):
    """Say what could not be prepared, and the command that cures it."""


def say(text: str) -> None:
    """Show one line of progress."""
    print(f"huawu: {text}", flush=True)


def run(command: Sequence[str], **more: object) -> None:
    """Run a command with its output shown; raise BootstrapError when it fails."""
    done = subprocess.run(command, check=False, **more)  # type: ignore[call-overload]
    if done.returncode:
        raise BootstrapError(f"failed ({done.returncode}): {' '.join(command)}")


@contextlib.contextmanager
def only_one(name: str) -> Iterator[None]:
    """Hold a lock in the shared cache: two clones shall not build the same thing at once."""
    folder = cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another clone is preparing {name}, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# -- Debian packages ------------------------------------------------------------------------------
def _is_there(pattern: str) -> bool:
    return any(Path("/").glob(pattern.lstrip("/"))) if "*" in pattern else Path(pattern).exists()


def missing_packages(wanted: dict[str, str]) -> list[str]:
    """Give the packages whose file is not there. A program found elsewhere on PATH counts."""
    return [
        name
        for name, path in wanted.items()
        if not _is_there(path) and not shutil.which(Path(path).name)
    ]


def apt_install(names: Sequence[str]) -> None:
    """Install Debian packages as root; else say the exact command and end."""
    if not names:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *names]
    if shutil.which("apt-get") is None:
        raise BootstrapError(f"this machine has no apt-get; please install: {' '.join(names)}")
    if os.geteuid() != 0:
        raise BootstrapError(
            f"system packages are missing; run:\n  sudo {' '.join(command)}\nthen again"
        )
    say(f"installing {' '.join(names)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-o", "Dpkg::Use-Pty=0", "-q", "-q"]
    first = subprocess.run([*command, *options], env=quiet, check=False)
    if first.returncode:  # a fresh machine has no package lists yet
        run(["apt-get", "update", "-q"], env=quiet)
        run([*command, *options], env=quiet)


# -- Python ---------------------------------------------------------------------------------------
def python_packages(extras: str) -> None:
    """Create .venv and install the project's dependencies at the versions of constraints.txt."""
    sources = (ROOT / "pyproject.toml").read_bytes() + (ROOT / "constraints.txt").read_bytes()
    digest = hashlib.sha256(sources).hexdigest()
    stamp = VENV / f".installed-{extras or 'plain'}"
    if venv_python().exists() and stamp.exists() and stamp.read_text() == digest:
        return
    if not venv_python().exists():
        say("creating .venv")
        made = subprocess.run(
            [sys.executable, "-m", "venv", str(VENV)], check=False, capture_output=True, text=True
        )
        if made.returncode:  # Debian keeps venv's pip in a package of its own
            shutil.rmtree(VENV, ignore_errors=True)
            apt_install([f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"])
            run([sys.executable, "-m", "venv", str(VENV)])
    say(f"installing Python packages {extras} (a few minutes the first time)")
    names = _requirements(extras)
    command = [str(venv_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*command, "-c", str(ROOT / "constraints.txt"), *names])
    stamp.write_text(digest)


def _requirements(extras: str) -> list[str]:
    """Read the dependencies of pyproject.toml; the project itself runs from its folder."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names: list[str] = list(project["dependencies"])
    if extras:
        names += project["optional-dependencies"][extras]
    return names


# -- Asterisk -------------------------------------------------------------------------------------
def _candidate_major() -> int:
    """Give the major version of the asterisk package that apt would install; 0 for none."""
    if shutil.which("apt-cache") is None:
        return 0
    shown = subprocess.run(
        ["apt-cache", "policy", "asterisk"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    found = re.search(r"Candidate: (?:\d+:)?(\d+)\.", shown)
    return int(found.group(1)) if found else 0


def debian_mirror() -> str:
    """Give the Debian mirror that this machine's own apt uses."""
    shown = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(COMPONENT) $(CODENAME)"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for line in shown.splitlines():
        uri, _, rest = line.partition(" ")
        if rest.startswith("Debian main") and not rest.endswith(("-security", "-updates")):
            return uri.rstrip("/")
    # Before the first `apt-get update` there are no index targets: read the sources themselves.
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        if path.suffix in (".list", ".sources") and path.exists():
            for line in path.read_text("utf-8", "replace").splitlines():
                found = re.match(r"(?:deb (?:\[.*?\] )?|URIs: *)(\S+/debian)/?(?:\s|$)", line)
                if found:
                    return found.group(1)
    raise BootstrapError(
        "apt names no Debian mirror, so no private Asterisk can be built. Install Asterisk 22 or "
        "newer and SIPp yourself (programs `asterisk` and `sipp`), or name a root that holds them "
        "in HUAWU_ASTERISK_ROOT."
    )


def _installed_major() -> int:
    """Give the major version of an Asterisk that is installed on the machine itself; 0 for none."""
    if not Path("/usr/sbin/asterisk").exists():
        return 0
    shown = subprocess.run(
        ["/usr/sbin/asterisk", "-V"], capture_output=True, text=True, check=False
    )
    found = re.search(r"Asterisk (\d+)\.", shown.stdout)
    return int(found.group(1)) if found else 0


def asterisk() -> None:
    """Have an Asterisk: a root built before, the distribution's package, or a root built now."""
    root = asterisk_root()
    if (root / "usr/sbin/asterisk").exists() or _installed_major() >= MIN_ASTERISK:
        return
    if _candidate_major() >= MIN_ASTERISK:
        apt_install(["asterisk", "asterisk-modules", "sip-tester"])
        if Path("/etc/init.d/asterisk").exists() and os.geteuid() == 0:
            # The package starts a system-wide Asterisk on our ports. The lab runs its own.
            subprocess.run(["service", "asterisk", "stop"], check=False, capture_output=True)
        return
    with only_one("asterisk-22"):
        if not (root / "usr/sbin/asterisk").exists():
            _build_root(root)


def _build_root(root: Path) -> None:
    if os.geteuid() != 0:
        raise BootstrapError(
            f"this machine has no Asterisk {MIN_ASTERISK} package; let root build one:\n"
            f"  sudo HUAWU_ASTERISK_ROOT={root} {sys.executable} -m tools.bootstrap demo\n"
            "then run again"
        )
    apt_install(missing_packages({"mmdebstrap": "/usr/bin/mmdebstrap"}))
    mirror = debian_mirror()
    say(f"building a private Asterisk in {root} (about a minute, 400 MB, once for all clones)")
    part = root.with_name(f"{root.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    command = ["mmdebstrap", "--variant=apt", f"--include={ASTERISK_PACKAGES}", "--quiet"]
    for option in ("APT::Install-Recommends", "Acquire::Check-Valid-Until"):
        command.append(f'--aptopt={option} "false"')
    command += [DEBIAN_WITH_ASTERISK, str(part), f"deb {mirror} {DEBIAN_WITH_ASTERISK} main"]
    run(command)
    if not (part / "usr/sbin/asterisk").exists():
        raise BootstrapError(f"{part} has no asterisk after the build")
    for name in ("hosts", "passwd", "group"):  # mount points of tools.lab
        (part / "etc" / name).touch()
    part.rename(root)  # complete or not there at all
    say(f"private Asterisk ready after {time.monotonic() - begun:.0f} s")


# -- the rest -------------------------------------------------------------------------------------
def translations() -> None:
    """Compile locale/*/LC_MESSAGES/*.po whose .mo is older."""
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            run(["msgfmt", "--output-file", str(target), str(source)])


def sounds() -> None:
    """Speak the system prompts into the shared cache."""
    try:
        prompts.build(prompts.prompt_list())
        prompts.build_hold_music()
    except prompts.PromptError as error:
        raise BootstrapError(str(error)) from error


def console_packages() -> None:
    """Install the console's npm packages (only for checks: the bundle itself is committed)."""
    lock = CONSOLE / "package-lock.json"
    if not lock.exists():
        return
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = CONSOLE / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say("installing the console's npm packages")
    if stamp.parent.is_symlink():
        stamp.parent.unlink()  # npm ci empties what a link leads to: another checkout's packages
    run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=CONSOLE)
    stamp.write_text(digest)


def migrated_databases() -> None:
    """Migrate a PostgreSQL and an SQLite database that tests copy."""
    if migrated.migrated_folder().exists():
        return
    with only_one("migrated"):
        say("migrating databases for the tests (once for each set of migrations)")
        try:
            migrated.prepare()
        except (ServerError, subprocess.CalledProcessError) as error:
            raise BootstrapError(f"the tests' databases could not be migrated: {error}") from error


def bootstrap(purpose: str) -> None:
    """Prepare this machine for `demo`, `check` or `test`; raise BootstrapError with the cure."""
    if sys.version_info < MIN_PYTHON:
        raise BootstrapError(f"Python {'.'.join(map(str, MIN_PYTHON))} or newer is needed")
    wanted = dict(DEMO_PACKAGES)
    if purpose in ("check", "test"):
        wanted |= {name: TEST_PACKAGES[name] for name in ("nodejs", "npm")}
    if purpose == "test":
        wanted |= TEST_PACKAGES
    absent = missing_packages(wanted)
    if "npm" in absent and "nodejs" not in absent and shutil.which("node"):
        # Node from its makers brings npm along; Debian's npm beside it would not install.
        raise BootstrapError("node is there but npm is not on PATH")
    apt_install(absent)
    python_packages("dev" if purpose in ("check", "test") else "")
    if purpose != "check":
        asterisk()
        sounds()
    else:
        console_packages()
    if purpose == "test":
        console_packages()
    translations()
    if purpose == "test":
        migrated_databases()


def main() -> int:
    """Run from the command line."""
    purpose = sys.argv[1] if len(sys.argv) > 1 else "demo"
    if purpose not in ("demo", "check", "test"):
        print("usage: python3 -m tools.bootstrap demo|check|test", file=sys.stderr)
        return 2
    try:
        bootstrap(purpose)
    except BootstrapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
