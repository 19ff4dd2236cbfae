"""The keyboard's one list: a key does one thing, and the script knows each."""

import re

from apps.console.shortcuts import SHORTCUTS, shortcut_actions
from tools.paths import ROOT


def test_a_key_does_one_thing() -> None:
    keys = [shortcut.key for _title, group in SHORTCUTS for shortcut in group]
    assert len(keys) == len(set(keys)) == len(shortcut_actions())
    # Browsers open their own menus with them before the page hears it.
    assert not {"e", "f"} & set(keys)


def test_script_knows_every_action() -> None:
    source = ROOT / "static/console/src"
    desk = (source / "desk.ts").read_text("utf-8")
    operations = (source / "operations.ts").read_text("utf-8")
    known = set(re.findall(r'^  "?([a-z-]+)"?: \(\) =>', desk, re.MULTILINE))
    known |= set(re.findall(r'"([a-z-]+)"', operations))
    assert set(shortcut_actions().values()) <= known
