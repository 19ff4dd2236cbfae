"""What the dialplan must not do, whatever the call."""

import re
from pathlib import Path

DIALPLAN = Path(__file__).parents[3] / "asterisk" / "etc" / "extensions_huawu.conf"
OF_ANOTHER = re.compile(r"\$\{(?:IMPORT|MASTER_CHANNEL)\((.*)")


def imported(text: str) -> list[str]:
    """Return what is read of other channels: (channel,)what of each IMPORT and MASTER_CHANNEL."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(";")]
    return [found[1] for line in lines for found in OF_ANOTHER.finditer(line)]


def test_only_plain_variables_are_read_of_another_channel() -> None:
    # IMPORT holds the other channel's lock. A function that asks its SIP thread, which may wait for
    # that lock, stops both channels for good, and every command that lists channels after them.
    read = imported(DIALPLAN.read_text("utf-8"))
    assert len(read) >= 2
    plain = re.compile(r"^\$\{\w+\},\w+\)\}")
    assert [one for one in read if not plain.match(one)] == []


def test_a_function_of_another_channel_would_be_seen() -> None:
    (found,) = imported("same => n,NoOp(${IMPORT(${HW_AGENT_CHANNEL},CHANNEL(endpoint))})")
    assert not re.match(r"^\$\{\w+\},\w+\)\}", found)
