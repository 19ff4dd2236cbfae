"""Kinds of nodes one by one: what the caller hears, what is told, where he goes."""

from typing import Any

import pytest

from apps.ivr.engine.documents import flow_parse
from apps.ivr.engine.run import Step, run_flow
from tests.unit.ivr.fakes import HANG_UP, SILENCE, FakeLookups, FakeVoice


class Call:
    """One caller through nodes that begin at `n`; `yes` and `no` are ends."""

    def __init__(
        self, inputs: Any, caller: str = "", limit: int = 100, **nodes: dict[str, Any]
    ) -> None:
        ends = {"yes": {"kind": "hangup"}, "no": {"kind": "hangup"}}
        self.voice = FakeVoice(inputs)
        self.steps: list[Step] = []
        self.decision = run_flow(
            flow_parse({"start": "n", "nodes": {**nodes, **ends}}),
            voice=self.voice,
            lookups=FakeLookups(),
            on_step=self.steps.append,
            variables={"caller": caller, "dialled": "4008001000"},
            step_limit=limit,
        )
        self.end = self.decision.reason

    @property
    def keys(self) -> list[str]:
        """Give the keys told of `n`."""
        return [step.keys for step in self.steps if step.node == "n"]


COLLECT = {
    "kind": "collect",
    "prompts": ["account-number"],
    "variable": "card",
    "min": 3,
    "most": 5,
    "tries": 2,
    "to": "say",
    "on_failed": "no",
}
SAY = {"kind": "speak", "variable": "card", "as": "digits", "to": "yes"}


def test_collected_keys_are_a_variable() -> None:
    call = Call("123#", n=COLLECT, say=SAY)
    assert (call.end, call.keys) == ("yes", ["123"])
    assert call.voice.heard == ["account-number", "digit-1", "digit-2", "digit-3"]


def test_most_keys_need_no_pound_key() -> None:
    assert Call("1234567", n=COLLECT, say=SAY).keys == ["12345"]


def test_too_few_keys_are_asked_for_again_and_then_it_failed() -> None:
    call = Call([*"12#", SILENCE], n=COLLECT, say=SAY)
    assert (call.end, call.keys) == ("no", ["12", ""])
    assert call.voice.heard == ["account-number", "invalid-key", "account-number"]


def test_secret_is_told_as_stars() -> None:
    call = Call([*"24#", *"246#"], n=COLLECT | {"is_secret": True}, say=SAY)
    assert (call.end, call.keys) == ("yes", ["**", "***"])


def test_hang_up_while_keys_are_collected_tells_the_node() -> None:
    call = Call(["1", HANG_UP], n=COLLECT, say=SAY)
    assert (call.decision.next, call.end, call.keys) == ("gone", "hung up at n", [""])


def test_set_takes_a_text_or_a_variable() -> None:
    call = Call(
        "",
        caller="139",
        n={"kind": "set", "variable": "a", "from": "caller", "to": "b"},
        b={"kind": "set", "variable": "card", "value": "7", "to": "say"},
        say=SAY | {"to": "more"},
        more=SAY | {"variable": "a"},
    )
    assert call.voice.heard == ["digit-7", "digit-1", "digit-3", "digit-9"]


def branch(*tests: dict[str, Any], join: str = "all") -> dict[str, Any]:
    """Give a branch to `yes` when the tests hold."""
    return {"kind": "branch", "cases": [{join: list(tests), "to": "yes"}], "otherwise": "no"}


@pytest.mark.parametrize(
    ("operator", "value", "caller", "end"),
    [
        ("equals", "139", "139", "yes"),
        ("equals", "139", "1390", "no"),
        ("not_equals", "139", "1390", "yes"),
        ("begins_with", "13", "139", "yes"),
        ("begins_with", "39", "139", "no"),
        ("greater", "9", "10", "yes"),
        ("greater", "10", "10.0", "no"),
        ("less", "-1", "-1.5", "yes"),
        ("less", "5", "many", "no"),
        ("greater", "5", "NaN", "no"),
    ],
)
def test_branch_compares(operator: str, value: str, caller: str, end: str) -> None:
    test = {"variable": "caller", "is": operator, "value": value}
    assert Call("", caller=caller, n=branch(test)).end == end


def test_branch_knows_lists_and_what_is_not_set() -> None:
    among = {"variable": "caller", "is": "in", "values": ["1", "2"]}
    empty = {"variable": "never", "is": "empty"}
    assert Call("", caller="2", n=branch(among, empty)).end == "yes"
    assert Call("", caller="3", n=branch(among, empty)).end == "no"
    assert Call("", caller="3", n=branch(among, empty, join="any")).end == "yes"


def test_branch_takes_the_first_case_that_holds() -> None:
    hold = {"variable": "never", "is": "empty"}
    cases = [{"all": [hold], "to": "no"}, {"all": [hold], "to": "yes"}]
    assert Call("", n={"kind": "branch", "cases": cases, "otherwise": "yes"}).end == "no"


@pytest.mark.parametrize(
    ("way", "value", "heard"),
    [
        ("digits", "10", ["digit-1", "digit-0"]),
        ("number", "10", ["number-10"]),
        ("number", "1.5", ["digit-1", "digit-5"]),
        ("number", "x", []),
        ("number", "", []),
        ("money", "3.50", ["digit-3", "money-yuan", "digit-5", "money-jiao"]),
        ("money", "3 yuan", ["digit-3"]),
        ("money", "9" * 200, ["digit-9"] * 200 + ["money-yuan"]),
        ("number", "9" * 200, ["digit-9"] * 200),
    ],
)
def test_what_cannot_be_said_so_is_said_digit_by_digit(
    way: str, value: str, heard: list[str]
) -> None:
    node = {"kind": "speak", "variable": "caller", "as": way, "to": "yes"}
    assert Call("", caller=value, n=node).voice.heard == heard


def test_language_is_that_of_what_follows() -> None:
    call = Call(
        "",
        caller="10",
        n={"kind": "language", "language": "en", "prompts": ["welcome"], "to": "say"},
        say={"kind": "speak", "variable": "caller", "as": "money", "to": "which"},
        which=branch({"variable": "language", "is": "equals", "value": "en"}),
    )
    assert call.voice.heard == ["[en]", "welcome", "number-10", "money-yuan"]
    assert call.end == "yes"


def test_goto_for_ever_ends_at_the_step_limit() -> None:
    call = Call("", limit=7, n={"kind": "goto", "to": "n"})
    assert (call.decision.next, len(call.steps)) == ("apology", 7)
