"""What a viewer gets of the board: his rows, and each change of them."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.live_board.engine.parts import (
    AGENTS,
    CALLS,
    PARTS,
    QUEUES,
    Scope,
    View,
    applied,
    difference,
    seen_by,
)

rows = {
    "queues": st.dictionaries(
        st.sampled_from(("7001", "7002", "7003")), st.integers(0, 5), max_size=3
    ),
    "agents": st.dictionaries(st.sampled_from(("1001", "1002")), st.integers(0, 5), max_size=2),
    "calls": st.dictionaries(st.sampled_from(("1", "2", "3")), st.integers(0, 3), max_size=3),
}


def board(queues: dict[str, int], agents: dict[str, int], calls: dict[str, int]) -> Any:
    """Make a board; a call's number says whose it is."""
    return {
        "queues": {number: {"number": number, "waiting": n} for number, n in queues.items()},
        "agents": {
            number: {"_id": int(number), "number": number, "queues": ["7001", "7003"], "n": n}
            for number, n in agents.items()
        },
        "calls": {
            key: {
                "_agent": 1000 + n,
                "_department": n,
                "_rang": [1000 + n],
                "_masked": "138****8000",
                "number": "13800138000",
                "is_masked": False,
                "n": n,
            }
            for key, n in calls.items()
        },
        "trunks": {"main": {"name": "main", "busy": len(calls)}},
        "alarms": {"1": {"_has_queue": True, "queue": "7002"}},
        "link": {"link": {"is_up": True}},
    }


boards = st.builds(board, **rows)
scopes = st.builds(
    Scope,
    queues=st.one_of(st.none(), st.frozensets(st.sampled_from(("7001", "7002")))),
    agents=st.one_of(st.none(), st.frozensets(st.sampled_from((1001, 1002)))),
    call_agents=st.frozensets(st.integers(1000, 1003)),
    own_agents=st.frozensets(st.integers(1000, 1003)),
    departments=st.frozensets(st.integers(0, 3)),
    sees_every_call=st.booleans(),
    sees_company=st.booleans(),
    is_masked=st.booleans(),
    parts=st.frozensets(st.sampled_from(PARTS)),
)


@given(one=boards, other=boards)
def test_a_change_leads_from_one_board_to_the_other(one: Any, other: Any) -> None:
    change = difference(one, other)
    assert applied(one, change) == {part: dict(other.get(part, {})) for part in PARTS}
    assert applied(other, change) == applied(one, change)
    assert difference(one, one).is_empty


@given(states=st.lists(boards, min_size=2, max_size=6), scope=scopes)
def test_snapshot_and_changes_give_what_a_new_snapshot_gives(
    states: list[Any], scope: Scope
) -> None:
    view = View(scope)
    shown: Any = view.whole(states[0])
    for before, after in pairwise(states):
        shown = applied(shown, view.part(difference(before, after)))
    whole = View(scope).whole(states[-1])
    assert {part: found for part, found in shown.items() if found} == {
        part: found for part, found in whole.items() if found
    }


@given(states=st.lists(boards, min_size=2, max_size=6), scope=scopes)
def test_nothing_is_told_of_rows_that_are_not_his(states: list[Any], scope: Scope) -> None:
    view = View(scope)
    had = {part: set(found) for part, found in view.whole(states[0]).items()}
    for before, after in pairwise(states):
        change = view.part(difference(before, after))
        for part, gone in change.gone.items():
            assert set(gone) <= had.get(part, set())
        for part, found in change.rows.items():
            assert part in scope.parts
            had.setdefault(part, set()).update(found)
            for row in found.values():
                assert not any(key.startswith("_") for key in row)
                assert not (part == CALLS and scope.is_masked and "13800138000" in str(row))


def test_an_agent_is_told_only_of_queues_that_he_knows() -> None:
    whole = board({"7001": 1, "7002": 1}, {"1001": 1, "1002": 1}, {"1": 1})
    scope = Scope(queues=frozenset({"7001"}), agents=frozenset({1001}))
    seen = seen_by(scope, whole)
    assert list(seen[QUEUES]) == ["7001"]
    assert list(seen[AGENTS]) == ["1001"]
    assert seen[AGENTS]["1001"]["queues"] == ["7001"]
    assert seen[CALLS] == {}
    assert seen["trunks"] == {}
    assert seen["alarms"] == {}
