"""Agents in real Chromium pages whose microphone is a tone, and what their loudspeakers hear.

The page, its phone (JsSIP, Opus) and the way through Asterisk are the real ones; only the sound of
the microphone is made, so that who hears whom can be told.
"""

from __future__ import annotations

import array
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import Browser, Error, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, SHOTS
from tests.browser.desk_page import Desk
from tests.telephony.audio import DECODE, goertzel, rms
from tests.telephony.console_session import ConsoleSession
from tests.telephony.parties import WINDOW, Party
from tests.telephony.stack import Stack
from tests.telephony.waiting import until

# Of the power that is heard: what is surely there, and what is surely not.
THERE, ABSENT = 0.1, 0.03
REASON = "测试原因"
# On a busy machine an event may take its time.
LONG_MS = 40_000
# The page looks at the last 32,768 samples, 0.68 s.
EAR_S = 0.75
VOICE = """
(() => {
  if (navigator.mediaDevices === undefined) return; // about:blank
  const hz = HZ;
  let context = null, ear = null;
  const audio = () => (context ??= new AudioContext({ sampleRate: 48000 }));
  navigator.mediaDevices.getUserMedia = async () => {
    const out = audio().createMediaStreamDestination();
    const tone = audio().createOscillator(), gain = audio().createGain();
    tone.frequency.value = hz;
    gain.gain.value = 0.3;
    tone.connect(gain).connect(out);
    tone.start();
    await audio().resume();
    return out.stream;
  };
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener("track", (event) => {
        ear = audio().createAnalyser();
        ear.fftSize = 32768;
        audio().createMediaStreamSource(new MediaStream([event.track])).connect(ear);
      });
    }
  };
  window.toneParts = (tones) => {
    if (ear === null) return tones.map(() => 0);
    const samples = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(samples);
    let total = 0;
    for (const one of samples) total += one * one;
    if (Math.sqrt(total / samples.length) < 0.0015) return tones.map(() => 0);
    return tones.map((tone) => {
      const turn = 2 * Math.cos((2 * Math.PI * tone) / 48000);
      let one = 0, two = 0;
      for (const sample of samples) [one, two] = [sample + turn * one - two, one];
      return (2 * (one * one + two * two - turn * one * two)) / (samples.length * total);
    });
  };
})();
"""


class SipVoice(Party):
    """A customer or a mobile: says a tone, tells what it hears and which keys came."""

    def __init__(self, name: str, hz: int, address: str = "127.0.0.2") -> None:
        self.keys: dict[int, str] = {}
        super().__init__(name, hz, address)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                packet, self._to = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            kind = packet[1] & 0x7F if len(packet) > 12 else -1
            if kind == 0:
                self.heard.extend(DECODE[code] for code in packet[12:])
            elif kind in (96, 101):  # a key (RFC 4733); its packets have one time stamp
                stamp = int.from_bytes(packet[4:8], "big")
                self.keys[stamp] = "0123456789*#"[packet[12]] if packet[12] < 12 else "?"

    @property
    def pressed(self) -> str:
        """Give the keys that were heard, in their order."""
        return "".join(self.keys.values())

    def mark(self) -> float:
        """Give where the sound is now."""
        return float(len(self.heard))

    def parts(self, since: float, tones: list[int]) -> list[float] | None:
        """Give each tone's part of the sound since then, at most half a second; None for none."""
        heard = array.array("h", self.heard[max(int(since), len(self.heard) - WINDOW) :])
        if len(heard) < WINDOW:
            return None
        return [goertzel(heard, hz) if rms(heard) > 50 else 0.0 for hz in tones]


class BrowserPhone(Desk):
    """An agent's page on the whole product; says `hz`."""

    name: str = ""
    hz: int = 0

    def mark(self) -> float:
        """Give when it is now."""
        return time.monotonic()

    def parts(self, since: float, tones: list[int]) -> list[float] | None:
        """Give each tone's part of what the loudspeaker says; None before it can be told."""
        if time.monotonic() - since < EAR_S:
            return None
        found: list[float] = self.page.evaluate("(tones) => toneParts(tones)", tones)
        return found

    def wait_state(self, state: str) -> None:
        """Wait until the server says this of the agent."""
        expect(self.at("desk-state")).to_have_attribute("data-state", state, timeout=LONG_MS)

    def wait_call(self, state: str, timeout_ms: int = LONG_MS) -> None:
        """Wait until the card shows a call in this state."""
        super().wait_call(state, timeout_ms)

    def answer(self) -> None:
        """Answer when the button allows it, wait until the card says talking."""
        self.can("answer")
        self.at("answer").click()
        self.wait_call("talking")

    def key(self, letter: str) -> None:
        """Press Alt with a letter."""
        self.page.keyboard.press(f"Alt+{letter}")

    def choose(self, number: str, *, is_asked: bool = False) -> None:
        """Give the call to a number, or ask it first, by keyboard alone."""
        self.key("t")
        expect(self.at("transfer-input")).to_be_focused()
        self.page.keyboard.type(number)
        expect(self.at("target").first).to_contain_text(number, timeout=LONG_MS)
        self.page.keyboard.press("Control+Enter" if is_asked else "Enter")
        expect(self.at("transfer-dialog")).to_be_hidden()

    def can(self, name: str) -> None:
        """Wait until a button is there and free."""
        expect(self.at(name)).to_be_visible(timeout=LONG_MS)
        expect(self.at(name)).to_be_enabled(timeout=LONG_MS)

    def idle(self) -> None:
        """Wait until the phone has no call."""
        expect(self.at("hangup")).to_be_disabled(timeout=LONG_MS)

    def be_ready(self) -> None:
        """Be signed in and ready, after a wrap-up too; who waits rings at once."""
        expect(self.at("phone-state")).to_have_attribute("data-mood", "good", timeout=LONG_MS)
        expect(self.at("connection")).to_have_attribute("data-mood", "good", timeout=LONG_MS)
        if self.at("desk-state").get_attribute("data-state") == "ready":
            return
        self.at("sign-in").or_(self.at("ready")).locator("visible=true").first.click()
        state = re.compile("^(ready|ringing)$")
        expect(self.at("desk-state")).to_have_attribute("data-state", state, timeout=LONG_MS)

    def keep_picture(self, name: str) -> None:
        """Keep what the page shows."""
        SHOTS.mkdir(exist_ok=True)
        with suppress(Error):
            self.page.screenshot(path=SHOTS / f"{name}-{self.name}.png")

    def be_ready_or_rung(self) -> None:
        """Wait for a call, ending the wrap-up before it."""
        ready = self.at("ready")
        rung = self.page.locator('[data-testid="answer"]:enabled')
        expect(ready.locator("visible=true").or_(rung).first).to_be_attached(timeout=LONG_MS)
        if ready.is_visible():
            ready.click()


Speaker = SipVoice | BrowserPhone


def together(*speakers: Speaker, timeout: float = 30.0) -> None:
    """Wait until each hears all others."""
    marks = {one.name: one.mark() for one in speakers}
    for one in speakers:
        tones = [other.hz for other in speakers if other is not one]

        def is_heard(one: Speaker = one, tones: list[int] = tones) -> bool:
            parts = one.parts(marks[one.name], tones)
            return parts is not None and min(parts) > THERE

        until(
            is_heard,
            timeout,
            lambda one=one, tones=tones: f"{one.name} hears {tones}: {one.parts(0, tones)}",  # type: ignore[misc]
        )


def deaf(one: Speaker, *others: Speaker) -> None:
    """Insist that he hears none of them; what is on its way may still arrive."""
    time.sleep(0.5)
    since = one.mark()
    time.sleep(1.0)
    parts = one.parts(since, [other.hz for other in others])
    assert parts is None or max(parts) < ABSENT, f"{one.name} hears {others}: {parts}"


def hears(one: Speaker, *others: Speaker, timeout: float = 30.0) -> None:
    """Wait until he hears these, whoever hears him."""
    since = one.mark()
    tones = [other.hz for other in others]
    until(
        lambda: min(one.parts(since, tones) or [0.0]) > THERE,
        timeout,
        lambda: f"{one.name} hears {tones}: {one.parts(0, tones)}",
    )


@contextmanager
def chromium_started(*more: str) -> Iterator[Browser]:
    """Run Debian's Chromium whose pages may make sounds before somebody clicks."""
    flags = [*FLAGS, "--autoplay-policy=no-user-gesture-required", *more]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield browser
        browser.close()


def browser_phone(browser: Browser, stack: Stack, login: str, hz: int) -> BrowserPhone:
    """Open a person's desk with a browser phone that says the tone."""
    ConsoleSession(stack, login).post("/settings/", language="zh-hans", phone_kind="web")
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", permissions=["microphone"]
    )
    context.add_init_script(VOICE.replace("HZ", str(hz), 1))
    phone = BrowserPhone(context.new_page(), f"http://127.0.0.1:{stack.http_port}")
    phone.name, phone.hz = login, hz
    # What is asked why is told this.
    phone.page.on("dialog", lambda dialog: dialog.accept(REASON))
    phone.page.on("pageerror", lambda error: phone.faults.append(f"page error: {error}"))
    phone.sign_in(login)
    expect(phone.at("phone-state")).to_have_attribute("data-mood", "good", timeout=LONG_MS)
    return phone


def closed(phone: BrowserPhone) -> None:
    """Sign out of the queues and close the page."""
    with suppress(Error, AssertionError):
        if phone.at("sign-out").is_visible():
            phone.at("sign-out").click()
            phone.wait_state("signed_out")
    phone.context.close()
