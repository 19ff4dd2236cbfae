"""Callers for browser tests."""

from tests.browser.office import Office
from tests.telephony.audio import tone_ulaw, write_pcap
from tools.sipp import HangUp, Keys, Pause, Play, Run, caller_scenario

WANG_FANG = "13800138000"
CALLER_HZ = 440


def call_sales(office: Office, seconds: float, *, caller: str = WANG_FANG) -> Run:
    """Dial the main menu from the carrier, press 1, speak for so many seconds, hang up."""
    voice = write_pcap(office.sipp.folder / "caller.pcap", tone_ulaw(CALLER_HZ, seconds))
    # Speech too soon after the key cuts the key off (SIPp 3.8, one run in two).
    steps = [Pause(1500), Keys("1"), Pause(1000), Play(voice, seconds), HangUp()]
    return office.sipp.start(caller_scenario(steps, caller=caller), service="4008001000")


def last_call(office: Office, caller: str) -> tuple[int, str]:
    """Give (id, linkedid) of the newest call of a caller."""
    found = office.sql(
        "SELECT id, linkedid FROM calls_call WHERE caller = ? ORDER BY id DESC LIMIT 1", caller
    )
    return int(found[0][0]), str(found[0][1])
