"""Call the running demo as a carrier would: SIPp plays 王芳 who wants to speak to sales.

    make demo-call                                    13800138000 calls 4008001000 and presses 1
    python3 -m tools.demo_call --to 4008002000 --keys "" --caller 13900139000

The caller speaks a sentence again and again until the agent hangs up, or until Ctrl-C here.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import os
import re
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
import wave
from pathlib import Path

from tools.bootstrap import BootstrapError, bootstrap, say
from tools.lab import LabError
from tools.paths import DEMO
from tools.prompts import Prompt, PromptError, build
from tools.rtp_capture import ulaw_bytes, write_pcap
from tools.sipp import Keys, Note, Pause, Run, Sipp, SpeakUntilBye, Step, caller_scenario

CALL_S = 600
SENTENCE = "您好，我想了解一下你们的产品和价格，谢谢。"
# SIPp's own SDP names a port of this range; the carrier's address has them to itself.
MEDIA = (31900, 31919)


def voice(folder: Path) -> tuple[Path, float]:
    """Make the caller's speech as a capture of RTP; give it with its seconds."""
    prompt = Prompt("demo-caller", "zh", SENTENCE, None)
    with wave.open(str(build([prompt])[prompt])) as speech:
        samples = array.array("h", speech.readframes(speech.getnframes()))
    samples.extend([0] * 16000)
    # One capture for the whole call: its RTP numbers must not begin again, a browser would drop
    # them as old.
    speech_ulaw = ulaw_bytes(samples)
    times = int(CALL_S * 8000 / len(speech_ulaw))
    return write_pcap(folder / "caller.pcap", speech_ulaw * times), times * len(speech_ulaw) / 8000


def steps(keys: str, sentence: tuple[Path, float]) -> list[Step]:
    """Press the keys after the menu has begun, then speak until the agent hangs up."""
    done: list[Step] = [Note("answered")]
    for digit in keys:
        done += [Pause(2500), Keys(digit), Note(f"pressed {digit}")]
    done.append(Note("waiting"))
    done.append(SpeakUntilBye(*sentence))
    return done


def follow(run: Run, hint: str) -> None:
    """Show the call's progress until it ends."""
    shown = 0
    while run.is_running():
        lines = [
            line for path in run.folder.glob("*_logs.log") for line in path.read_text().splitlines()
        ]
        for line in lines[shown:]:
            say({"answered": "the menu answers", "waiting": hint}.get(line, line))
        shown = len(lines)
        time.sleep(0.2)


def is_ready(url: str) -> bool:
    """Say whether the demo can take a call; wait a minute for one that is starting."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):  # noqa: S310 - our own http
                return True
        except urllib.error.HTTPError:
            time.sleep(0.5)  # it runs and is not ready yet
        except OSError:
            return False
    return False


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Call the running demo.")
    parser.add_argument("--to", default="4008001000", help="number dialled")
    parser.add_argument("--caller", default="13800138000", help="caller's number")
    parser.add_argument("--keys", default="1", help="keys to press, one after each prompt")
    wanted = parser.parse_args()
    if not re.fullmatch(r"[0-9+]{1,20}", wanted.to) or not re.fullmatch(
        r"[0-9+]{1,20}", wanted.caller
    ):
        parser.error("--to and --caller are numbers")
    if not re.fullmatch(r"[0-9*#]*", wanted.keys):
        parser.error("--keys are 0-9 * #")
    port = int(os.environ.get("HUAWU_SIP_PORT") or 5060)
    url = f"http://127.0.0.1:{os.environ.get('HUAWU_HTTP_PORT') or 8000}"
    if not is_ready(url):
        print(f"error: no demo is ready at {url}; first: make demo", file=sys.stderr)
        return 1
    folder = (Path(os.environ.get("HUAWU_DATA_DIR") or DEMO) / "demo-call").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        bootstrap("demo")
        sentence = voice(folder)
        sipp = Sipp(folder, f"127.0.0.1:{port}")
        say(f"{wanted.caller} calls {wanted.to}")
        run = sipp.start(
            caller_scenario(steps(wanted.keys, sentence), caller=wanted.caller),
            service=wanted.to,
            options=["-trace_logs"],
            media=MEDIA,
        )
    except (BootstrapError, LabError, PromptError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    hint = (
        f"waiting in the queue: open {url}, sign in as 1001 / demo-1001, go ready, answer."
        " Ctrl-C hangs up."
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        follow(run, hint)
        run.wait(1)
    except KeyboardInterrupt:
        say("the caller hangs up")
        run.hang_up()
        with contextlib.suppress(AssertionError):
            run.wait(3)
        return 0
    except AssertionError as error:
        print(f"error: the call failed\n{error}", file=sys.stderr)
        return 1
    say("the call has ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
