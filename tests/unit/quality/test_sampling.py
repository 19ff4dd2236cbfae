"""Drawing is fair, and the same for the same seed."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from apps.quality.engine.sampling import Candidate, Draw, Inspector, Quota, draw

PEOPLE = range(1, 6)


@st.composite
def offices(draw_: st.DrawFn) -> tuple[list[Candidate], list[Inspector]]:
    """Agents 1-6 are persons 1-6 too: some inspectors are agents themselves."""
    rows = draw_(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 30)), max_size=40))
    candidates = [
        Candidate(recording=number, call=call, agent=agent, person=agent)
        for number, (agent, call) in enumerate(rows, start=1)
    ]
    keys = [one.recording for one in candidates]
    scope = st.sets(st.sampled_from(keys)) if keys else st.just(set[int]())
    inspectors = [
        Inspector(person, frozenset(draw_(scope)))
        for person in draw_(st.sets(st.integers(4, 9), max_size=5))
    ]
    return candidates, inspectors


quotas = st.builds(
    Quota,
    per_agent=st.none() | st.integers(0, 4),
    total=st.none() | st.integers(0, 30),
    taken=st.dictionaries(st.integers(1, 6), st.integers(0, 3)),
)


@given(offices(), quotas, st.integers(0, 2**32), st.randoms())
def test_same_seed_gives_the_same_draw_in_any_order(
    office: tuple[list[Candidate], list[Inspector]], quota: Quota, seed: int, chance: object
) -> None:
    candidates, inspectors = office
    first = draw(candidates, inspectors, quota, seed)
    assert draw(list(reversed(candidates)), list(reversed(inspectors)), quota, seed) == first


@given(offices(), quotas, st.integers(0, 2**32))
def test_nobody_inspects_himself_or_what_he_may_not_hear_and_no_call_comes_twice(
    office: tuple[list[Candidate], list[Inspector]], quota: Quota, seed: int
) -> None:
    candidates, inspectors = office
    found = draw(candidates, inspectors, quota, seed)
    by_person = {who.person: who for who in inspectors}
    for one, person in found.picks:
        assert by_person[person].may(one)
    calls = [one.call for one, _person in found.picks]
    assert len(calls) == len(set(calls))
    assert not {one for one, _person in found.picks} & set(found.nobody)


@given(offices(), st.integers(0, 4), st.integers(0, 2**32))
def test_each_agent_gets_his_quota_or_all_that_can_be(
    office: tuple[list[Candidate], list[Inspector]], most: int, seed: int
) -> None:
    candidates, inspectors = office
    found = draw(candidates, inspectors, Quota(per_agent=most), seed)
    got = Counter(one.agent for one, _person in found.picks)
    drawn = {one.call for one, _person in found.picks}
    nobody = set(found.nobody)
    for agent in {one.agent for one in candidates}:
        left = [
            one
            for one in candidates
            if one.agent == agent and one.call not in drawn and one not in nobody
        ]
        assert got[agent] <= most
        # Fewer only when no further call of his is left.
        assert got[agent] == most or not left


@given(offices(), quotas, st.integers(0, 2**32))
def test_loads_cannot_be_evened_out_by_any_exchange(
    office: tuple[list[Candidate], list[Inspector]], quota: Quota, seed: int
) -> None:
    candidates, inspectors = office
    found = draw(candidates, inspectors, quota, seed)
    loads = {who.person: found.loads.get(who.person, 0) for who in inspectors}
    # Whoever can be reached from a person by giving on, one to the next, is not emptier by two.
    gives: dict[int, set[int]] = {person: set() for person in loads}
    for one, person in found.picks:
        gives[person] |= {who.person for who in inspectors if who.may(one)}
    for start in loads:
        reached, waiting = {start}, [start]
        while waiting:
            for to in gives[waiting.pop()] - reached:
                reached.add(to)
                waiting.append(to)
        assert all(loads[start] - loads[to] <= 1 for to in reached)


@given(st.integers(0, 40), st.integers(1, 6), st.integers(0, 2**32))
def test_loads_differ_by_at_most_one_where_nothing_conflicts(
    calls: int, people: int, seed: int
) -> None:
    candidates = [Candidate(n, n, n % 5, n % 5) for n in range(calls)]
    every = frozenset(range(calls))
    staff = [Inspector(100 + n, every) for n in range(people)]
    found: Draw = draw(candidates, staff, Quota(), seed)
    loads = [found.loads.get(who.person, 0) for who in staff]
    assert sum(loads) == calls
    assert max(loads) - min(loads) <= 1


def test_total_is_spread_over_agents() -> None:
    candidates = [Candidate(n, n, agent=1 if n < 50 else 2, person=0) for n in range(60)]
    staff = [Inspector(9, frozenset(range(60)))]
    found = draw(candidates, staff, Quota(total=10), seed=7)
    assert Counter(one.agent for one, _p in found.picks) == {1: 5, 2: 5}
    # Who has had three of this period already comes after who has had none.
    found = draw(candidates, staff, Quota(total=5, taken={1: 3}), seed=7)
    assert Counter(one.agent for one, _p in found.picks) == {1: 1, 2: 4}


def test_other_seed_draws_others() -> None:
    candidates = [Candidate(n, n, n % 3, 0) for n in range(100)]
    staff = [Inspector(9, frozenset(range(100)))]
    drawn = {
        frozenset(one.call for one, _p in draw(candidates, staff, Quota(total=10), seed).picks)
        for seed in range(5)
    }
    assert len(drawn) == 5


def test_call_that_nobody_may_hear_takes_nobodys_place() -> None:
    candidates = [Candidate(1, 1, 1, 1), Candidate(2, 2, 1, 1)]
    found = draw(candidates, [Inspector(9, frozenset({2}))], Quota(per_agent=1), seed=1)
    assert [one.recording for one, _p in found.picks] == [2]
    assert [one.recording for one in found.nobody] == [1]
