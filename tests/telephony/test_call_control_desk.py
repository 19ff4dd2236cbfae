"""Call operations from the desk, on the whole product: who hears whom, what the ledger says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.telephony.console_session import ConsoleSession
from tests.telephony.parties import Party, deaf, together
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.test_agent_states import now
from tests.telephony.test_survey import DeskPhone, call_of
from tests.telephony.waiting import until
from tools.lab import is_port_free
from tools.sipp import Run, WaitBye, answerer_scenario, caller_scenario, ringing_scenario

# Straight to queue 7002, agents 1004 to 1006.
DID = "4008002000"
CARRIER, CARRIER_PORT = "127.0.0.2", 5080  # the demo's trunk
MOBILE = "13900139000"
CARDS = """
import json
from apps.accounts.models import Agent
from apps.calls.selectors import call_live_for_agent
from apps.core.tenancy import all_tenants
with all_tenants("the test looks"):
    agent = Agent.objects.get(tenant__slug="demo", number={number!r})
    print(json.dumps(call_live_for_agent(agent)))
"""


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    yield whole_stack
    whole_stack.hang_up_all()
    whole_stack.heal()


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return {number: free_phone_port("127.0.0.1") for number in ("1004", "1005")}


@dataclass
class Floor:
    """A customer who talks with 1004; 1005 and a mobile can be reached."""

    stack: Stack
    desks: dict[str, DeskPhone]
    parties: dict[str, Party]
    caller: str = ""
    call: int = 0
    runs: dict[str, Run] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Party:
        names = {"customer": "customer", "agent": "1004", "colleague": "1005", "mobile": "mobile"}
        return self.parties[names[name]]

    def answers(self, name: str) -> Run:
        """Let a phone answer its next call and speak."""
        one = self.parties[name]
        ip, port = (CARRIER, CARRIER_PORT) if name == "mobile" else ("127.0.0.1", 0)
        port = port or self.desks[name].port
        if name in self.runs:
            self.runs[name].wait(20)
        scenario = answerer_scenario([WaitBye(200_000)], rtp_port=one.port)
        run = self.stack.sipp.start(scenario, ip=ip, port=port, calls=1, at_once=1)
        until(lambda: not is_port_free(port, address=ip, udp=True), 5, f"{name} listens")
        self.runs[name] = run
        return run

    def rings(self, name: str) -> Run:
        """Let a phone ring until the caller's side gives up; nobody there would ring later."""
        port = self.desks[name].port
        run = self.stack.sipp.start(
            ringing_scenario(90_000), ip="127.0.0.1", port=port, calls=1, at_once=1
        )
        until(lambda: not is_port_free(port, udp=True), 5, f"{name} listens")
        return run

    def begin(self, caller: str) -> None:
        """Let the customer call and be answered by 1004."""
        self.caller = caller
        self.answers("1004")
        steps = [WaitBye(200_000)]
        scenario = caller_scenario(steps, caller=caller, rtp_port=self.customer.port)
        self.runs["customer"] = self.stack.sipp.start(scenario, service=DID)
        together(self.customer, self.agent)
        self.call = int(
            until(
                lambda: self.stack.sql(
                    "SELECT id FROM calls_call WHERE caller = %s AND answered_at IS NOT NULL",
                    caller,
                ),
                20,
                "the call is in the ledger",
            )[0][0]
        )
        self.mode("plain")

    def press(self, operation: str, *, by: str = "1004", **fields: str) -> None:
        """Press a button of the desk."""
        self.desks[by].console.post(f"/calls/{self.call}/{operation}/", **fields)

    def card(self, number: str = "1004") -> dict[str, Any] | None:
        """Give the call's card as the agent's desk has it after a reload."""
        said = self.stack.manage("shell", "--no-imports", "-c", CARDS.format(number=number))
        cards = json.loads(said.splitlines()[-1])
        return next((card for card in cards if card["id"] == self.call), None)

    def mode(self, wanted: str, number: str = "1004") -> dict[str, Any]:
        """Wait until the desk shows the mode; give the card."""

        def shown() -> dict[str, Any] | None:
            card = self.card(number)
            return card if card and (card["control"] or {}).get("mode") == wanted else None

        return until(shown, 20, lambda: f"{wanted}, is {self.card(number)}")

    def hang_up(self, name: str) -> None:
        """End a phone's channel."""
        lines = self.stack.asterisk.cli("core show channels concise").splitlines()
        start = "PJSIP/trunk-" if name in ("customer", "mobile") else f"PJSIP/{name}-"
        for line in lines:
            if line.startswith(start):
                self.stack.asterisk.cli(f"channel request hangup {line.split('!')[0]}")

    def gone(self, name: str) -> None:
        """Wait until a phone has no channel."""
        start = f"PJSIP/{name}-"
        until(
            lambda: start not in self.stack.asterisk.cli("core show channels concise"),
            20,
            f"{name} is free",
        )


@pytest.fixture
def floor(stack: Stack, ports: dict[str, int]) -> Iterator[Floor]:
    desks = {number: DeskPhone(stack, port, number) for number, port in ports.items()}
    parties = {
        "customer": Party("customer", 500, "127.0.0.2"),
        "1004": Party("1004", 900),
        "1005": Party("1005", 1300),
        "mobile": Party("mobile", 1700, "127.0.0.2"),
    }
    # Only 1004 is offered the caller.
    desks["1005"].console.post("/desk/pause/", reason="short_break")
    until(lambda: now(stack, "1005") == "paused", 15, "1005 is busy")
    until(lambda: now(stack, "1004") == "ready", 15, "1004 is ready")
    yield Floor(stack, desks, parties)
    # While the phones still answer: a BYE that nobody takes would meet the next test's phone.
    stack.asterisk.cli("channel request hangup all")
    stack.wait_ledger_quiet()
    for desk in desks.values():
        desk.console.post("/desk/sign-out/")
    for one in parties.values():
        one.close()


def test_hold_then_transfer_to_a_colleague(floor: Floor) -> None:
    floor.begin("13609100001")
    floor.press("hold")
    card = floor.mode("held")
    assert card["state"] == "held"
    deaf(floor.customer, floor.agent)
    deaf(floor.agent, floor.customer)
    assert floor.customer.loud_within(0.5, 5), "the customer has music"
    assert now(floor.stack) == "held"
    floor.press("unhold")
    together(floor.customer, floor.agent)
    floor.mode("plain")
    floor.press("transfer", kind="agent", to="1005")
    card = floor.mode("transferring")
    assert card["control"]["operations"] == ["take-back"]
    # The colleague's desk has the customer before he answers.
    shown = until(lambda: floor.card("1005"), 15, "the colleague's desk shows the call")
    assert (shown["state"], shown["caller"]["number"]) == ("ringing", floor.caller)
    floor.answers("1005")
    together(floor.customer, floor.colleague)
    floor.gone("1004")
    until(lambda: now(floor.stack, "1005") == "talking", 15, "the board sees him talk")
    floor.hang_up("1005")
    found = call_of(floor.stack, floor.caller)
    assert (found["outcome"], found["agent"], found["queue"]) == ("answered", "1005", "7002")
    rows = floor.stack.sql(
        "SELECT hold_ms, talk_ms, hangup_by FROM calls_call WHERE id = %s", floor.call
    )
    assert 2_000 < rows[0][0] < 60_000
    assert rows[0][1] > 1_000


def test_transfer_that_nobody_answers_comes_back(floor: Floor) -> None:
    floor.begin("13609100002")
    floor.rings("1005")
    floor.press("transfer", kind="extension", to="1005")
    floor.gone("1004")
    floor.answers("1004")
    together(floor.customer, floor.agent, timeout=60)
    floor.mode("plain")


def test_take_back(floor: Floor) -> None:
    floor.begin("13609100003")
    floor.rings("1005")
    floor.press("transfer", kind="agent", to="1005")
    floor.mode("transferring")
    floor.answers("1004")
    floor.press("take-back")
    together(floor.customer, floor.agent, timeout=25)
    floor.mode("plain")


def test_transfer_outside(floor: Floor) -> None:
    floor.begin("13609100004")
    floor.answers("mobile")
    floor.press("transfer", kind="external", to=MOBILE)
    together(floor.customer, floor.mobile)
    floor.gone("1004")


def test_transfer_to_a_queue_is_a_visit_of_its_own(floor: Floor) -> None:
    floor.begin("13609100005")
    # He serves that queue too; busy after the talk, he is not offered the caller at once.
    floor.desks["1004"].console.post("/desk/pause/", reason="short_break")
    floor.press("transfer", kind="queue", to="7021")
    floor.gone("1004")
    query = "SELECT queue_number, how FROM calls_queuevisit WHERE call_id = %s ORDER BY number"
    wanted = [("7002", "answered"), ("7021", "waiting")]
    until(
        lambda: floor.stack.sql(query, floor.call) == wanted,
        20,
        lambda: str(floor.stack.sql(query, floor.call)),
    )
    floor.answers("1004")
    floor.desks["1004"].console.post("/desk/ready/")
    together(floor.customer, floor.agent, timeout=40)
    until(lambda: floor.stack.sql(query, floor.call)[1] == ("7021", "answered"), 10, "he is served")


def test_consult_swap_and_hand_over(floor: Floor) -> None:
    floor.begin("13609100006")
    floor.press("consult", kind="agent", to="1005")
    card = floor.mode("consulting")
    ringing = {one["number"]: one["state"] for one in card["control"]["parties"]}
    assert ringing == {floor.caller: "held", "1005": "ringing"}
    assert "swap" not in card["control"]["operations"]
    floor.answers("1005")
    together(floor.agent, floor.colleague)
    deaf(floor.customer, floor.agent, floor.colleague)
    until(lambda: "swap" in floor.mode("consulting")["control"]["operations"], 15, "swap")
    floor.press("swap")
    together(floor.agent, floor.customer)
    deaf(floor.colleague, floor.agent, floor.customer)
    until(
        lambda: (
            [one["state"] for one in floor.mode("consulting")["control"]["parties"]]
            == ["talking", "held"]
        ),
        15,
        "the desk knows who waits",
    )
    floor.press("complete")
    together(floor.customer, floor.colleague)
    floor.gone("1004")
    floor.hang_up("1005")
    assert call_of(floor.stack, floor.caller)["agent"] == "1005"


def test_consult_and_cancel_leaves_the_call_with_its_agent(floor: Floor) -> None:
    floor.begin("13609100007")
    floor.answers("1005")
    floor.press("consult", kind="agent", to="1005")
    together(floor.agent, floor.colleague)
    floor.mode("consulting")
    floor.press("cancel")
    together(floor.agent, floor.customer)
    floor.gone("1005")
    floor.mode("plain")
    floor.hang_up("1004")
    assert call_of(floor.stack, floor.caller)["agent"] == "1004"


def test_conference_with_a_mobile_and_leaving_it(floor: Floor) -> None:
    floor.begin("13609100008")
    floor.answers("mobile")
    floor.press("consult", kind="external", to=MOBILE)
    together(floor.agent, floor.mobile)
    until(lambda: "conference" in floor.mode("consulting")["control"]["operations"], 15, "answered")
    floor.press("conference")
    together(floor.customer, floor.agent, floor.mobile)
    card = floor.mode("conference")
    assert {one["number"]: one["kind"] for one in card["control"]["parties"]} == {
        floor.caller: "customer",
        MOBILE: "external",
    }
    # A fourth, asked aside while the others talk on.
    floor.answers("1005")
    floor.press("consult", kind="agent", to="1005")
    together(floor.agent, floor.colleague)
    together(floor.customer, floor.mobile)
    deaf(floor.customer, floor.agent, floor.colleague)
    until(lambda: "conference" in floor.mode("consulting")["control"]["operations"], 15, "answered")
    floor.press("conference")
    together(floor.customer, floor.agent, floor.mobile, floor.colleague)
    card = floor.mode("conference")
    mobile = next(one for one in card["control"]["parties"] if one["kind"] == "external")
    floor.press("drop", party=mobile["uniqueid"])
    until(lambda: len(floor.mode("conference")["control"]["parties"]) == 2, 15, "three are left")
    floor.press("leave")
    floor.gone("1004")
    together(floor.customer, floor.colleague)


def test_park_and_fetch(floor: Floor) -> None:
    floor.begin("13609100009")
    floor.press("park")
    floor.gone("1004")
    assert floor.customer.loud_within(0.5, 5), "the customer has music"
    assert "unpark" in floor.mode("transferring")["control"]["operations"]
    floor.answers("1004")
    floor.press("unpark")
    together(floor.customer, floor.agent)


Refused = Callable[[str], None]


def test_strangers_and_senseless_orders_are_refused(floor: Floor) -> None:
    floor.begin("13609100010")
    for login in ("b-admin", "b-2001", "1001", "1005", "admin"):
        person = ConsoleSession(floor.stack, login)
        for operation in ("hold", "transfer", "consult", "leave"):
            with pytest.raises(HTTPError, match=r"40[349]"):
                person.post(f"/calls/{floor.call}/{operation}/", kind="agent", to="1004")
    for operation, fields in (
        ("unhold", {}),
        ("swap", {}),
        ("drop", {"party": "1.1"}),
        ("take-back", {}),
        ("transfer", {"kind": "agent", "to": "1004"}),
        ("transfer", {"kind": "agent", "to": "7021"}),
        ("transfer", {"kind": "external", "to": "1&SIP/1"}),
        ("consult", {"kind": "queue", "to": "7021"}),
        ("consult", {}),
    ):
        with pytest.raises(HTTPError, match=r"4[02][29]"):
            floor.press(operation, **fields)
    together(floor.customer, floor.agent)
