"""Draw calls to be inspected, and share them among inspectors. Pure; the seed is an argument.

The same candidates, inspectors, quota and seed give the same draw, in whatever order they come.
"""

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Candidate:
    """A recording that may be drawn; `agent` is who talks in it, `person` his user."""

    recording: int
    call: int
    agent: int
    person: int


@dataclass(frozen=True)
class Inspector:
    """A person (his user), and the recordings that he may hear."""

    person: int
    hears: frozenset[int]

    def may(self, one: Candidate) -> bool:
        """Say whether he may inspect it: in his scope, and not himself."""
        return one.recording in self.hears and one.person != self.person


@dataclass(frozen=True)
class Quota:
    """How many: so many of each agent, or of all together; None sets no limit.

    `taken` are those that an agent has had in the same time already, by agent.
    """

    per_agent: int | None = None
    total: int | None = None
    taken: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Draw:
    """What was drawn: (candidate, inspector's person), and what nobody may inspect."""

    picks: tuple[tuple[Candidate, int], ...]
    nobody: tuple[Candidate, ...]

    @property
    def loads(self) -> dict[int, int]:
        """Return how many each inspector got who got any."""
        found: dict[int, int] = defaultdict(int)
        for _one, person in self.picks:
            found[person] += 1
        return dict(found)


def draw(
    candidates: Iterable[Candidate], inspectors: Iterable[Inspector], quota: Quota, seed: int
) -> Draw:
    """Draw within the quota and give each to an inspector.

    No call is drawn twice. A call that no inspector may hear takes nobody's place. Agents come in
    turns, so that a total is spread over them. Loads are as even as the conflicts allow: they
    differ by at most one where everybody may inspect everything.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw that can be repeated, no secret
    ordered = sorted(set(candidates), key=lambda one: one.recording)
    staff = sorted(set(inspectors), key=lambda one: one.person)
    chance.shuffle(ordered)
    # Who gets the one more that does not divide is drawn too.
    chance.shuffle(staff)
    possible = {one: [who.person for who in staff if who.may(one)] for one in ordered}
    nobody = tuple(one for one in ordered if not possible[one])
    drawn = _drawn([one for one in ordered if possible[one]], quota)
    shared = share({one: possible[one] for one in drawn}, [who.person for who in staff])
    return Draw(tuple((one, shared[one]) for one in drawn), nobody)


def _drawn(ordered: Sequence[Candidate], quota: Quota) -> list[Candidate]:
    waiting: dict[int, deque[Candidate]] = {}
    for one in ordered:
        waiting.setdefault(one.agent, deque()).append(one)
    counts = {agent: quota.taken.get(agent, 0) for agent in waiting}
    found: list[Candidate] = []
    calls: set[int] = set()
    while waiting and (quota.total is None or len(found) < quota.total):
        # Who has had fewest comes next; of equals the one drawn first.
        agent = min(waiting, key=lambda one: counts[one])
        if quota.per_agent is not None and counts[agent] >= quota.per_agent:
            break
        one = waiting[agent].popleft()
        if not waiting[agent]:
            del waiting[agent]
        if one.call not in calls:
            calls.add(one.call)
            counts[agent] += 1
            found.append(one)
    return found


def share(
    possible: Mapping[Candidate, Sequence[int]], staff: Sequence[int]
) -> dict[Candidate, int]:
    """Give each candidate to one of those who may, loads as even as can be.

    Each goes to the least loaded; then a chain of exchanges moves one from a fuller to an emptier
    list as long as there is a chain that evens loads out. Where none is left the sharing is
    optimal: Harvey, Ladner, Lovasz, Tamir, Semi-matchings for bipartite graphs and load balancing,
    J. Algorithms 59 (2006) 53-78, theorem 3.1.
    """
    place = {person: at for at, person in enumerate(staff)}
    given: dict[Candidate, int] = {}
    lists: dict[int, list[Candidate]] = {person: [] for person in staff}
    for one, people in possible.items():
        person = min(people, key=lambda who: (len(lists[who]), place[who]))
        given[one] = person
        lists[person].append(one)
    while chain := _chain(possible, lists):
        for one, to in chain:
            lists[given[one]].remove(one)
            lists[to].append(one)
            given[one] = to
    return given


def _chain(
    possible: Mapping[Candidate, Sequence[int]], lists: Mapping[int, list[Candidate]]
) -> list[tuple[Candidate, int]]:
    """Return moves (candidate, to whom) that take one from a list to one shorter by two or more."""
    for start in sorted(lists, key=lambda who: -len(lists[who])):
        came: dict[int, tuple[int, Candidate] | None] = {start: None}
        waiting = deque([start])
        while waiting:
            person = waiting.popleft()
            if len(lists[person]) + 1 < len(lists[start]):
                return _moves(came, person)
            for one in lists[person]:
                for to in possible[one]:
                    if to not in came:
                        came[to] = (person, one)
                        waiting.append(to)
    return []


def _moves(
    came: Mapping[int, tuple[int, Candidate] | None], end: int
) -> list[tuple[Candidate, int]]:
    found: list[tuple[Candidate, int]] = []
    person = end
    while (step := came[person]) is not None:
        before, one = step
        found.append((one, person))
        person = before
    return found
