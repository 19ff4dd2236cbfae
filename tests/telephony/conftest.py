"""Share one real Asterisk among the telephony tests.

Look after each test that it left nothing behind.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.telephony.ami_tap import AmiTap
from tests.telephony.audio import Ear
from tests.telephony.browser_floor import call, chromium, customer, desk, mobile
from tests.telephony.failed import FAILED
from tests.telephony.joinings import every_joining_is_counted
from tests.telephony.lab import SECRET, lab_asterisk
from tests.telephony.ports import free_phone_port
from tests.telephony.sipp import Sipp
from tests.telephony.stack import Stack
from tests.telephony.toy_agi import ToyAgi
from tests.telephony.waiting import until
from tools.lab import Asterisk

# Fixtures of the tests with agents in Chromium.
__all__ = ["call", "chromium", "customer", "desk", "mobile"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember on the test whether it failed, for the pictures of its pages."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def carrier_port() -> int:
    """Give the port at which the carrier's far end is rung (127.0.0.2)."""
    return free_phone_port("127.0.0.2")


@pytest.fixture(scope="session")
def asterisk(tmp_path_factory: pytest.TempPathFactory, carrier_port: int) -> Iterator[Asterisk]:
    """Run one Asterisk for the session, with lab phones and queues (no Django)."""
    pbx = lab_asterisk(tmp_path_factory.mktemp("asterisk"), carrier_port)
    pbx.start()
    yield pbx
    pbx.stop()


@pytest.fixture(scope="session")
def whole_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run the whole product once: Asterisk, PostgreSQL, Redis and every process apart."""
    whole = Stack(tmp_path_factory.mktemp("stack"))
    try:
        whole.start()
        until(lambda: "distributing" in whole.log("ami"), 20, "the distributor is there")
        yield whole
        whole.hang_up_all()
        whole.heal()
        every_joining_is_counted(whole)
    finally:
        whole.stop()


@pytest.fixture(scope="module", autouse=True)
def callers_of_its_own(request: pytest.FixtureRequest) -> None:
    """Let each file of tests find its own callers and phones only, whatever ran before it."""
    here = [item for item in request.session.items if item.path == request.path]
    if any("whole_stack" in getattr(item, "fixturenames", ()) for item in here):
        whole: Stack = request.getfixturevalue("whole_stack")
        whole.wait_ledger_quiet()
        whole.forget_callers()
        whole.forget_phones()


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    """Give the product; after the test it is whole and healthy again and no call is left."""
    yield whole_stack
    whole_stack.heal()


@pytest.fixture
def ami(asterisk: Asterisk) -> Iterator[AmiTap]:
    """Connect to AMI as the product's user."""
    tap = AmiTap(asterisk.settings.address, asterisk.settings.ports.ami, SECRET)
    yield tap
    tap.close()


@pytest.fixture
def no_channel_left(asterisk: Asterisk) -> Iterator[None]:
    """Fail a test after which a channel still lives."""
    yield
    # A connection of its own: the test may have restarted Asterisk.
    ami = AmiTap(asterisk.settings.address, asterisk.settings.ports.ami, SECRET)

    def channels() -> list[str]:
        return [item["Channel"] for item in ami.action("CoreShowChannels")[1:-1]]

    try:
        until(lambda: not channels(), 10, "no channel left")
    finally:
        for channel in channels():  # the next test shall not pay for this one
            ami.action("Hangup", Channel=channel)
        ami.close()


@pytest.fixture
def agi(asterisk: Asterisk) -> Iterator[ToyAgi]:
    """Serve FastAGI from the test; `agi.handler` decides."""
    toy = ToyAgi(asterisk.settings.ports.agi)
    toy.start()
    yield toy
    toy.stop()
    assert toy.failures == []


@pytest.fixture
def sipp(asterisk: Asterisk, tmp_path: Path, no_channel_left: None) -> Iterator[Sipp]:
    """Start callers and phones; all are ended after the test, before channels are counted."""
    runner = Sipp(tmp_path / "sipp", f"127.0.0.1:{asterisk.settings.ports.sip}")
    runner.folder.mkdir()
    yield runner
    runner.stop_all()


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Hear what Asterisk sends to the caller."""
    listener = Ear()
    yield listener
    listener.close()


@pytest.fixture
def agent_ear() -> Iterator[Ear]:
    """Hear what Asterisk sends to a desk phone."""
    listener = Ear("127.0.0.1")
    yield listener
    listener.close()
