"""Call operations without Python: what the dialplan does once a channel was sent on."""

from collections.abc import Callable, Iterator

import pytest

from tests.telephony.ami_tap import AmiTap
from tests.telephony.parties import Party, deaf, together
from tests.telephony.ports import free_phone_port
from tests.telephony.sipp import (
    Run,
    Sipp,
    WaitBye,
    answerer_scenario,
    caller_scenario,
    register_scenario,
)
from tests.telephony.toy_agi import Session, ToyAgi
from tests.telephony.waiting import until
from tools.lab import is_port_free

CONTROL = "huawu-control"


def to_queue(session: Session) -> None:
    """Decide: queue lab-7001."""
    session.set(HW_TENANT="lab", HW_QUEUE="lab-7001", HW_QUEUE_WAIT_S="60", HW_NEXT="queue")


class Talk:
    """A caller in the queue who talks with 1001; 1002 is there."""

    def __init__(self, ami: AmiTap, parties: dict[str, Party], runs: dict[str, Run]) -> None:
        self.ami = ami
        self.customer, self.agent, self.colleague = parties.values()
        self.runs = runs

    def channel(self, party: Party) -> str:
        """Give the live channel of a party, '' when it is gone."""
        start = {"customer": "PJSIP/trunk-lab-"}.get(party.name, f"PJSIP/{party.name}-")
        for item in self.ami.action("CoreShowChannels")[1:-1]:
            if item["Channel"].startswith(start):
                return item["Channel"]
        return ""

    def set(self, party: Party, **variables: str) -> None:
        """Set variables of a party's channel."""
        channel = self.channel(party)
        for name, value in variables.items():
            self.ami.action("Setvar", Channel=channel, Variable=name, Value=value)

    def send(self, party: Party, exten: str, also: Party | None = None, to: str = "") -> None:
        """Redirect one or two channels at once."""
        extra = {}
        if also is not None:
            extra = {
                "ExtraChannel": self.channel(also),
                "ExtraContext": CONTROL,
                "ExtraExten": to,
                "ExtraPriority": "1",
            }
        answer = self.ami.action(
            "Redirect",
            Channel=self.channel(party),
            Context=CONTROL,
            Exten=exten,
            Priority="1",
            **extra,
        )
        assert answer[0]["Response"] == "Success", answer

    def hold(self) -> None:
        """Hold the customer."""
        self.set(self.customer, HW_PEER=self.channel(self.agent), HW_BACK="PJSIP/1001")
        self.set(
            self.agent, HW_PEER=self.channel(self.customer), HW_HOME=self.channel(self.customer)
        )
        self.send(self.customer, "held", self.agent, "holding")

    def consult(self) -> None:
        """Ask 1002 while the customer waits."""
        self.set(self.customer, HW_PEER=self.channel(self.agent), HW_BACK="PJSIP/1001")
        self.set(
            self.agent,
            HW_HOME=self.channel(self.customer),
            HW_DIAL="PJSIP/1002",
            HW_DIAL_WHOM="agent",
            HW_DIAL_TIMEOUT_S="10",
        )
        self.send(self.customer, "held", self.agent, "consult")

    def hang_up(self, party: Party) -> None:
        """End a phone's channel, as its BYE would."""
        self.ami.action("Hangup", Channel=self.channel(party), Cause="16")

    def gone(self, *parties: Party) -> None:
        """Wait until these have hung up."""
        until(lambda: not any(self.channel(one) for one in parties), 15, "they have hung up")


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return {number: free_phone_port("127.0.0.1") for number in ("1001", "1002")}


@pytest.fixture
def parties() -> Iterator[dict[str, Party]]:
    found = {
        "customer": Party("customer", 500, "127.0.0.2"),
        "1001": Party("1001", 900),
        "1002": Party("1002", 1300),
    }
    yield found
    for one in found.values():
        one.close()


Answers = Callable[..., Run]


@pytest.fixture
def answers(sipp: Sipp, ports: dict[str, int]) -> Answers:
    """Let a phone answer its next call and speak."""

    def start(party: Party, status: int = 200) -> Run:
        port = ports[party.name]
        scenario = answerer_scenario([WaitBye(120_000)], rtp_port=party.port, status=status)
        run = sipp.start(scenario, ip="127.0.0.1", port=port, calls=1, at_once=1)
        until(lambda: not is_port_free(port, udp=True), 5, "the phone listens")
        return run

    return start


@pytest.fixture
def talk(
    sipp: Sipp,
    agi: ToyAgi,
    ami: AmiTap,
    ports: dict[str, int],
    parties: dict[str, Party],
    answers: Answers,
) -> Iterator[Talk]:
    agi.handler = to_queue
    for number, port in ports.items():
        register = register_scenario(number, f"lab-{number}", number)
        sipp.start(register, ip="127.0.0.1", port=port).wait(15)
    member = {"Queue": "lab-7001", "Interface": "PJSIP/1001"}
    ami.action("QueueAdd", **member)
    runs = {"1001": answers(parties["1001"])}
    caller = caller_scenario(
        [WaitBye(120_000)], caller="13608100001", rtp_port=parties["customer"].port
    )
    runs["customer"] = sipp.start(caller)
    found = Talk(ami, parties, runs)
    together(found.customer, found.agent)
    yield found
    ami.action("QueueRemove", **member)


def test_hold_and_take_back(talk: Talk) -> None:
    talk.hold()
    deaf(talk.customer, talk.agent)
    deaf(talk.agent, talk.customer)
    assert talk.customer.loud_within(0.5, 5), "the customer has music"
    talk.set(talk.agent, HW_PEER=talk.channel(talk.customer), HW_PEER_AFTER="ended")
    talk.send(talk.agent, "join")
    together(talk.customer, talk.agent)
    talk.runs["customer"].hang_up()
    talk.gone(talk.customer, talk.agent)


def test_agents_hang_up_after_a_hold_ends_the_call(talk: Talk) -> None:
    talk.hold()
    talk.set(talk.agent, HW_PEER=talk.channel(talk.customer), HW_PEER_AFTER="ended")
    talk.send(talk.agent, "join")
    together(talk.customer, talk.agent)
    talk.hang_up(talk.agent)
    talk.gone(talk.customer, talk.agent)


def test_agents_phone_dies_while_he_holds(talk: Talk, answers: Answers) -> None:
    talk.hold()
    talk.hang_up(talk.agent)
    talk.runs["1001"].wait(10)
    answers(talk.agent)
    together(talk.customer, talk.agent)
    talk.hang_up(talk.agent)
    talk.gone(talk.customer, talk.agent)


def test_consult_and_cancel(talk: Talk, answers: Answers) -> None:
    answers(talk.colleague)
    talk.consult()
    together(talk.agent, talk.colleague)
    deaf(talk.customer, talk.agent, talk.colleague)
    talk.set(talk.agent, HW_PEER=talk.channel(talk.customer), HW_PEER_AFTER="ended")
    talk.send(talk.agent, "join")
    together(talk.customer, talk.agent)
    talk.gone(talk.colleague)
    talk.runs["customer"].hang_up()
    talk.gone(talk.customer, talk.agent)


def test_consulted_hangs_up_and_the_agent_is_back_with_the_customer(
    talk: Talk, answers: Answers
) -> None:
    answers(talk.colleague)
    talk.consult()
    together(talk.agent, talk.colleague)
    talk.hang_up(talk.colleague)
    together(talk.customer, talk.agent)
    talk.hang_up(talk.agent)
    talk.gone(talk.customer, talk.agent)


def test_consulted_declines_and_the_agent_is_back_with_the_customer(
    talk: Talk, answers: Answers
) -> None:
    answers(talk.colleague, status=486)
    talk.consult()
    deaf(talk.customer, talk.agent)
    together(talk.customer, talk.agent)
    talk.runs["customer"].hang_up()
    talk.gone(talk.customer, talk.agent)


def test_customer_hangs_up_while_the_agent_consults(talk: Talk, answers: Answers) -> None:
    answers(talk.colleague)
    talk.consult()
    together(talk.agent, talk.colleague)
    talk.runs["customer"].hang_up()
    talk.gone(talk.customer)
    talk.hang_up(talk.colleague)
    talk.gone(talk.customer, talk.agent, talk.colleague)


def test_agents_phone_dies_while_he_consults(talk: Talk, answers: Answers) -> None:
    answers(talk.colleague)
    talk.consult()
    together(talk.agent, talk.colleague)
    talk.hang_up(talk.agent)
    together(talk.customer, talk.colleague)
    talk.runs["customer"].hang_up()
    talk.gone(talk.customer, talk.colleague)


def test_swap_and_complete(talk: Talk, answers: Answers) -> None:
    answers(talk.colleague)
    talk.consult()
    together(talk.agent, talk.colleague)
    talk.set(talk.colleague, HW_PEER=talk.channel(talk.agent))
    talk.set(talk.agent, HW_PEER=talk.channel(talk.customer), HW_PEER_AFTER="ended")
    talk.send(talk.colleague, "held", talk.agent, "join")
    together(talk.agent, talk.customer)
    deaf(talk.colleague, talk.agent, talk.customer)
    # And back.
    talk.set(talk.agent, HW_PEER=talk.channel(talk.colleague), HW_PEER_AFTER="left")
    talk.send(talk.customer, "held", talk.agent, "join")
    together(talk.agent, talk.colleague)
    deaf(talk.customer, talk.agent, talk.colleague)
    talk.set(talk.agent, HW_RELEASED="1")
    talk.set(talk.customer, HW_PEER=talk.channel(talk.colleague), HW_PEER_AFTER="released")
    talk.send(talk.customer, "join")
    together(talk.customer, talk.colleague)
    talk.gone(talk.agent)
    talk.hang_up(talk.colleague)
    talk.gone(talk.customer, talk.colleague)


def test_conference_of_three_ends_with_the_last_but_one(talk: Talk, answers: Answers) -> None:
    answers(talk.colleague)
    talk.consult()
    together(talk.agent, talk.colleague)
    for one in (talk.agent, talk.colleague, talk.customer):
        talk.set(one, HW_ROOM="room-1")
    talk.set(talk.customer, HW_ROLE="customer")
    talk.send(talk.agent, "room", talk.colleague, "room")
    talk.send(talk.customer, "room")
    together(talk.customer, talk.agent, talk.colleague)
    talk.send(talk.agent, "released")
    talk.gone(talk.agent)
    together(talk.customer, talk.colleague)
    talk.runs["customer"].hang_up()
    talk.gone(talk.customer, talk.colleague)


def test_blind_transfer_that_nobody_answers_comes_back(talk: Talk, answers: Answers) -> None:
    talk.set(
        talk.customer,
        HW_BACK="PJSIP/1001",
        HW_DIAL="PJSIP/1002",
        HW_DIAL_WHOM="agent",
        HW_DIAL_TIMEOUT_S="2",
    )
    talk.send(talk.customer, "transfer", talk.agent, "released")
    talk.runs["1001"].wait(10)
    answers(talk.agent)
    together(talk.customer, talk.agent, timeout=30)
    talk.runs["customer"].hang_up()
    talk.gone(talk.customer, talk.agent)
