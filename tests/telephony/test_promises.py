"""The promises on the whole product: figures are what SIPp saw, beats come and are missed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.promises.engine.service import AMI, FASTAGI, SLOT, WEB, slot_of
from tests.telephony.audio import Ear, tone_ulaw, write_pcap
from tests.telephony.stack import Stack
from tests.telephony.test_distributor import DID, Sign, ports, sign, visit
from tests.telephony.test_ivr_demo import ledger
from tests.telephony.waiting import until
from tools.sipp import HangUp, Pause, Run, SpeakUntilBye, WaitBye, caller_scenario

__all__ = ["ports", "sign"]

# Nothing is promised of what SIPp itself and the wire need; it is some milliseconds.
NEAR_MS = 60
RTP_TIMEOUT_S = 3
PARTS = (
    "callers", "connected", "refused", "unserved", "gave_up",
    "voices", "voice_ms", "straight", "picks", "talks", "dropped",
)  # fmt: skip
REFUSED = "13700137000"
SERVICE = """
import json
from datetime import datetime
from django.db.models import Sum
from apps.promises.models import ServiceQuarter
from apps.promises.service_quarters import service_tend
service_tend(datetime.fromisoformat({now!r}))
sums = ServiceQuarter.objects.aggregate(up=Sum("up"), down=Sum("down"), unknown=Sum("unknown"))
for causes in ServiceQuarter.objects.values_list("causes", flat=True):
    for name, slots in causes.items():
        sums["why_" + name] = sums.get("why_" + name, 0) + slots
print("SUMS" + json.dumps(sums))
"""


def tended(stack: Stack) -> dict[str, int]:
    """Measure what is marked, as the worker does; give the demo company's sums."""
    stack.manage("promises", "tend", "--tenant", "demo")
    rows = stack.sql(
        f"SELECT {', '.join(f'COALESCE(sum(q.{part}), 0)' for part in PARTS)}"  # noqa: S608 - ours
        " FROM promises_promisequarter q JOIN tenants_tenant t ON t.id = q.tenant_id"
        " WHERE t.slug = 'demo'"
    )
    return {part: int(value) for part, value in zip(PARTS, rows[0], strict=True)}


def grown(stack: Stack, before: dict[str, int]) -> dict[str, int]:
    """Give what was added to the company's sums."""
    return {part: value - before[part] for part, value in tended(stack).items()}


def against(stack: Stack, caller: str) -> list[str]:
    """Give what of a caller's call counts against a promise."""
    rows = stack.sql(
        "SELECT p.against FROM promises_promisecall p JOIN calls_call c ON c.id = p.call_id"
        " WHERE c.caller = %s",
        caller,
    )
    return [str(what) for (what,) in rows]


def dials(stack: Stack, caller: str, *steps: object, ear: Ear | None = None) -> Run:
    """Let a caller ring the queue; SIPp writes how soon it was answered."""
    scenario = caller_scenario(list(steps), caller=caller, rtp_port=ear.port if ear else None)  # type: ignore[arg-type]
    return stack.sipp.start(scenario, service=DID, options=["-trace_rtt", "-rtt_freq", "1"])


def answered_ms(run: Run) -> float:
    """Give the time from INVITE to 200 that SIPp measured."""
    (written,) = run.folder.glob("*_rtt.csv")
    return float(written.read_text("utf-8").splitlines()[1].split(";")[1])


@pytest.fixture
def watch_closely(whole_stack: Stack) -> Iterator[Callable[[], None]]:
    """Let Asterisk end a phone's line that went silent after three seconds instead of minutes.

    To be called once the agent is signed in: a change of phones renders the file anew.
    """
    path: Path = whole_stack.asterisk.rendered_dir / "pjsip_huawu.conf"
    patient, eager = "rtp_timeout = 120", f"rtp_timeout = {RTP_TIMEOUT_S}"

    def put(old: str, new: str) -> None:
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
        whole_stack.asterisk.cli("module reload res_pjsip.so")

    def watch() -> None:
        put(patient, eager)
        until(lambda: timeout_of(whole_stack) == RTP_TIMEOUT_S, 10, "the phone is watched closely")

    yield watch
    put(eager, patient)


def timeout_of(stack: Stack) -> int:
    """Give after how many silent seconds Asterisk ends the phone's line."""
    for line in stack.asterisk.cli("pjsip show endpoint 1004").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "rtp_timeout":
            return int(value)
    return 0


def test_figures_are_what_the_callers_saw(
    stack: Stack, sign: Sign, ear: Ear, watch_closely: Callable[[], None]
) -> None:
    before = tended(stack)
    stack.sipp.start(caller_scenario([], caller=REFUSED, expect_refusal=403)).wait(20)
    gone = dials(stack, "13609100001", Pause(1500), HangUp())
    gone.wait(30)
    desk = sign("1004")
    agent = desk.answers(Pause(1500), HangUp())
    served = dials(stack, "13609100002", WaitBye())
    agent.wait(30)
    served.wait(30)
    # A phone that speaks, and dies in the talk: it says no goodbye.
    watch_closely()
    voice = write_pcap(stack.sipp.folder / "phone.pcap", tone_ulaw(500, 60))
    dying = desk.answers(SpeakUntilBye(voice, 60))
    lost = dials(stack, "13609100003", WaitBye(), ear=ear)
    until(lambda: visit(stack, "13609100003")[:1] == ("answered",), 20, "they talk")
    dying.stop()
    lost.wait(40)
    for caller in (REFUSED, "13609100001", "13609100002", "13609100003"):
        ledger(stack, caller)
    seen_ms = sum(answered_ms(run) for run in (gone, served, lost))
    expected = {
        "callers": 4, "connected": 3, "refused": 1, "unserved": 0, "gave_up": 0,
        "voices": 3, "straight": 0, "picks": 2, "talks": 2, "dropped": 1,
    }  # fmt: skip

    def measured() -> bool:
        found = grown(stack, before)
        return all(found[part] == value for part, value in expected.items())

    until(measured, 10, lambda: f"{grown(stack, before)}, SIPp saw {expected}")
    assert grown(stack, before)["voice_ms"] == pytest.approx(seen_ms, abs=3 * NEAR_MS)
    assert against(stack, "13609100003") == ["network"]
    assert against(stack, "13609100002") == []


def beaten(stack: Stack, part: str, slot: datetime) -> bool:
    """Say whether a part has beaten in a slot."""
    query = "SELECT 1 FROM promises_heartbeat WHERE component = %s AND slot = %s"
    return bool(stack.sql(query, part, slot))


def service(stack: Stack, slot: datetime) -> dict[str, int]:
    """Sum beats up as the worker will when `slot` and its grace are over; give all sums."""
    now = slot + SLOT + timedelta(seconds=30)
    told = stack.manage("shell", "--no-imports", "-c", SERVICE.format(now=now.isoformat()))
    found = next(line for line in told.splitlines() if line.startswith("SUMS"))
    return {name: value or 0 for name, value in json.loads(found.removeprefix("SUMS")).items()}


def test_a_killed_listener_is_down_and_a_lost_link_unknown(stack: Stack) -> None:
    for part in (WEB, FASTAGI, AMI):
        until(
            lambda part=part: beaten(stack, part, slot_of(datetime.now(UTC))), 35, f"{part} beats"
        )  # type: ignore[misc]
    stack.kill("ami")
    killed = slot_of(datetime.now(UTC))
    away = killed + SLOT
    before = service(stack, killed)
    until(lambda: slot_of(datetime.now(UTC)) > away, 65, "a whole slot without the listener")
    for part in (WEB, FASTAGI):
        assert beaten(stack, part, away)
    assert not beaten(stack, AMI, away)
    found = service(stack, away)
    assert found["down"] == before["down"] + 1
    assert found["why_ami"] == before.get("why_ami", 0) + 1
    assert found["up"] == before["up"]

    stack.run("ami")
    until(lambda: beaten(stack, AMI, slot_of(datetime.now(UTC))), 35, "it beats again")
    cut = slot_of(datetime.now(UTC))
    kick(stack)
    until(
        lambda: stack.sql(
            "SELECT 1 FROM calls_linkgap WHERE reason = 'link lost' AND ended_at >= %s", cut
        ),
        20,
        "the gap is told",
    )
    until(lambda: all(beaten(stack, part, cut) for part in (WEB, FASTAGI)), 30, "others beat")
    after = service(stack, cut)
    assert after["unknown"] >= found["unknown"] + 1
    assert after["why_link"] >= found.get("why_link", 0) + 1
    assert after["up"] == found["up"]


def kick(stack: Stack) -> None:
    """Cut the listener's link at the exchange's end."""
    for line in stack.asterisk.cli("manager show connected").splitlines():
        words = line.split()
        if len(words) > 4 and words[0] == "huawu":
            stack.asterisk.cli(f"manager kick session {words[4]}")
