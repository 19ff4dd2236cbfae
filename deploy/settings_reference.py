"""Write the pages that list every environment variable, from `config.env.REGISTRY`.

`docs/settings.md` and `deploy/huawu.env.example` are its output; a test compares. Run it as
`python -m deploy.settings_reference` in the project's folder after a change of `config/env.py`.
"""

import os
from pathlib import Path

os.environ.setdefault("HUAWU_DEMO", "1")

from config.env import REGISTRY, Setting

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = {
    "HUAWU_SECRET_KEY": "",
    "HUAWU_ALLOWED_HOSTS": "",
    "HUAWU_DATABASE_URL": "",
    "HUAWU_REDIS_URL": "redis://127.0.0.1:6379/0",
    "HUAWU_AMI_SECRET": "",
    "HUAWU_DATA_DIR": "/var/lib/huawu",
    "HUAWU_ASTERISK_DIR": "/srv/huawu",
}
"""What a deployment has to think about, with the value that fits the files in deploy/."""
DEMO_ONLY = frozenset({"HUAWU_DEMO", "HUAWU_DEBUG"})

DOCS_HEAD = """\
# Settings

Written by `python -m deploy.settings_reference`; a test compares. Every setting is an environment
variable, declared once in `config/env.py` with its type. A value that cannot be used refuses to
start and says why. Nothing else is read: no `.env` file, no `local_settings`.

**needed** in the last column: outside the demo there is no useful default
(`deploy/huawu.env.example` has them first).

| variable | default | meaning | |
|---|---|---|---|
"""

DOCS_TAIL = """
## For those who work on Huawu

These are read by the tools behind `make` and by the tests, not by the product.

| variable | meaning |
|---|---|
| `HUAWU_ASTERISK_ROOT` | A private root with Asterisk in it, instead of the shared cache. |
| `HUAWU_TEST_DATABASE_URL` | PostgreSQL for the tests; `make test` starts one and sets it. |
| `HUAWU_TEST_REDIS_URL` | Redis for the tests; likewise. |
| `HUAWU_TEST_PORT_BASE` | First port that the tests with a real Asterisk may use. |
| `HUAWU_TEST_STREAMS` | How many pytest processes `make test` runs at once; 3. |
| `HUAWU_BENCH_CUSTOMERS` | Customers of the bench's part `customers`; 1,000,000. |
| `HUAWU_BENCH_CALLS` | Its calls; 10,000,000. |
"""

ENV_HEAD = """\
# Huawu's settings: copy to /etc/huawu/huawu.env, mode 0640, owner root, group asterisk.
# Written by `python -m deploy.settings_reference`; a test compares. Meaning: docs/settings.md.
# Lines are NAME=value without quotes, as systemd's EnvironmentFile and compose read them.

# --- Needed -----------------------------------------------------------------------------------
"""
ENV_OPTIONAL = """
# --- As it is, unless you say otherwise -------------------------------------------------------
"""


def settings_docs() -> str:
    """Return the text of docs/settings.md."""
    rows = [
        f"| `{setting.name}` | {_code(setting.default)} | {_cell(setting.help)} | "
        f"{'**needed**' if setting.name in REQUIRED else ''} |\n"
        for setting in REGISTRY.values()
    ]
    return DOCS_HEAD + "".join(rows) + DOCS_TAIL


def env_example() -> str:
    """Return the text of deploy/huawu.env.example."""
    needed = [_env_lines(REGISTRY[name], value) for name, value in REQUIRED.items()]
    optional = [
        _env_lines(setting, setting.default, prefix="#")
        for setting in REGISTRY.values()
        if setting.name not in REQUIRED and setting.name not in DEMO_ONLY
    ]
    return ENV_HEAD + "\n".join(needed) + ENV_OPTIONAL + "\n".join(optional)


PAGES = {"docs/settings.md": settings_docs, "deploy/huawu.env.example": env_example}


def _env_lines(setting: Setting[object], value: str, prefix: str = "") -> str:
    return f"# {setting.help}\n{prefix}{setting.name}={value}\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
