"""Name the places that every tool uses.

The clone, the demo's data, the caches that clones share.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
DEMO = ROOT / ".demo"
STATIC_ETC = ROOT / "asterisk" / "etc"
ANNOUNCE_AGI = ROOT / "asterisk" / "agi-bin" / "huawu-announce"
PROMPTS_TOML = ROOT / "asterisk" / "sounds" / "prompts.toml"
CONSOLE = ROOT / "static" / "console"


def cache_dir() -> Path:
    """Give the folder that all clones of this user share (a second clone builds nothing again)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "huawu"


def asterisk_root() -> Path:
    """Give the private Asterisk root: HUAWU_ASTERISK_ROOT, else one in the shared cache."""
    named = os.environ.get("HUAWU_ASTERISK_ROOT")
    return Path(named) if named else cache_dir() / "asterisk-22"


def venv_python() -> Path:
    """Give the interpreter that has the project's packages."""
    return VENV / "bin" / "python"
