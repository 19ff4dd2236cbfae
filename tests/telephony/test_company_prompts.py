"""A company's own prompts on real calls: heard, replaced under a running call, in force after."""

import array
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.telephony.audio import RATE, Ear, goertzel, tone_ulaw, write_pcap
from tests.telephony.stack import Stack
from tests.telephony.test_ivr_nodes import DID, publish
from tests.telephony.waiting import until
from tests.unit.prompts.sounds import tone_wav
from tools.sipp import HangUp, Keys, Pause, Play, caller_scenario

NAME = "signal"
FLOW = {
    "name": "测试音",
    "start": "menu",
    "nodes": {
        "menu": {
            "kind": "menu",
            "prompts": [NAME],
            "keys": {"2": "end"},
            "timeout_s": 12,
            "tries": 5,
            "on_failed": "end",
        },
        "end": {"kind": "hangup"},
    },
}
UPLOAD = """
from apps.core.tenancy import tenant_scope
from apps.prompts.models import Prompt
from apps.prompts.services import audio_upload, prompt_create
from apps.prompts.tasks import audio_make_later
from apps.tenants.models import Tenant
tenant = Tenant.objects.get(slug="demo")
with tenant_scope(tenant.pk):
    prompt = Prompt.objects.filter(name={name!r}).first() or prompt_create(
        tenant_id=tenant.pk, name={name!r}, title="", kind={kind!r}, actor=None)
    audio = audio_upload(
        prompt=prompt, language="zh", pieces=[open({path!r}, "rb").read()], actor=None)
    audio_make_later(audio)
"""


def revision_of(stack: Stack, name: str = NAME) -> int:
    """Give the prompt's revision, 0 when there is none yet."""
    rows = stack.sql("SELECT revision FROM prompts_prompt WHERE name = %s", name)
    return int(rows[0][0]) if rows else 0


def upload(stack: Stack, folder: Path, hz: int, name: str = NAME, kind: str = "other") -> None:
    """Upload a tone of 2 s and wait until the worker has put it in force."""
    before = revision_of(stack, name)
    path = folder / f"{hz}.wav"
    path.write_bytes(tone_wav(hz, 2))
    stack.manage("shell", "--no-imports", "-c", UPLOAD.format(name=name, kind=kind, path=str(path)))
    until(lambda: revision_of(stack, name) > before, 20, "the new revision is in force")


def share(ear: Ear, hz: int, since: int) -> float:
    """Give the largest part of any half second heard since then that lies at a frequency."""
    heard = ear.heard[since:]
    parts = [heard[at : at + RATE // 2] for at in range(0, len(heard) - RATE // 2, RATE // 4)]
    return max((goertzel(array.array("h", part), hz) for part in parts), default=0.0)


def await_tone(ear: Ear, hz: int, other: int, since: int) -> None:
    """Wait for one frequency and insist that the other is not heard."""
    until(lambda: share(ear, hz, since) > 0.9, 30, f"{hz} Hz is heard")
    assert share(ear, other, since) < 0.1


@pytest.fixture
def second_ear() -> Iterator[Ear]:
    """Hear what Asterisk sends to a second caller."""
    listener = Ear()
    yield listener
    listener.close()


def test_replacing_a_prompt_changes_the_next_call_and_not_the_running_one(
    stack: Stack, tmp_path: Path, ear: Ear, second_ear: Ear
) -> None:
    upload(stack, tmp_path, 700)
    publish(stack, tmp_path, FLOW)
    steps = [Pause(60000), HangUp()]
    running = stack.sipp.start(
        caller_scenario(steps, caller="13750000001", rtp_port=ear.port), service=DID
    )
    await_tone(ear, 700, 1100, 0)
    upload(stack, tmp_path, 1100)
    next_call = stack.sipp.start(
        caller_scenario([Pause(20000), HangUp()], caller="13750000002", rtp_port=second_ear.port),
        service=DID,
    )
    await_tone(second_ear, 1100, 700, 0)
    # No key: after 12 s the menu is played again. (A key would have Asterisk send to SIPp's port.)
    quiet = len(ear.heard)
    await_tone(ear, 700, 1100, quiet)
    running.hang_up()
    next_call.hang_up()
    assert "prompt missing" not in stack.log("fastagi")


@pytest.fixture
def role(stack: Stack) -> Iterator[Callable[[str], None]]:
    """Give agent 1001 another role; he is an agent again afterwards."""

    def become(role: str) -> None:
        stack.sql("UPDATE accounts_user SET role = %s WHERE username = '1001' RETURNING id", role)

    yield become
    become("agent")


def code(stack: Stack, folder: Path) -> str:
    """Give what is dialled to record the prompt in English."""
    if not stack.sql("SELECT 1 FROM prompts_prompt WHERE name = %s", NAME):
        upload(stack, folder, 900)
    [(number,)] = stack.sql("SELECT number FROM prompts_prompt WHERE name = %s", NAME)
    return f"*772{number}"


def test_admin_records_a_prompt_by_phone(
    stack: Stack, tmp_path: Path, role: Callable[[str], None]
) -> None:
    role("admin")
    number = code(stack, tmp_path)
    pcap = stack.sipp.folder / "said.pcap"
    said = Play(write_pcap(pcap, tone_ulaw(500, 3)), 3)
    # The first prompt and the beep are 5 s; then he speaks, ends with #, hears it and keeps it.
    steps = [Pause(6500), said, Keys("#"), Pause(1000), Keys("2"), Pause(4500), Keys("1")]
    stack.sipp.start(
        caller_scenario(
            [*steps, Pause(6000), HangUp()], caller="1001", credentials=("1001", "demo-1001")
        ),
        service=number,
        ip="127.0.0.1",
    ).wait(60)
    found = until(
        lambda: stack.sql(
            "SELECT a.source, a.duration_ms, p.revision FROM prompts_promptaudio a"
            " JOIN prompts_prompt p ON p.id = a.prompt_id"
            " WHERE p.name = %s AND a.language = 'en' AND a.state = 'ready'",
            NAME,
        ),
        20,
        lambda: stack.log("fastagi")[-2000:],
    )
    source, duration_ms, revision = found[0]
    assert source == "phone"
    # Of the 3 s said; a busy machine begins to record half a second late.
    assert 2000 < duration_ms < 4500
    sounds = stack.asterisk.instance / "data/sounds/en/huawu-company/demo"
    with wave.open(str(sounds / f"{NAME}-{revision}.wav")) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    assert goertzel(samples[RATE : 2 * RATE], 500) > 0.8
    assert list((stack.asterisk.instance / "recordings").glob("prompt-*")) == []


def test_agent_who_is_no_admin_may_not_record(stack: Stack, tmp_path: Path) -> None:
    number = code(stack, tmp_path)
    refused = caller_scenario(
        [], caller="1001", credentials=("1001", "demo-1001"), expect_refusal=603
    )
    stack.sipp.start(refused, service=number, ip="127.0.0.1").wait(30)
    decided = stack.sql(
        "SELECT data->>'reason' FROM calls_callfact WHERE kind = 'decided' ORDER BY id DESC LIMIT 1"
    )
    assert decided == [("no prompt that this phone may record",)]
