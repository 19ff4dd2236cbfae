"""Which channels an operation moves, and that each is told first what follows."""

import dataclasses

import pytest

from apps.calls.engine.control_order import ControlOrder, Destination
from apps.telephony.ami.control_moves import (
    HangUp,
    MissingPartyError,
    Send,
    SetVariable,
    control_moves,
)

C, A, B = "PJSIP/trunk-demo-01", "PJSIP/1004-02", "PJSIP/1005-03"
NAMES = {"c": C, "a": A, "b": B}
COLLEAGUE = Destination("agent", "1005", phones=("1005", "1005-web"))
OUTSIDE = Destination("external", "13900139000", trunk="trunk-demo", shown="4008002000")
QUEUE = Destination("queue", "7021", queue="demo-7021", queue_wait_s=120)


def order(operation: str, **more: object) -> ControlOrder:
    base = ControlOrder(
        operation=operation,
        agent="a",
        customer="c",
        by="1004",
        back=("1004",),
        room="call-7",
        consulted="b",
    )
    return dataclasses.replace(base, **more)  # type: ignore[arg-type]


SENDS = [
    (order("hold"), [Send(C, "held", A, "holding")]),
    (order("unhold"), [Send(A, "join")]),
    (order("transfer", destination=COLLEAGUE), [Send(C, "transfer", A, "released")]),
    (order("transfer", destination=QUEUE), [Send(C, "to-queue", A, "released")]),
    (order("consult", destination=OUTSIDE), [Send(C, "held", A, "consult")]),
    (order("consult", destination=OUTSIDE, is_room=True), [Send(A, "consult")]),
    (order("swap", is_aside=True), [Send(B, "held", A, "join")]),
    (order("swap"), [Send(C, "held", A, "join")]),
    (order("complete", is_aside=True), [Send(C, "join")]),
    (order("complete", is_aside=True, is_room=True), [Send(B, "room", A, "released")]),
    (order("cancel", is_aside=True), [Send(A, "join"), HangUp(B)]),
    (order("cancel"), [HangUp(B)]),
    (order("cancel", is_room=True), [Send(A, "return"), HangUp(B)]),
    (order("conference", is_aside=True), [Send(A, "room", B, "room"), Send(C, "room")]),
    (order("conference"), [Send(A, "room", C, "room"), Send(B, "room")]),
    (order("conference", is_room=True), [Send(A, "room", B, "room")]),
    (order("drop", party="b"), [HangUp(B)]),
    (order("leave"), [Send(A, "released")]),
    (order("take-back", agent=""), [Send(C, "back")]),
    (order("take-back", agent="", is_queued=True), [Send(C, "fetched")]),
    (order("park"), [Send(C, "parked", A, "released")]),
    (order("unpark", agent=""), [Send(C, "back")]),
]


@pytest.mark.parametrize(("given", "sends"), SENDS, ids=lambda one: getattr(one, "operation", ""))
def test_channels_move_after_they_know_what_follows(
    given: ControlOrder, sends: list[object]
) -> None:
    moves = control_moves(given, NAMES)
    assert [move for move in moves if not isinstance(move, SetVariable)] == sends
    kinds = [isinstance(move, SetVariable) for move in moves]
    assert kinds == sorted(kinds, reverse=True), "variables first"


def variables(given: ControlOrder, channel: str) -> dict[str, str]:
    return {
        move.name: move.value
        for move in control_moves(given, NAMES)
        if isinstance(move, SetVariable) and move.channel == channel
    }


def test_a_customer_who_is_left_alone_knows_who_gets_him() -> None:
    for operation in ("hold", "take-back", "park"):
        assert variables(order(operation), C)["HW_BACK"] == "PJSIP/1004"
    assert variables(order("consult", destination=COLLEAGUE), C)["HW_PEER"] == A


def test_whom_is_dialled_and_what_he_is_shown() -> None:
    inside = variables(order("transfer", destination=COLLEAGUE), C)
    assert (inside["HW_DIAL"], inside["HW_DIAL_WHOM"]) == ("PJSIP/1005&PJSIP/1005-web", "agent")
    outside = variables(order("consult", destination=OUTSIDE), A)
    assert outside["HW_DIAL"] == "PJSIP/13900139000@trunk-demo"
    assert (outside["HW_DIAL_CALLER_ID"], outside["HW_DIAL_WHOM"]) == ("4008002000", "")


def test_the_company_s_limit_of_a_call_outside_holds_in_call_operations() -> None:
    limited = dataclasses.replace(OUTSIDE, limit_s=900)
    for operation, channel in (("consult", A), ("transfer", C)):
        assert variables(order(operation, destination=limited), channel)["HW_DIAL_LIMIT_S"] == "900"
        assert variables(order(operation, destination=OUTSIDE), channel)["HW_DIAL_LIMIT_S"] == ""


def test_a_talk_without_an_agent_is_recorded() -> None:
    assert variables(order("complete", is_outside=True), C)["HW_RECORD"] == "1"
    assert variables(order("complete"), C)["HW_RECORD"] == ""


def test_cancelling_does_not_wait_for_who_has_gone() -> None:
    moves = control_moves(order("cancel", is_aside=True), {"c": C, "a": A})
    assert moves[-1] == Send(A, "join")


def test_a_consultation_without_a_customer_is_ended_by_its_other_end() -> None:
    assert control_moves(order("cancel", is_aside=True), {"a": A, "b": B}) == [HangUp(B)]


def test_who_hung_up_meanwhile_stops_the_operation() -> None:
    with pytest.raises(MissingPartyError):
        control_moves(order("swap"), {"c": C, "a": A})
