"""Look at everything that needs no service: format, types, imports, migrations, texts, bundle.

All checks run, all failures are shown; the exit code is 1 when one failed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tools.bootstrap import BootstrapError, bootstrap
from tools.paths import CONSOLE, ROOT, VENV

SOURCES = ("apps", "config", "templates", "manage.py")
LANGUAGE = "zh_Hans"  # the messages in the code are English; Chinese must be complete


def _environment() -> dict[str, str]:
    """Give manage.py settings that need no service and touch no data."""
    return {
        **os.environ,
        "PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', '')}",
        "HUAWU_SECRET_KEY": "only-for-checks-" + "0" * 40,
        "HUAWU_AMI_SECRET": "only-for-checks",
        "HUAWU_DATABASE_URL": "sqlite://:memory:",
        "HUAWU_DATA_DIR": tempfile.gettempdir(),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _run(*command: str, cwd: Path = ROOT) -> str:
    """Run a command; give its output when it fails, nothing when it succeeds."""
    done = subprocess.run(
        command, cwd=cwd, env=_environment(), capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or "failed silently"


def _python(*arguments: str) -> str:
    return _run(str(VENV / "bin" / "python"), *arguments)


def _compiled(path: Path) -> str:
    return _run("msgfmt", "--check", "--output-file", os.devnull, str(path))


def translations() -> str:
    """Look whether every message in the code has its Chinese text and each catalogue is sound.

    The messages are extracted from a copy, so that a check never changes a file.
    """
    problems = [_compiled(path) for path in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))]
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        (copy / "locale").mkdir()
        for source in SOURCES:
            path = ROOT / source
            if path.is_dir():
                shutil.copytree(
                    path, copy / source, ignore=shutil.ignore_patterns("__pycache__", "migrations")
                )
            elif path.exists():
                shutil.copyfile(path, copy / source)
        command = [str(VENV / "bin" / "django-admin"), "makemessages", "--keep-pot", "-l", LANGUAGE]
        failed = _run(*command, cwd=copy)
        if failed:
            return failed
        catalogue = ROOT / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
        template = copy / "locale" / "django.pot"
        if not template.exists():
            return ""  # no message in the code yet
        if not catalogue.exists():
            return f"{catalogue.relative_to(ROOT)} does not exist"
        problems.append(_run("msgcmp", str(catalogue), str(template)))
    return "\n".join(problem for problem in problems if problem)


def bundle() -> str:
    """Rebuild the console's bundle and compare it with the committed one."""
    dist = CONSOLE / "dist"
    before = {p.relative_to(dist): p.read_bytes() for p in sorted(dist.rglob("*")) if p.is_file()}
    failed = _run("npm", "run", "--silent", "build", cwd=CONSOLE)
    if failed:
        return failed
    after = {p.relative_to(dist): p.read_bytes() for p in sorted(dist.rglob("*")) if p.is_file()}
    changed = sorted(str(n) for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    for name, content in before.items():  # leave the tree as it was found
        (dist / name).write_bytes(content)
    for name in after.keys() - before.keys():
        (dist / name).unlink()
    if changed:
        return (
            f"the committed bundle is not what its sources build: {', '.join(changed)}\n"
            "run: npm run build (in static/console)"
        )
    return ""


def checks() -> list[tuple[str, Callable[[], str]]]:
    """Give every check: its name and a function that gives the problems as text."""
    found: list[tuple[str, Callable[[], str]]] = [
        ("ruff format", lambda: _run("ruff", "format", "--check", ".")),
        ("ruff check", lambda: _run("ruff", "check", "--output-format=concise", ".")),
        ("import rules", lambda: _run("lint-imports")),
        ("manage.py check", lambda: _python("manage.py", "check", "--fail-level", "WARNING")),
        ("migrations", lambda: _python("manage.py", "makemigrations", "--check", "--dry-run")),
        ("translations", translations),
        ("mypy", lambda: _run("mypy")),
    ]
    if (CONSOLE / "package.json").exists():
        found.append(("tsc", lambda: _run("npx", "--no-install", "tsc", "--noEmit", cwd=CONSOLE)))
        found.append(("bundle", bundle))
    return found


def main() -> int:
    """Run from the command line."""
    try:
        bootstrap("check")
    except BootstrapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    failures = 0
    for name, check in checks():
        begun = time.monotonic()
        problems = check()
        failures += bool(problems)
        mark = "FAILED" if problems else "ok"
        print(f"{name:<16} {mark:<6} {time.monotonic() - begun:5.1f} s", flush=True)
        if problems:
            print("\n".join(f"    {line}" for line in problems.splitlines()[-60:]), flush=True)
    print("all checks passed" if not failures else f"{failures} checks failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
