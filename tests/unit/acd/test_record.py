"""A kept decision decides the same again."""

import json
from typing import Any

import pytest
from hypothesis import given

from apps.acd.engine.decide import decide, explain
from apps.acd.engine.floor import Floor, Membership, Need, Queue
from apps.acd.engine.record import MOST_AGENTS, make_record, replay, verdicts
from tests.unit.acd.floors import NOW, agent, call, floor, floors


def kept(found: Floor, name: str) -> dict[str, Any]:
    """Return the record of a call's decision, as it comes out of the database."""
    one = next(waiting for waiting in found.waiting if waiting.id == name)
    record: dict[str, Any] = json.loads(
        json.dumps(make_record(found, one, NOW, decide(found, NOW)))
    )
    return record


@given(floors())
def test_every_decision_replays_and_gives_the_same_reasons(found: Floor) -> None:
    offers = decide(found, NOW)
    by_call = {offer.call: offer for offer in offers}
    for one in found.waiting:
        record = kept(found, one.id)
        again = replay(record)
        assert again == by_call.get(one.id)
        assert record["chosen"] == (list(again.agents) if again else [])
        told = {verdict.agent: verdict for verdict in verdicts(record)}
        assert told == {v.agent: v for v in explain(found, one, NOW, offers)}


def test_of_a_large_queue_the_chosen_one_is_kept() -> None:
    agents = [agent(f"a{n:04}", idle_s=n) for n in range(MOST_AGENTS + 50)]
    record = kept(floor(agents, [call("c1")]), "c1")
    assert (len(record["agents"]), record["left_out"]) == (MOST_AGENTS, 50)
    offer = replay(record)
    assert offer is not None
    assert offer.agents == (agents[-1].id,)


def test_only_skills_that_are_asked_for_are_kept() -> None:
    one = agent("a1", skills={"english": 40, "salary": 9})
    record = kept(floor([one], [call("c1", needs=(Need("english", ((0, 50),)),))]), "c1")
    assert record["agents"][0]["skills"] == {"english": 40}
    assert [(v.code, v.detail) for v in verdicts(record)] == [("skill", "english 40 < 50")]


def test_a_round_is_kept_from_where_it_stood() -> None:
    agents = [agent(f"a{n}", queues={"7001": Membership(order=n)}) for n in range(3)]
    found = floor(agents, [call("c1", waited_s=20), call("c2")], Queue("7001", "round_robin", 0))
    assert kept(found, "c1")["last_order"] == 0
    assert kept(found, "c2")["last_order"] == 1


@pytest.mark.parametrize(
    "broken", [{}, {"v": 2}, {"v": 1}, {"v": 1, "queue": "q", "agents": [{}]}, {"v": 1, "call": 3}]
)
def test_what_is_no_record_is_a_clear_error(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"version|not a decision"):
        replay(broken)
