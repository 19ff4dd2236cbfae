"""Signs of a recovery in a real page: what it shows and how soon, what the caller heard meanwhile.

And how a machine is put to sleep with its browser.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.measured import measured
from tests.telephony.audio import RATE, rms
from tests.telephony.browser_phones import BrowserPhone, SipVoice
from tests.telephony.stack import Stack
from tests.telephony.waiting import until

# Within a second; measured, and asserted with room for a slow machine.
RIGHT_AGAIN_S = 10.0
# Of the machine that sleeps, all of it is stopped: its processes are found by this flag.
SLEEPER = "--huawu-sleeper"


def has_music(customer: SipVoice, *others: BrowserPhone) -> None:
    """Wait until he hears half a second that is nobody's tone and not silence."""
    since = customer.mark()

    def is_music() -> bool:
        parts = customer.parts(since, [other.hz for other in others])
        heard = customer.heard[-RATE // 2 :]
        return parts is not None and max(parts) < 0.1 and rms(heard) > 50

    until(is_music, 30, lambda: f"music, hears {customer.parts(since, [one.hz for one in others])}")


class Listening:
    """What a customer hears from now on, by the clock: Asterisk sends nothing where no sound is."""

    def __init__(self, customer: SipVoice) -> None:
        self._customer = customer
        self._since, self._begun = int(customer.mark()), time.monotonic()

    def without_sound_s(self) -> float:
        """Give the seconds for which nothing came, and the longest for which silence came."""
        heard, block = self._customer.heard, RATE // 5
        missing = time.monotonic() - self._begun - (len(heard) - self._since) / RATE
        longest = silent = 0
        for start in range(self._since, len(heard) - block, block):
            silent = 0 if rms(heard[start : start + block]) > 50 else silent + 1
            longest = max(longest, silent)
        return max(0.0, missing) + longest / 5


def is_right(phone: BrowserPhone, state: str, call: str, hold: bool) -> bool:
    """Say whether the page believes itself and shows this."""
    shown = phone.page.evaluate(
        "() => { const one = (id) => document.querySelector(`[data-testid=${id}]`);"
        " return [one('connection')?.dataset.mood, one('desk-state')?.dataset.state,"
        " one('call-card')?.dataset.state ?? '', one('hold')?.getAttribute('aria-pressed')]; }"
    )
    return bool(shown == ["good", state, call, str(hold).lower()])


def right_again(
    phone: BrowserPhone, what: str, state: str, call: str, *, since: float, hold: bool = False
) -> None:
    """Wait until the page is right; print how long after `since`."""
    until(
        lambda: is_right(phone, state, call, hold),
        40,
        lambda: f"right after {what}: {phone.text('desk-state')} {phone.text('call-card')[:200]}",
    )
    took = time.monotonic() - since
    measured(f"{what}: the page is right {took * 1000:.0f} ms after the recovery")
    assert took < RIGHT_AGAIN_S


def facts(stack: Stack, caller: str, kind: str) -> int:
    """Give how many facts of a kind a caller's calls have."""
    query = (
        "SELECT count(*) FROM calls_callfact f JOIN calls_call c USING (node, linkedid)"
        " WHERE c.caller = %s AND f.kind = %s"
    )
    return int(stack.sql(query, caller, kind)[0][0])


def processes(flag: str) -> list[int]:
    """Give the processes of the Chromium that was started with a flag: it and all below it."""
    parents: dict[int, int] = {}
    found: set[int] = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            status = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(folder.name)
        parents[pid] = int(status[1])
        if flag.encode() in command and b"chromium" in command[0]:
            found.add(pid)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


@contextmanager
def asleep() -> Iterator[None]:
    """Stop the whole browser, as a closed lid stops the machine; sockets stay open."""
    stopped = processes(SLEEPER)
    assert stopped
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
