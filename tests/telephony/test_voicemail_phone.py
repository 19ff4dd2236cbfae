"""Listening by phone on the whole product: *98, PIN, messages, keys that nobody else sees."""

import wave
from collections.abc import Iterator
from typing import Any

import pytest

from tests.telephony.audio import DECODE, RATE, tone_ulaw
from tests.telephony.stack import Stack
from tests.telephony.waiting import until
from tools.sipp import HangUp, Keys, Pause, WaitBye, caller_scenario

AGENT, PIN = "1003", "580246"
MESSAGE_HZ = 900


def shell(stack: Stack, code: str) -> str:
    """Run Python inside the product."""
    return stack.manage("shell", "-v", "0", "-c", code)


@pytest.fixture
def own_message(stack: Stack) -> Iterator[int]:
    """Give agent 1003 a PIN and one message with a tone in his own box; give its id."""
    path = stack.asterisk.instance / f"voicemail/demo-{AGENT}/test-1.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        samples = [DECODE[code] for code in tone_ulaw(MESSAGE_HZ, 4)]
        file.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
    made = shell(
        stack,
        "from apps.accounts.models import Agent\n"
        "from apps.core.tenancy import all_tenants\n"
        "from apps.voicemail.pins import pin_set\n"
        "from apps.voicemail.models import VoicemailMessage\n"
        "from apps.voicemail.services import voicemail_left\n"
        "from django.utils import timezone\n"
        "with all_tenants('test'):\n"
        f"    agent = Agent.objects.get(sip_username='{AGENT}')\n"
        f"    pin_set(agent=agent, pin='{PIN}')\n"
        f"    VoicemailMessage.objects.filter(box='demo-{AGENT}').delete()\n"
        f"    left = voicemail_left(linkedid='test-1', box='demo-{AGENT}', path='{path}',\n"
        "        duration_ms=4000, at=timezone.now(), caller='13900000001', call=None)\n"
        "    print('id', left.pk)\n",
    )
    yield int(made.rpartition("id ")[2])
    path.unlink()


def listens(stack: Stack, *steps: Any) -> None:
    """Dial *98 from the agent's desk phone, do this, wait for the end.

    Nobody can hear him: once keys are sent, Asterisk sends its sound to where they came from.
    """
    scenario = caller_scenario(list(steps), caller=AGENT, credentials=(AGENT, f"demo-{AGENT}"))
    stack.sipp.start(scenario, ip="127.0.0.1", service="*98").wait(90)


def state(stack: Stack, message: int) -> tuple[str, bool]:
    """Give the message's state and whether somebody has listened."""
    [(state, heard_at)] = stack.sql(
        "SELECT state, heard_at FROM voicemail_voicemailmessage WHERE id = %s", message
    )
    return state, heard_at is not None


def test_agent_hears_and_closes_his_message_and_the_pin_is_nowhere(
    stack: Stack, own_message: int
) -> None:
    choose, listen, close = Keys("1"), Pause(22000), Keys("3")
    steps = [Pause(1500), Keys(f"{PIN}#"), Pause(2500), choose, listen, close, Pause(2500)]
    listens(stack, *steps, HangUp())
    assert state(stack, own_message) == ("closed", True)
    assert stack.sql(
        "SELECT count(*) FROM audit_auditentry WHERE action = 'voicemail.listen'"
        " AND object_id = %s",
        str(own_message),
    ) == [(1,)]
    # That the sound was there to play, and that no prompt was missing.
    assert "prompt missing" not in stack.log("fastagi")
    assert PIN not in stack.log("fastagi") + stack.log("ami")
    found = stack.sql("SELECT count(*) FROM calls_callfact WHERE data::text LIKE %s", f"%{PIN}%")
    assert found == [(0,)]


def test_wrong_pins_end_the_call_and_lock_the_box(stack: Stack, own_message: int) -> None:
    wrong = [Pause(1500), Keys("1111#")] * 3
    listens(stack, *wrong, WaitBye(30000))
    listens(stack, *wrong[:4], WaitBye(30000))
    locked = stack.sql(
        "SELECT pin_locked_until IS NOT NULL FROM voicemail_voicemailbox WHERE number = %s", AGENT
    )
    assert locked == [(True,)]
    # Now the right one does not help either.
    listens(stack, Pause(1500), Keys(f"{PIN}#"), WaitBye(30000))
    assert state(stack, own_message) == ("new", False)


def test_agent_who_hangs_up_at_the_pin_leaves_nothing_behind(
    stack: Stack, own_message: int
) -> None:
    listens(stack, Pause(1500), Keys("58"), HangUp())
    until(lambda: "0 active channels" in stack.asterisk.cli("core show channels count"), 10)
    assert state(stack, own_message) == ("new", False)
    assert "Traceback" not in stack.log("fastagi")
