"""The desk in a real Chromium on a real Asterisk: page start to ready phone, click to SIP 200.

The small office of the browser tests (one process of ours, SQLite, Asterisk), a headless Chromium,
a SIPp caller. All times are taken inside the page, on its own clock.

Page start: from the start of the navigation until the page shows both the phone as registered and
the socket as connected; once with nothing cached, once as a reload. Baseline: the login page's
`load` in the same browser. Answer: from the click's event until the page hands `200 OK` for the
INVITE to its WebSocket. Baseline: what the browser alone needs for an answer: the microphone, a
description, all candidates.
"""

import re
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bench.report import at_most, emit, is_small, percentile, say
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.desk_page import Desk
from tests.browser.office import Office
from tests.telephony.waiting import until
from tools.sipp import Keys, Pause, Run, WaitBye, caller_scenario

STARTS, ANSWERS = (3, 3) if is_small() else (12, 10)
READY_AIM_MS, ANSWER_AIM_MS = 1500.0, 150.0
AGENT = "1001"

WATCH = """
(() => {
  const bench = (window.bench = { ready: 0, click: 0, ok: 0 });
  const isGood = (name) =>
    document.querySelector(`[data-testid="${name}"]`)?.getAttribute("data-mood") === "good";
  new MutationObserver(() => {
    if (!bench.ready && isGood("phone-state") && isGood("connection"))
      bench.ready = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.('[data-testid="answer"]')) bench.click = event.timeStamp;
  }, { capture: true });
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    const text = typeof data === "string" ? data : "";
    if (text.startsWith("SIP/2.0 200") && /CSeq: \\d+ INVITE/i.test(text))
      bench.ok ||= performance.now();
    return send.call(this, data);
  };
})();
"""
BARE_ANSWER = """
async () => {
  const options = { audio: true };
  const far = new RTCPeerConnection();
  far.addTrack((await navigator.mediaDevices.getUserMedia(options)).getTracks()[0]);
  await far.setLocalDescription(await far.createOffer());
  const begun = performance.now();
  const near = new RTCPeerConnection();
  const stream = await navigator.mediaDevices.getUserMedia(options);
  near.addTrack(stream.getTracks()[0], stream);
  await near.setRemoteDescription(far.localDescription);
  const gathered = new Promise((done) => {
    near.onicegatheringstatechange = () => near.iceGatheringState === "complete" && done();
  });
  await near.setLocalDescription(await near.createAnswer());
  await gathered;
  const took = performance.now() - begun;
  near.close();
  far.close();
  return took;
}
"""


def mark(page: Page, name: str) -> float:
    """Wait until the page has noted a time; return it in ms since the navigation began.

    Asked from outside: the pages' own policy lets nothing wait inside them that is given as text.
    """
    until(lambda: bool(page.evaluate(f"bench.{name}")), 30, f"the page has noted {name!r}")
    return float(page.evaluate(f"bench.{name}"))


class Bench:
    """One browser; `kept` is the agent's session."""

    def __init__(self, browser: Browser, office: Office) -> None:
        self._browser, self._office = browser, office
        desk = Desk(self._context().new_page(), office.url)
        desk.sign_in(AGENT)
        self.kept: Any = desk.context.storage_state()
        desk.context.close()

    def _context(self, kept: Any = None) -> Any:
        made = self._browser.new_context(
            viewport={"width": 1366, "height": 768},
            locale="zh-CN",
            permissions=["microphone"],
            storage_state=kept,
        )
        made.add_init_script(WATCH)
        return made

    def starts(self) -> None:
        """Open the desk again and again."""
        bare, cold, again = [], [], []
        for _ in range(STARTS):
            context = self._context()
            page = context.new_page()
            page.goto(f"{self._office.url}/login/")
            bare.append(
                float(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
            )
            context.close()
            context = self._context(self.kept)
            page = context.new_page()
            page.goto(self._office.url)
            cold.append(mark(page, "ready"))
            page.reload()
            again.append(mark(page, "ready"))
            context.close()
        for name, times in (("nothing cached", cold), ("reload", again)):
            for share, which in ((0.5, "p50"), (0.95, "p95")):
                emit(
                    at_most(
                        f"page start to ready phone, {name}, {which}",
                        percentile(times, share),
                        "ms",
                        READY_AIM_MS,
                        percentile(bare, share),
                        "login page loaded",
                    )
                )

    def _caller(self, number: str) -> Run:
        """Dial the main menu, press 1, stay until hung up on."""
        steps = [Pause(1500), Keys("1"), WaitBye()]
        return self._office.sipp.start(caller_scenario(steps, caller=number), service="4008001000")

    def answers(self) -> None:
        """Answer one caller after another."""
        context = self._context(self.kept)
        desk = Desk(context.new_page(), self._office.url)
        desk.page.goto(self._office.url)
        bare = [float(desk.page.evaluate(BARE_ANSWER)) for _ in range(ANSWERS)]
        desk.take_calls()
        times = []
        for number in range(ANSWERS):
            caller = self._caller(f"1374440{number:04d}")
            expect(desk.at("answer")).to_be_enabled(timeout=30_000)
            desk.page.evaluate("() => { bench.click = bench.ok = 0; }")
            desk.at("answer").click()
            times.append(mark(desk.page, "ok") - mark(desk.page, "click"))
            desk.wait_call("talking")
            self._office.asterisk.cli("channel request hangup all")
            desk.wait_call("ended")
            caller.wait(30)
            # Whether a wrap-up follows is the queue's affair.
            after = re.compile("^(ready|wrap_up)$")
            expect(desk.at("desk-state")).to_have_attribute("data-state", after, timeout=30_000)
            desk.take_calls()
        context.close()
        for share, which in ((0.5, "p50"), (0.95, "p95")):
            emit(
                at_most(
                    f"click on answer to SIP 200, {which}",
                    percentile(times, share),
                    "ms",
                    ANSWER_AIM_MS,
                    percentile(bare, share),
                    "the browser's own answer",
                )
            )


def main() -> None:
    """Start the office and the browser, measure, stop."""
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        office = Office(folder / "office")
        begun = time.monotonic()
        try:
            office.start()
            say(f"the office is there after {time.monotonic() - begun:.0f} s")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
                bench = Bench(browser, office)
                say(f"{STARTS} page starts")
                bench.starts()
                say(f"{ANSWERS} calls")
                bench.answers()
                browser.close()
        finally:
            office.stop()


if __name__ == "__main__":
    main()
