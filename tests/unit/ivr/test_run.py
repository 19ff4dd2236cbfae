"""The interpreter on the demo's flows: what callers press, hear, and where they end."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from apps.ivr.engine.documents import flow_parse
from apps.ivr.engine.run import Decision, Step, run_flow
from tests.unit.ivr.fakes import HANG_UP, SILENCE, FakeLookups, FakeVoice

ACCOUNTS = {("880001", "246810"): Decimal("1280.50")}


class Call:
    """One run of a flow and all that came of it."""

    def __init__(
        self,
        inputs: Iterable[str],
        *,
        flow: object = None,
        lookups: FakeLookups | None = None,
        barge_in: bool = False,
    ) -> None:
        self.voice = FakeVoice(inputs, barge_in=barge_in)
        self.lookups = lookups or FakeLookups(ACCOUNTS)
        self.steps: list[Step] = []
        self.decision = run_flow(
            flow_parse(flow or DEMO_FLOWS["main"]),
            voice=self.voice,
            lookups=self.lookups,
            on_step=self.steps.append,
        )

    @property
    def path(self) -> list[tuple[str, str]]:
        """Give (node, keys) of every step."""
        return [(step.node, step.keys) for step in self.steps]


@pytest.mark.parametrize("barge_in", [False, True])
@pytest.mark.parametrize(
    ("keys", "next_", "target"),
    [
        ("1", "queue", "7001"),
        ("21", "queue", "7021"),
        ("22", "queue", "7022"),
        ("0", "queue", "7000"),
        ("8", "voicemail", "7000"),
        ("91", "queue", "7001"),
        ("2*1", "queue", "7001"),
        ("*1", "queue", "7001"),
        ("2*22", "queue", "7022"),
        ("99991", "queue", "7001"),
        ("551", "queue", "7001"),
        ("3*1", "queue", "7001"),
    ],
)
def test_keys_of_the_demo_menu_lead_to(keys: str, next_: str, target: str, barge_in: bool) -> None:
    call = Call(keys, barge_in=barge_in)
    assert (call.decision.next, call.decision.target) == (next_, target)
    assert call.voice.is_answered


def test_path_has_each_node_with_its_keys() -> None:
    assert Call("2*1").path == [("main", "2"), ("support", "*"), ("main", "1"), ("sales", "")]
    assert Call("591").path == [("main", "591"), ("sales", "")]


def test_three_wrong_keys_or_silences_lead_to_the_operator() -> None:
    call = Call(["7", SILENCE, "7"])
    assert call.decision == Decision("queue", target="7000", reason="operator")
    assert call.voice.heard == [
        *["main-menu", "invalid-key", "main-menu", "no-input", "main-menu"],
        "queue-operator",
    ]
    assert call.path == [("main", "77"), ("operator", "")]


def test_repeating_for_ever_ends_with_the_operator() -> None:
    call = Call("9" * 50)
    assert call.decision.target == "7000"
    assert call.voice.heard.count("main-menu") == 10


def test_menu_without_a_way_out_says_goodbye() -> None:
    flow = {
        "start": "m",
        "nodes": {
            "m": {"kind": "menu", "keys": {"1": "end"}, "tries": 1},
            "end": {"kind": "hangup"},
        },
    }
    call = Call([], flow=flow)
    assert call.decision.next == "hangup"
    assert call.voice.heard == ["too-many-tries", "goodbye"]
    assert Call("1", flow=flow).decision == Decision("hangup", reason="end")


def test_balance_is_spoken_for_the_right_pin_only() -> None:
    call = Call("3880001#246810#0")
    assert call.decision.target == "7000"
    heard = call.voice.heard
    spoken = heard[heard.index("balance-is") + 1 :][:9]
    assert spoken == [
        *["digit-1", "number-thousand", "number-liang", "number-hundred", "digit-8", "number-10"],
        *["money-yuan", "digit-5", "money-jiao"],
    ]


def test_pin_never_leaves_the_engine() -> None:
    call = Call([*"3880001#246810#", HANG_UP])
    assert ("account", "880001") in call.path
    assert ("account", "******") in call.path
    assert "246810" not in str(call.steps)
    assert "246810" not in str(call.decision)
    half = Call([*"3880001#24", HANG_UP])
    assert half.path[-1] == ("account", "880001")
    assert half.decision.next == "gone"


def test_pin_keyed_where_the_account_is_asked_again_is_not_told() -> None:
    call = Call([*"3880001#111111#111111#", HANG_UP])
    assert call.path[-3:] == [("account", "880001"), ("account", "******"), ("account", "******")]
    assert "111111" not in str(call.steps)


def test_three_wrong_pins_lead_to_the_operator_without_a_balance() -> None:
    call = Call("3" + "880001#000000#" * 5)
    assert call.decision.target == "7000"
    assert call.voice.heard.count("account-wrong") == 2
    assert call.voice.heard.count("account-locked") == 1
    assert "balance-is" not in call.voice.heard
    assert call.lookups.asked == ["880001"] * 3


def test_nothing_is_looked_up_for_a_caller_who_is_silent() -> None:
    call = Call("3")
    assert call.lookups.asked == []
    assert call.decision.target == "7000"


def test_failing_lookup_apologises_and_leads_to_the_operator() -> None:
    call = Call("3880001#246810#", lookups=FakeLookups(is_away=True))
    assert call.decision.target == "7000"
    assert "apology" in call.voice.heard


def test_account_number_ends_at_its_longest_without_a_hash() -> None:
    call = Call("3" + "1" * 20 + "246810#")
    assert call.lookups.asked == ["1" * 20]


def test_star_in_account_service_without_a_menu_is_a_wrong_account() -> None:
    flow = {
        "start": "a",
        "nodes": {
            "a": {"kind": "account", "tries": 1, "to": "end", "on_failed": "end"},
            "end": {"kind": "hangup"},
        },
    }
    assert Call("*1#", flow=flow).decision.next == "hangup"


@pytest.mark.parametrize("after", range(9))
def test_hang_up_at_any_moment_is_gone_with_the_path_so_far(after: int) -> None:
    call = Call([*"2*3880001#"[:after], HANG_UP])
    assert call.decision.next == "gone"
    # A number half typed is not told: it is one input, and it did not come.
    assert "".join(keys for _, keys in call.path) == "2*3"[:after]
    assert call.steps[-1].node in call.decision.reason


def test_hang_up_in_the_queues_announcement_tells_the_queue_once() -> None:
    call = Call(["1", HANG_UP])
    assert call.decision.next == "gone"
    assert call.path == [("main", "1"), ("sales", "")]


@pytest.mark.parametrize(
    ("flow", "next_", "target"),
    [
        ("support", "queue", "7002"),
        ("closed", "voicemail", "7000"),
        ("tone", "tone", ""),
        ("company_b", "queue", "7001"),
    ],
)
def test_demo_numbers_without_a_menu(flow: str, next_: str, target: str) -> None:
    decision = Call([], flow=DEMO_FLOWS[flow]).decision
    assert (decision.next, decision.target) == (next_, target)


def test_endless_loop_ends_with_an_apology() -> None:
    flow = {
        "start": "a",
        "nodes": {"a": {"kind": "play", "to": "b"}, "b": {"kind": "play", "to": "a"}},
    }
    call = Call([], flow=flow)
    assert call.decision.next == "apology"
    assert len(call.steps) == 100


def test_english_flow_speaks_english_amounts() -> None:
    flow = {**DEMO_FLOWS["main"], "language": "en"}
    heard = Call("3880001#246810#", flow=flow).voice.heard
    assert heard[heard.index("balance-is") + 1 :][-3:] != []
    assert "money-cents" in heard
