"""Play a day through `decide`, the engine that serves real calls: events on a heap, no clock.

What the distributor and the dialplan do around a decision is done here as `board.py` has it: an
offer rings, is answered or missed; who missed rests and comes last for that call; a talk is
followed by the queue's wrap-up; the time limit waits for a ring to end. Events of the same
millisecond come in the order in which they were planned, so a day and a seed give one result.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from heapq import heappop, heappush

from apps.acd.engine.decide import Offer, decide
from apps.acd.engine.floor import READY, Floor, Need, Waiting
from apps.acd.engine.what_if_day import (
    SHUT,
    TIMEOUT,
    WAITING,
    Arrival,
    Day,
    Played,
    Rules,
    Stay,
    Try,
)
from apps.acd.engine.what_if_draws import Draws, of_seed
from apps.acd.engine.what_if_people import (
    OFF,
    RESTING,
    RINGING,
    TALKING,
    WRAP_UP,
    Caller,
    Lines,
    Person,
    agent_now,
    clock_of,
)
from apps.calls.engine.figures import ANSWERED, FLOWED_OUT

Watch = Callable[[Floor, Floor, int, tuple[Offer, ...]], None]


def play(day: Day, draws: Draws, seed: int, watch: Watch | None = None) -> Played:
    """Return what becomes of every caller of the day.

    `watch` is called with each decision: the cut floor, the whole one, when, and the offers.
    Raises ValueError for an arrival or an overflow into a queue that the day does not have.
    """
    return _Run(day, draws, seed, watch).played()


@dataclass(frozen=True, slots=True)
class _Ring:
    """How an agent's phone will ring: so long, and whether he answers then."""

    ms: int
    is_answered: bool
    # The miss that lasted as long as the queue rings.
    is_whole: bool = False


class _Run:
    def __init__(self, day: Day, draws: Draws, seed: int, watch: Watch | None) -> None:
        self._day, self._draws, self._watch = day, draws, watch
        self._rules = dict(day.rules)
        self._random = of_seed(seed)
        self._at = clock_of(day)
        self._people = {staff.id: Person(staff) for staff in day.staff}
        self._lines = Lines(self._rules, self._people, self._at)
        self._heap: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self._planned = 0
        self._now = 0
        # Whether something happened that may let somebody be offered.
        self._may_offer = False
        self._stays: list[Stay] = []
        self._busy: list[tuple[str, int, int]] = []
        self._ready: list[tuple[str, int, int]] = []
        wrong = {one.queue for one in day.arrivals} | {
            rules.overflow_to for rules in self._rules.values() if rules.overflow_to
        }
        if not wrong <= set(self._rules):
            raise ValueError(f"unknown queues: {sorted(wrong - set(self._rules))}")

    def played(self) -> Played:
        for staff in self._day.staff:
            for start, end in staff.spans:
                self._plan(start, self._comes, self._people[staff.id])
                self._plan(end, self._goes, self._people[staff.id])
        for arrival in sorted(self._day.arrivals, key=lambda one: (one.at_ms, one.id)):
            self._plan(arrival.at_ms, self._arrives, arrival)
        while self._heap:
            self._now, _number, happen, what = heappop(self._heap)
            happen(*what)
            if self._may_offer:
                self._may_offer = False
                self._decide()
        for caller in self._lines.waiting():
            self._stay(caller, WAITING)
        return Played(tuple(self._stays), tuple(self._busy), tuple(self._ready))

    def _plan(self, at_ms: int, happen: Callable[..., None], *what: object) -> None:
        self._planned += 1
        heappush(self._heap, (at_ms, self._planned, happen, what))

    # --- Callers ---

    def _arrives(self, arrival: Arrival) -> None:
        rules = self._rules[arrival.queue]
        if rules.open is not None and not any(a <= self._now < b for a, b in rules.open):
            self._stays.append(Stay(arrival.id, arrival.queue, self._now, SHUT, 0))
            return
        caller = self._caller(arrival, rules)
        patience_ms = arrival.patience_ms
        patience = self._draws.patience(arrival.queue)
        if patience_ms is None and patience.mean_ms is not None:
            patience_ms = patience.draw(arrival.waited_ms, caller.random.random())
        if patience_ms is not None:
            caller.patience_at_ms = self._now + patience_ms
        self._joins(caller)

    def _caller(self, arrival: Arrival, rules: Rules) -> Caller:
        joined = self._at(self._now)
        wait = Waiting(
            id=arrival.id,
            queue=rules.id,
            joined_at=joined,
            priority=arrival.priority,
            needs=_needs(arrival, rules),
            wanted=arrival.wanted,
            wanted_until=joined + timedelta(milliseconds=arrival.wanted_ms),
        )
        return Caller(arrival, rules.id, self._now, wait, self._random)

    def _joins(self, caller: Caller) -> None:
        rules = self._rules[caller.queue]
        if caller.patience_at_ms is not None:
            self._plan(caller.patience_at_ms, self._leaves, caller)
        if rules.max_wait_ms is not None:
            caller.limit_at_ms = self._now + rules.max_wait_ms
            self._plan(caller.limit_at_ms, self._limit, caller)
        if not caller.is_plain:
            steps = {int(after_s * 1000) for need in caller.wait.needs for after_s, _ in need.steps}
            if caller.wait.wanted:
                steps.add(caller.arrival.wanted_ms)
            for after_ms in sorted(steps - {0}):
                self._plan(self._now + after_ms, self._relaxes, caller)
        self._lines.add(caller)
        self._may_offer = True

    def _relaxes(self, caller: Caller) -> None:
        self._may_offer = self._may_offer or not caller.is_gone

    def _leaves(self, caller: Caller) -> None:
        if caller.is_gone:
            return
        self._cut(caller, caller.ringing)
        if not caller.ringing:
            self._lines.remove(caller)
        how = caller.arrival.leaves_as
        self._stay(caller, how, caller.arrival.reason if how == FLOWED_OUT else "")
        for agent in caller.ringing:
            self._is_free(self._people[agent])
        if how == FLOWED_OUT:
            self._goes_on(caller.arrival)

    def _limit(self, caller: Caller) -> None:
        if not caller.is_gone and not caller.ringing:
            self._lines.remove(caller)
            self._times_out(caller)

    def _times_out(self, caller: Caller) -> None:
        self._stay(caller, FLOWED_OUT, TIMEOUT)
        overflow_to = self._rules[caller.queue].overflow_to
        if not overflow_to:
            self._goes_on(caller.arrival)
            return
        # He has waited already: his patience goes on where it is, his chances too.
        rules = self._rules[overflow_to]
        moved = replace(caller.arrival, tries=(), wanted="")
        again = self._caller(moved, rules)
        again.drawn, again.patience_at_ms = caller.random, caller.patience_at_ms
        self._joins(again)

    def _goes_on(self, arrival: Arrival) -> None:
        then = arrival.then
        if then is not None:
            self._plan(self._now + arrival.then_after_ms, self._arrives, then)

    def _stay(self, caller: Caller, how: str, reason: str = "", **more: object) -> None:
        caller.is_gone = True
        self._stays.append(
            Stay(
                call=caller.arrival.id,
                queue=caller.queue,
                joined_ms=caller.joined_ms,
                how=how,
                wait_ms=self._now - caller.joined_ms,
                reason=reason,
                tries=tuple(caller.tries),
                **more,  # type: ignore[arg-type]  # agent and times, from _answers
            )
        )

    # --- Offers ---

    def _decide(self) -> None:
        cut = self._lines.floor()
        if cut is None:
            return
        floor, callers = cut
        offers = decide(floor, self._at(self._now))
        if self._watch is not None:
            self._watch(floor, self._lines.whole_floor(), self._now, offers)
        for offer in offers:
            self._lines.offered(
                offer.queue, floor.agents[offer.agents[-1]].queues[offer.queue].order
            )
            self._ring(callers[offer.call], offer.agents)

    def _ring(self, caller: Caller, agents: tuple[str, ...]) -> None:
        self._lines.remove(caller)
        caller.ringing, caller.rung_ms = agents, self._now
        caller.turn += 1
        caller.wait = replace(caller.wait, attempt=caller.wait.attempt + 1)
        rules = self._rules[caller.queue]
        rings = {}
        for agent in agents:
            self._busy_now(self._people[agent], RINGING)
            rings[agent] = self._how_it_rings(caller, agent, rules)
        answers = [
            (ring.ms, place) for place, ring in enumerate(rings.values()) if ring.is_answered
        ]
        if answers:
            ms, place = min(answers)
            self._plan(self._now + ms, self._answers, caller, caller.turn, agents[place])
        else:
            longest = max(ring.ms for ring in rings.values())
            self._plan(self._now + longest, self._misses, caller, caller.turn, rings)

    def _how_it_rings(self, caller: Caller, agent: str, rules: Rules) -> _Ring:
        known = caller.recorded_try(agent)
        if known is None or known.is_cut:
            ring_ms, is_answered = self._draws.ring(agent, caller.random)
            if known is not None and ring_ms is not None:
                ring_ms = max(ring_ms, (known.ring_ms or 0) + 1)
        else:
            ring_ms, is_answered = known.ring_ms, known.is_answered
        if ring_ms is None or ring_ms > rules.ring_ms:
            return _Ring(rules.ring_ms, is_answered=False, is_whole=True)
        return _Ring(ring_ms, is_answered)

    def _answers(self, caller: Caller, turn: int, agent: str) -> None:
        if caller.is_gone or caller.turn != turn:
            return
        arrival, rules = caller.arrival, self._rules[caller.queue]
        others = tuple(one for one in caller.ringing if one != agent)
        rung_ms = self._now - caller.rung_ms
        caller.tries.append(Try(agent, rung_ms, is_answered=True, after_ms=caller.after_ms))
        self._cut(caller, others)
        talk_ms = arrival.talk_ms
        if talk_ms is None:
            talk_ms = self._draws.talk_ms(caller.queue, caller.random)
        talk_ms = round(talk_ms * rules.talk_factor)
        wrap_up_ms = rules.wrap_up_ms if arrival.wrap_up_ms is None else arrival.wrap_up_ms
        self._stay(caller, ANSWERED, agent=agent, talk_ms=talk_ms, wrap_up_ms=wrap_up_ms)
        person = self._people[agent]
        person.state, person.since_ms = TALKING, self._now
        person.taken += 1
        self._plan(self._now + talk_ms, self._talk_ends, person, caller, wrap_up_ms)
        for other in others:
            self._is_free(self._people[other])

    def _talk_ends(self, person: Person, caller: Caller, wrap_up_ms: int) -> None:
        person.idle_ms = self._now
        self._busy.append((person.staff.id, person.since_ms, self._now + wrap_up_ms))
        if wrap_up_ms:
            person.state, person.since_ms = WRAP_UP, self._now
            self._plan(self._now + wrap_up_ms, self._is_free, person)
        else:
            self._is_free(person)
        if caller.arrival.how == ANSWERED:
            self._goes_on(caller.arrival)

    def _misses(self, caller: Caller, turn: int, rings: dict[str, _Ring]) -> None:
        if caller.is_gone or caller.turn != turn:
            return
        rules = self._rules[caller.queue]
        caller.tries += [
            Try(agent, None if ring.is_whole else ring.ms, after_ms=caller.after_ms)
            for agent, ring in rings.items()
        ]
        caller.wait = replace(caller.wait, missed=caller.wait.missed | set(rings))
        caller.ringing = ()
        for agent in rings:
            person = self._people[agent]
            if rules.rest_ms:
                person.state, person.since_ms = RESTING, self._now
                self._plan(self._now + rules.rest_ms, self._is_free, person)
            else:
                self._is_free(person)
        if caller.limit_at_ms is not None and self._now >= caller.limit_at_ms:
            self._times_out(caller)
        else:
            self._lines.add(caller)
            self._may_offer = True

    def _cut(self, caller: Caller, agents: Iterable[str]) -> None:
        rung_ms = self._now - caller.rung_ms
        caller.tries += [
            Try(agent, rung_ms, is_cut=True, after_ms=caller.after_ms) for agent in agents
        ]

    # --- Agents ---

    def _comes(self, person: Person) -> None:
        person.is_in = True
        person.idle_ms = max(person.idle_ms, self._now)
        if person.state == OFF:
            self._is_free(person)

    def _goes(self, person: Person) -> None:
        person.is_in = False
        if person.state == READY:
            self._busy_now(person, OFF)
            # Who was kept for him is it no more.
            self._may_offer = True

    def _is_free(self, person: Person) -> None:
        """Let him be rung, if he is there."""
        if not person.is_in:
            person.state, self._may_offer = OFF, True
            return
        person.state, person.since_ms = READY, self._now
        self._lines.free(agent_now(person, self._at))
        self._may_offer = True

    def _busy_now(self, person: Person, state: str) -> None:
        """Take who was ready away from the free ones."""
        self._ready.append((person.staff.id, person.since_ms, self._now))
        person.state, person.since_ms = state, self._now
        self._lines.take(person)


def _needs(arrival: Arrival, rules: Rules) -> tuple[Need, ...]:
    """Return what the queue asks for and what the caller asks for beside it."""
    own = {need.skill for need in arrival.needs}
    return (*arrival.needs, *(need for need in rules.needs if need.skill not in own))
