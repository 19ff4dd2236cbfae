"""What each act does to an order, and who may not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.workorders.engine.acts import act, replay, return_targets
from apps.workorders.engine.flow import Flow
from apps.workorders.engine.flow_check import load
from apps.workorders.engine.state import (
    ActError,
    Action,
    Kind,
    State,
    Status,
    action_json,
    action_read,
)
from tests.unit.workorders.company import NOW, TYPES, Company, by, flow_of, parallel, step, when

BIG = {"field": "amount", "is": "at_least", "value": "1000"}


class Order:
    """An order that is acted on; every act is replayed."""

    def __init__(
        self, document: dict[str, Any], values: dict[str, Any] | None = None, **people: Any
    ) -> None:
        self.flow: Flow = load(document, TYPES)
        self.people = Company(**people)
        self.history: list[Action] = []
        self.state: State = State(0)
        self.do("create", 1, values=values or {})

    def do(self, kind: str, actor: int | None, step: str = "", **more: Any) -> State:
        action = Action(Kind(kind), actor, more.pop("at", NOW), step, **more)
        state = self.state if self.history else None
        self.state, done = act(self.flow, state, action, self.people)
        self.history.append(action_read(action_json(done)))
        assert replay(self.flow, self.history) == self.state
        return self.state

    def refuses(self, code: str, kind: str, actor: int | None, step: str = "", **more: Any) -> None:
        before = self.state
        with pytest.raises(ActError) as refused:
            self.do(kind, actor, step, **more)
        assert refused.value.code == code
        assert self.state == before

    @property
    def waits(self) -> dict[str, set[int]]:
        return {run.key: {seat.person for seat in run.open_seats} for run in self.state.active}


def submitted(*steps: dict[str, Any], values: dict[str, Any] | None = None, **more: Any) -> Order:
    people = {name: more.pop(name) for name in ("gone", "away") if name in more}
    order = Order(flow_of(*steps, **more), values, **people)
    order.do("submit", 1)
    return order


def test_steps_come_one_after_the_other_and_the_last_completes() -> None:
    order = submitted(step("a", 2), step("b", 11))
    assert order.waits == {"a": {2}}
    order.refuses("not_yours", "approve", 11, "a")
    order.refuses("not_now", "approve", 11, "b")
    order.do("approve", 2, "a")
    assert order.waits == {"b": {11}}
    assert order.do("approve", 11, "b").status == Status.COMPLETED
    order.refuses("ended", "approve", 11, "b")


def test_of_any_one_the_first_decides_and_the_others_are_asked_no_more() -> None:
    order = submitted(step("a", 2, 11), step("b", 12))
    order.do("approve", 11, "a")
    order.refuses("not_now", "approve", 2, "a")


def test_all_must_approve_and_one_rejects() -> None:
    order = submitted(step("a", 2, 11, mode="all"))
    order.do("approve", 2, "a")
    order.refuses("not_yours", "approve", 2, "a")
    assert order.waits == {"a": {11}}
    assert order.do("reject", 11, "a").status == Status.REJECTED


def test_k_of_n_ends_when_k_agree_or_can_no_more() -> None:
    order = submitted(step("a", 2, 11, 12, mode="k", k=2))
    order.do("reject", 2, "a")
    order.do("approve", 11, "a")
    assert order.do("approve", 12, "a").status == Status.COMPLETED
    order = submitted(step("a", 2, 11, 12, mode="k", k=2))
    order.do("reject", 2, "a")
    assert order.do("reject", 11, "a").status == Status.REJECTED


def test_sequence_asks_one_after_the_other() -> None:
    order = submitted(step("a", 2, 11, mode="sequence"))
    assert order.waits == {"a": {2}}
    order.refuses("not_yours", "approve", 11, "a")
    order.do("approve", 2, "a")
    assert order.waits == {"a": {11}}
    assert order.do("approve", 11, "a").status == Status.COMPLETED


@pytest.mark.parametrize(("amount", "who"), [("1000.00", {11}), ("999.99", {2}), (None, {2})])
def test_condition_takes_the_first_true_branch_else_the_other(
    amount: str | None, who: set[int]
) -> None:
    order = submitted(
        when("c", BIG, [step("big", 11)], [step("small", 2)]), values={"amount": amount}
    )
    assert set().union(*order.waits.values()) == who


def test_parallel_branches_join_when_all_are_done() -> None:
    order = submitted(parallel("p", [step("a", 2)], [step("b", 11)]), step("c", 12))
    assert order.waits == {"a": {2}, "b": {11}}
    order.do("approve", 2, "a")
    assert order.waits == {"b": {11}}
    order.do("approve", 11, "b")
    assert order.waits == {"c": {12}}


def test_parallel_any_two_of_three_drops_the_third() -> None:
    lists = [[step("a", 2)], [step("b", 11)], [step("c", 12)]]
    order = submitted(parallel("p", *lists, join="any", k=2), step("d", 3))
    order.do("reject", 2, "a")
    order.do("approve", 11, "b")
    assert order.waits == {"c": {12}}
    order.do("approve", 12, "c")
    assert order.waits == {"d": {3}}
    order = submitted(parallel("p", *lists, join="any", k=2))
    order.do("reject", 2, "a")
    assert order.do("reject", 11, "b").status == Status.REJECTED


def test_return_goes_to_any_earlier_step_and_what_followed_is_done_again() -> None:
    order = submitted(step("a", 2), parallel("p", [step("b", 11)], [step("c", 12)]), step("d", 3))
    order.do("approve", 2, "a")
    order.do("approve", 11, "b")
    assert return_targets(order.flow, order.state, "c") == ["start", "a"]
    order.do("approve", 12, "c")
    assert return_targets(order.flow, order.state, "d") == ["start", "a", "b", "c"]
    order.refuses("opinion_missing", "return", 3, "d", to_step="a")
    order.refuses("not_earlier", "return", 3, "d", to_step="d", opinion="no")
    order.do("return", 3, "d", to_step="b", opinion="look again")
    assert order.waits == {"b": {11}}
    order.do("approve", 11, "b")
    assert order.waits == {"d": {3}}
    order.do("return", 3, "d", to_step="a", opinion="all again")
    assert order.waits == {"a": {2}}
    order.do("approve", 2, "a")
    assert order.waits == {"b": {11}, "c": {12}}
    assert order.state.rounds == {"a": 2, "b": 3, "c": 2, "d": 2}


def test_branch_is_chosen_anew_after_a_return_before_it() -> None:
    first = step("a", 2, editable=["amount"])
    order = submitted(first, when("c", BIG, [step("big", 11)], []), step("d", 12))
    order.do("approve", 2, "a", values={"amount": "5000.00"})
    order.do("approve", 11, "big")
    order.do("return", 12, "d", to_step="a", opinion="too much")
    order.do("approve", 2, "a", values={"amount": "5.00"})
    assert order.waits == {"d": {12}}


def test_returned_to_its_submitter_an_order_is_changed_and_sent_again() -> None:
    order = submitted(step("a", 2))
    order.do("return", 2, "a", to_step="start", opinion="which machine?")
    assert order.state.status == Status.RETURNED
    assert order.state.may_act == {1}
    order.refuses("not_yours", "submit", 2)
    order.do("submit", 1, values={"kind": "printer"})
    assert order.waits == {"a": {2}}


def test_returns_are_bounded() -> None:
    order = submitted(step("a", 2), max_returns=1)
    order.do("return", 2, "a", to_step="start", opinion="x")
    order.do("submit", 1)
    order.refuses("too_many_returns", "return", 2, "a", to_step="start", opinion="x")
    order.refuses("too_many_returns", "withdraw", 1)


def test_only_the_submitter_withdraws_and_only_where_the_flow_lets_him() -> None:
    order = submitted(step("a", 2))
    order.refuses("not_yours", "withdraw", 2)
    assert order.do("withdraw", 1).status == Status.DRAFT
    assert submitted(step("a", 2), may_withdraw=False).refuses("not_now", "withdraw", 1) is None


def test_delegate_takes_the_seat_and_it_does_not_come_back() -> None:
    order = submitted(step("a", 2))
    order.do("delegate", 2, "a", to_person=11)
    assert order.waits == {"a": {11}}
    order.refuses("not_yours", "approve", 2, "a")
    order.refuses("already_there", "delegate", 11, "a", to_person=2)
    order.refuses("own_order", "delegate", 11, "a", to_person=1)
    order.refuses("no_such_person", "delegate", 11, "a", to_person=99)
    assert order.do("approve", 11, "a").status == Status.COMPLETED


def test_added_approver_must_agree_too() -> None:
    order = submitted(step("a", 2, 3))
    order.do("add", 2, "a", to_person=11)
    order.refuses("already_there", "add", 2, "a", to_person=11)
    order.do("approve", 2, "a")
    assert order.waits == {"a": {11}}
    assert order.do("approve", 11, "a").status == Status.COMPLETED


def test_claimed_step_is_one_persons_until_he_lets_go() -> None:
    order = submitted(step("a", 2, 3))
    order.do("claim", 2, "a")
    assert order.waits == {"a": {2}}
    order.refuses("claimed", "approve", 3, "a")
    order.refuses("claimed", "claim", 3, "a")
    order.do("release", 2, "a")
    order.do("claim", 3, "a")
    order.do("delegate", 3, "a", to_person=11)
    assert order.waits == {"a": {11}}


def test_stand_in_acts_for_who_is_away_and_for_nobody_else() -> None:
    order = submitted(step("a", 2, 3, mode="all"), away={2: 12})
    order.refuses("not_yours", "approve", 12, "a")
    order.refuses("not_yours", "approve", 12, "a", on_behalf_of=3)
    order.do("approve", 12, "a", on_behalf_of=2)
    assert order.waits == {"a": {3}}
    assert order.state.run("a").seats[0].acted_by == 12  # type: ignore[union-attr]


def test_nobody_approves_his_own_order_by_any_way() -> None:
    order = submitted(step("a", 1, 2), away={2: 1})
    assert order.waits == {"a": {2}}
    order.refuses("own_order", "approve", 1, "a", on_behalf_of=2)
    order.refuses("own_order", "add", 2, "a", to_person=1)
    handled = submitted({**step("a", 1), "kind": "handling"})
    assert handled.do("approve", 1, "a").status == Status.COMPLETED


def test_rule_without_people_falls_to_the_named_person_then_to_the_admins() -> None:
    assert submitted(step("a", 99)).waits == {"a": {21, 22}}
    assert submitted(step("a", 99, fallback=by(12))).waits == {"a": {12}}
    assert submitted(step("a", 99, fallback=by(12)), gone=[12, 21]).waits == {"a": {22}}


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ({"by": "role", "role": "team_lead"}, {11, 12}),
        ({"by": "role", "role": "team_lead", "department": 2}, {12}),
        ({"by": "role", "role": "team_lead", "department": "submitter"}, {11, 12}),
        ({"by": "department", "department": 2}, {3, 12}),
        ({"by": "department_head", "department": 2}, {12}),
        ({"by": "submitter_head"}, {11}),
        ({"by": "field", "field": "engineer"}, {3}),
        ({"by": "previous"}, {21, 22}),
        ({"by": "submitter"}, {21, 22}),
    ],
)
def test_rules_find_their_people(rule: dict[str, Any], who: set[int]) -> None:
    order = submitted({**step("a"), "approvers": rule}, values={"engineer": 3})
    assert order.waits == {"a": who}


def test_previous_is_whoever_decided_the_step_before() -> None:
    order = submitted(step("a", 2, 3), {**step("b"), "approvers": {"by": "previous"}})
    order.do("approve", 3, "a")
    assert order.waits == {"b": {3}}


def test_who_has_left_is_replaced_by_the_fall_back() -> None:
    order = submitted(step("a", 2, 3, mode="all", fallback=by(12)))
    order.people = Company(gone=[2])
    order.refuses("not_yours", "reassign", 3, "a", person=2, to_person=11)
    order.do("reassign", None, "a", person=2)
    assert order.waits == {"a": {3, 12}}
    order.do("reassign", 21, "a", person=12, to_person=11, is_manager=True)
    assert order.waits == {"a": {3, 11}}


def test_step_that_found_nobody_waits_until_a_manager_names_somebody() -> None:
    order = submitted(step("a", 99), gone=[21, 22])
    assert order.waits == {"a": set()}
    order.do("reassign", 11, "a", to_person=12, is_manager=True)
    assert order.do("approve", 12, "a").status == Status.COMPLETED


ESCALATION = {
    "deadline_min": 60,
    "escalation": [
        {"after_min": -10, "do": "remind"},
        {"after_min": 0, "do": "head"},
        {"after_min": 60, "do": "person", "person": 12},
        {"after_min": 120, "do": "approve"},
    ],
}


def test_escalation_goes_level_by_level_each_once() -> None:
    order = submitted(step("a", 2, 3, mode="all", **ESCALATION))
    order.refuses("not_yours", "escalate", 21, "a", level=0)
    order.do("escalate", None, "a", level=0)
    order.refuses("level_done", "escalate", None, "a", level=0)
    order.do("approve", 2, "a")
    order.do("escalate", None, "a", level=1)
    assert order.waits == {"a": {12}}  # the head over 3, the only one still asked
    order.do("escalate", None, "a", level=2)
    assert order.waits == {"a": {12}}
    assert order.do("escalate", None, "a", level=3).status == Status.COMPLETED


@pytest.mark.parametrize(("do", "status"), [("return", "returned"), ("reject", "rejected")])
def test_escalation_may_return_or_reject(do: str, status: str) -> None:
    late = {"deadline_min": 60, "escalation": [{"after_min": 0, "do": do}]}
    order = submitted(step("a", 2, **late))
    assert order.do("escalate", None, "a", level=0).status == status


def test_taken_over_step_forgets_a_rejection_of_before() -> None:
    late = {"deadline_min": 60, "escalation": [{"after_min": 0, "do": "person", "person": 12}]}
    order = submitted(step("a", 2, 3, 11, mode="k", k=2, **late))
    order.do("reject", 2, "a")
    order.do("escalate", None, "a", level=0)
    assert order.do("approve", 12, "a").status == Status.COMPLETED


def test_values_change_only_where_the_step_lets_them() -> None:
    order = submitted(step("a", 2, editable=["result"]), values={"amount": "1.00"})
    order.refuses("not_editable", "approve", 2, "a", values={"amount": "9.00"})
    order.do("edit", 2, "a", values={"result": "half"})
    order.do("approve", 2, "a", values={"result": "done"})
    assert order.state.values == {"amount": "1.00", "result": "done"}


def test_opinion_is_asked_for_where_the_step_needs_one() -> None:
    order = submitted(step("a", 2, needs_opinion=True))
    order.refuses("opinion_missing", "approve", 2, "a", opinion=" ")
    order.do("approve", 2, "a", opinion="fine")


def test_urging_is_for_the_submitter_and_not_all_the_time() -> None:
    order = submitted(step("a", 2))
    order.refuses("not_yours", "urge", 2)
    order.do("urge", 1)
    order.refuses("urged_already", "urge", 1, at=NOW + timedelta(minutes=9))
    order.do("urge", 1, at=NOW + timedelta(minutes=10))


def test_waiting_for_the_customer_ends_with_the_next_decision() -> None:
    order = submitted(step("a", 2), step("b", 2))
    order.refuses("not_yours", "wait", 3, "a")
    assert order.do("wait", 2, "a").is_waiting
    order.refuses("not_now", "wait", 2, "a")
    assert not order.do("resume", 1).is_waiting
    order.do("wait", 2, "a")
    assert not order.do("approve", 2, "a").is_waiting


def test_cancel_is_the_submitters_close_the_managers() -> None:
    order = submitted(step("a", 2))
    order.refuses("not_yours", "cancel", 2, opinion="x")
    order.refuses("not_yours", "close", 1, opinion="x")
    order.refuses("opinion_missing", "cancel", 1)
    assert order.do("cancel", 1, opinion="not needed").status == Status.CANCELLED
    assert order.do("comment", 2, opinion="pity").status == Status.CANCELLED
    order = submitted(step("a", 2))
    assert order.do("close", 11, opinion="by phone", is_manager=True).status == Status.CLOSED


def test_system_cannot_decide_and_a_second_creation_is_refused() -> None:
    order = submitted(step("a", 2))
    order.refuses("not_yours", "approve", None, "a")
    order.refuses("unknown_step", "approve", 2, "z")
    order.refuses("not_now", "create", 1)
    with pytest.raises(ValueError, match="no history"):
        replay(order.flow, [])


def test_act_as_json_is_the_act() -> None:
    full = Action(
        Kind.RETURN, 2, NOW, "a", on_behalf_of=3, to_step="start", person=4, to_person=5,
        values={"amount": "1.00", "result": None}, opinion="x", is_manager=True, level=2,
        found=((1, 2), ()),
    )  # fmt: skip
    assert action_read(action_json(full)) == full
    assert action_read(action_json(replace(full, values={}))) == replace(full, values={})
