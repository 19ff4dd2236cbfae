"""Between the board and the database: claimed, rung, told of; or given back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from django.utils import timezone

from apps.acd.engine.call_backs import CallBackRing, DueCallBack, board_id
from apps.acd.engine.decide import Offer
from apps.acd.models import CallBack, CallBackAttempt
from apps.calls.engine.facts import Fact
from apps.core.tenancy import all_tenants
from apps.telephony.ami.actions import AmiActions, LiveChannel
from apps.telephony.ami.call_back_keeper import CallBackKeeper
from apps.telephony.ami.connection import AmiError
from tests.factories import (
    CallBackFactory,
    CallBackRuleFactory,
    CallFactory,
    DidFactory,
    TrunkFactory,
)
from tests.telephony.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Node:
    """An Asterisk that keeps what it is told, or refuses."""

    live: set[str] = field(default_factory=set)
    is_down: bool = False
    originated: list[dict[str, Any]] = field(default_factory=list)

    def live_channels(self) -> list[LiveChannel]:
        return [LiveChannel(one, one, f"PJSIP/{one}") for one in self.live]

    def originate_call_back(self, **how: Any) -> None:
        if self.is_down:
            raise AmiError("the link is down")
        self.originated.append(how)


@dataclass
class Lab:
    node: Node = field(default_factory=Node)
    facts: list[Fact] = field(default_factory=list)
    due: list[DueCallBack] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def keeper(self) -> CallBackKeeper:
        def on_due(rows: list[DueCallBack]) -> None:
            self.due = rows

        return CallBackKeeper(
            "pbx1",
            cast(AmiActions, self.node),
            put_fact=self.facts.append,
            on_due=on_due,
            on_refused=self.refused.append,
        )


@pytest.fixture
def row() -> CallBack:
    with all_tenants("test"):
        found: CallBack = CallBackFactory(as_dialled="13500000001", shown="4008001000")
        CallBackRuleFactory(tenant=found.tenant, queue=found.queue)
        DidFactory(tenant=found.tenant, number="4008001000")
        TrunkFactory(name="demo")
    return found


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture
def keeper(lab: Lab) -> Iterator[CallBackKeeper]:
    made = lab.keeper()
    made.start()
    yield made
    made.stop()


def ring(row: CallBack, channel: str = "callback-1-1") -> tuple[CallBackRing, Fact]:
    """Return an order of the board and why."""
    call = board_id(row.pk)
    queue = f"{row.tenant.slug}-{row.queue.number}"
    order = CallBackRing(Offer(call, queue, ("a1",), 0, "fixed"), channel, "a1", "a1-web", 15)
    why = Fact("pbx1", channel, f"{channel}:routed", "routed", timezone.now(), "acd", call)
    return order, why


def state(row: CallBack) -> str:
    with all_tenants("test"):
        return str(CallBack.objects.get(pk=row.pk).state)


def test_it_is_due_claimed_rung_and_told_of_once_the_channel_is_there(
    lab: Lab, keeper: CallBackKeeper, row: CallBack
) -> None:
    until(lambda: [one.id for one in lab.due] == [board_id(row.pk)], 10, "it is due")
    keeper.make(*ring(row))
    how = until(lambda: lab.node.originated, 10, "the agent is rung")[0]
    assert (how["phone"], how["channel_id"], how["shown"]) == (
        "a1-web",
        "callback-1-1",
        "13500000001",
    )
    assert how["variables"]["HW_DIAL"] == "PJSIP/13500000001@trunk-demo"
    assert how["variables"]["HW_DIAL_CALLER_ID"] == "4008001000"
    assert (state(row), lab.facts) == ("offered", [])
    keeper.begun("callback-1-1")
    keeper.begun("callback-1-1")
    assert [fact.kind for fact in lab.facts] == ["call_back", "routed", "offered"]
    # Somebody else's by now.
    keeper.make(*ring(row, "callback-1-2"))
    until(lambda: lab.refused == [board_id(row.pk)], 10, "it is not made twice")
    assert len(lab.node.originated) == 1


def test_without_a_link_the_agent_is_free_and_the_row_is_looked_for(
    lab: Lab, keeper: CallBackKeeper, row: CallBack
) -> None:
    lab.node.is_down = True
    keeper.make(*ring(row))
    until(lambda: lab.refused == [board_id(row.pk)], 10, "the board is told")
    # Whether Asterisk heard is not known: not waiting before it was looked for.
    assert state(row) == "offered"
    with all_tenants("test"):
        CallBackAttempt.objects.update(claimed_at=timezone.now() - timedelta(minutes=1))
    until(lambda: state(row) == "waiting", 20, "it is free again")


def test_a_new_process_tells_the_ledger_of_what_is_out(lab: Lab, row: CallBack) -> None:
    with all_tenants("test"):
        CallBack.objects.update(state="offered")
        for number, linkedid in enumerate(("callback-1-1", "callback-1-2")):
            CallBackAttempt.objects.create(
                tenant=row.tenant,
                call_back=row,
                node="pbx1",
                linkedid=linkedid,
                claimed_at=timezone.now(),
                ended_at=timezone.now() if number else None,
            )
    lab.node.live = {"callback-1-1", "callback-1-2"}
    keeper = lab.keeper()
    keeper.start()
    try:
        keeper.link_up()
        until(lambda: lab.facts, 10, "it is told")
    finally:
        keeper.stop()
    assert {fact.key for fact in lab.facts} == {"callback-1-1:call_back"}
    assert lab.facts[0].data["number"] == "13500000001"


def test_a_try_that_was_made_and_not_told_is_told_when_the_ledger_has_its_call(
    lab: Lab, row: CallBack
) -> None:
    now = timezone.now()
    with all_tenants("test"):
        CallBack.objects.update(state="done", attempts=1)
        tries = {"callback-1-1": True, "callback-1-2": False, "callback-1-3": None}
        for linkedid, is_told in tries.items():
            CallBackAttempt.objects.create(
                tenant=row.tenant,
                call_back=row,
                node="pbx1",
                linkedid=linkedid,
                claimed_at=now,
                ended_at=now,
                result="answered",
            )
            if is_told is not None:
                CallFactory(tenant=row.tenant, node="pbx1", linkedid=linkedid, is_call_back=is_told)
    keeper = lab.keeper()
    keeper.start()
    try:
        until(lambda: lab.facts, 10, "it is told")
    finally:
        keeper.stop()
    assert {fact.key for fact in lab.facts} == {"callback-1-2:call_back"}
    told = lab.facts[0]
    assert (told.at, told.data["number"], told.data["attempt"]) == (now, "13500000001", 1)
