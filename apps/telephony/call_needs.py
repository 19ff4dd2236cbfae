"""The skills that a call asks for as one channel variable: ASCII, no comma, no space.

`name:seconds_level+seconds_level/name:...`, the name as in a URL: what an admin calls a skill never
meets the dialplan's own signs.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from apps.acd.engine.floor import Need

ONE = re.compile(
    r"([^:/+]{1,400}):([0-9]{1,6}_[0-9]{1,3}(?:\+[0-9]{1,6}_[0-9]{1,3}){0,9})", re.ASCII
)
# What a user event carries is read up to here.
LONGEST = 900


def needs_write(needs: Iterable[Need]) -> str:
    """Return the variable's value; needs that do not fit any more are left out."""
    written = ""
    for need in needs:
        steps = "+".join(f"{int(after_s)}_{level}" for after_s, level in need.steps)
        # quote() leaves "_", ".", "-" and "~", none of which separates.
        longer = f"{written}/{quote(need.skill, safe='')}:{steps}".lstrip("/")
        if steps and len(longer) <= LONGEST:
            written = longer
    return written


def needs_read(written: str) -> tuple[Need, ...]:
    """Return the needs of a variable's value; what is unreadable asks for nothing."""
    found = []
    for part in written.split("/"):
        match = ONE.fullmatch(part)
        if match:
            steps = [step.split("_") for step in match[2].split("+")]
            found.append(
                Need(
                    unquote(match[1]), tuple(sorted((float(at), int(level)) for at, level in steps))
                )
            )
    return tuple(found)
