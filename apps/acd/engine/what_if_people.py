"""Who is under way while a day is played, and the part of the floor that a decision can depend on.

The floor given to `decide` is cut to what can matter, so that a day of 20,000 calls takes seconds;
a test compares with the whole floor.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from apps.acd.engine.floor import READY, Agent, Floor, Queue, Waiting
from apps.acd.engine.what_if_day import Arrival, Day, Rules, Staff, Try
from apps.acd.engine.what_if_draws import Maker

# An agent's states here; what follows from his presence is asked when one ends.
OFF, RINGING, TALKING, WRAP_UP, RESTING = "off", "ringing", "talking", "wrap_up", "resting"
Clock = Callable[[int], datetime]


def clock_of(day: Day) -> Clock:
    """Return what turns the day's milliseconds into times."""

    def at(ms: int) -> datetime:
        return day.begins_at + timedelta(milliseconds=ms)

    return at


@dataclass(eq=False, slots=True)
class Caller:
    """A caller in one queue. `ringing`: (agent, since when) while he is offered."""

    arrival: Arrival
    queue: str
    joined_ms: int
    wait: Waiting
    make_random: Maker
    patience_at_ms: int | None = None
    limit_at_ms: int | None = None
    is_gone: bool = False
    ringing: tuple[str, ...] = ()
    rung_ms: int = 0
    # Counts the offers, so that what was planned for an earlier one is known as such.
    turn: int = 0
    tries: list[Try] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)
    drawn: Random | None = None

    @property
    def after_ms(self) -> int:
        """Return how long he had waited when the ringing began."""
        return self.rung_ms - self.joined_ms

    @property
    def random(self) -> Random:
        """Return his own random numbers; most callers of a recorded day need none."""
        if self.drawn is None:
            self.drawn = self.make_random(self.arrival.id)
        return self.drawn

    @property
    def is_plain(self) -> bool:
        """Say whether every agent of the queue may take him at any time."""
        return not self.wait.needs and not self.wait.wanted

    def recorded_try(self, agent: str) -> Try | None:
        """Return how it ended when this agent was rung for him the same time; once each."""
        nth = self.told.get(agent, 0)
        self.told[agent] = nth + 1
        for one in self.arrival.tries:
            if one.agent == agent:
                if nth == 0:
                    return one
                nth -= 1
        return None


@dataclass(eq=False, slots=True)
class Person:
    """An agent. `is_in`: he could be rung but for his calls; `since_ms`: when `state` began."""

    staff: Staff
    state: str = OFF
    is_in: bool = False
    since_ms: int = 0
    idle_ms: int = 0
    taken: int = 0


class Lines:
    """The callers of each queue in their order, and the free agents of each queue."""

    def __init__(self, rules: dict[str, Rules], people: dict[str, Person], at: Clock) -> None:
        self._rules, self._people, self._at = rules, people, at
        self._waiting: dict[str, list[tuple[tuple[object, ...], Caller]]] = {}
        # How many of them ask for something.
        self._special = dict.fromkeys(rules, 0)
        self._free: dict[str, dict[str, Agent]] = {queue: {} for queue in rules}
        self._last_order = dict.fromkeys(rules, -1)

    def add(self, caller: Caller) -> None:
        """Let a caller wait."""
        insort(self._waiting.setdefault(caller.queue, []), (caller.wait.place, caller))
        self._special[caller.queue] += not caller.is_plain

    def remove(self, caller: Caller) -> None:
        """Take out a caller who waits."""
        line = self._waiting[caller.queue]
        del line[bisect_left(line, (caller.wait.place,))]
        if not line:
            del self._waiting[caller.queue]
        self._special[caller.queue] -= not caller.is_plain

    def free(self, agent: Agent) -> None:
        """Let an agent be rung."""
        for queue in agent.queues:
            if queue in self._free:
                self._free[queue][agent.id] = agent

    def take(self, person: Person) -> None:
        """Ring an agent no more."""
        for queue in person.staff.queues:
            if queue in self._free:
                self._free[queue].pop(person.staff.id, None)

    def offered(self, queue: str, order: int) -> None:
        """Note whom a queue offered last."""
        self._last_order[queue] = order

    def waiting(self) -> list[Caller]:
        """Return who waits, by queue and place."""
        return [caller for line in self._waiting.values() for _place, caller in line]

    def floor(self) -> tuple[Floor, dict[str, Caller]] | None:
        """Return the floor cut to what a decision now can depend on, None when nobody can be rung.

        Queues in which nobody waits or nobody is free decide nothing. Of callers who ask for
        nothing only as many as there are free agents can be offered: the first ones. A single such
        caller gets an agent of the first level that has one. Who is kept for an agent needs him on
        the floor, whatever he does.
        """
        queues = [queue for queue in self._waiting if self._free[queue]]
        if not queues:
            return None
        agents: dict[str, Agent] = {}
        for queue in queues:
            agents.update(self._free[queue])
        callers = [one for queue in queues for one in self._first(queue, len(agents))]
        if len(callers) == 1 and callers[0].is_plain:
            agents = self._first_level(queues[0], agents)
        wanted = {one.wait.wanted for one in callers if one.wait.wanted} - set(agents)
        floor = Floor(
            agents=agents | self._busy(wanted),
            queues={
                queue: Queue(queue, self._rules[queue].strategy, self._last_order[queue])
                for queue in queues
            },
            waiting=tuple(caller.wait for caller in callers),
        )
        return floor, {caller.wait.id: caller for caller in callers}

    def _first(self, queue: str, most: int) -> list[Caller]:
        line = self._waiting[queue]
        if not self._special[queue]:
            return [caller for _place, caller in line[:most]]
        found = []
        for _place, caller in line:
            if caller.is_plain:
                most -= 1
                if most < 0:
                    continue
            found.append(caller)
        return found

    def _first_level(self, queue: str, agents: dict[str, Agent]) -> dict[str, Agent]:
        level = min(agent.queues[queue].level for agent in agents.values())
        return {agent.id: agent for agent in agents.values() if agent.queues[queue].level == level}

    def _busy(self, names: Iterable[str]) -> dict[str, Agent]:
        """Return the agents of these who are there and busy."""
        people = [self._people[name] for name in names if name in self._people]
        return {
            one.staff.id: agent_now(one, self._at)
            for one in people
            if one.state not in (OFF, READY)
        }

    def whole_floor(self) -> Floor:
        """Return the floor with everybody who is there and everybody who waits."""
        free = {one.id: one for free in self._free.values() for one in free.values()}
        return Floor(
            agents=free | self._busy(self._people),
            queues={
                queue: Queue(queue, rules.strategy, self._last_order[queue])
                for queue, rules in self._rules.items()
            },
            waiting=tuple(caller.wait for caller in self.waiting()),
        )


def agent_now(person: Person, at: Clock) -> Agent:
    """Return an agent as a decision sees him; one who is there."""
    return Agent(
        id=person.staff.id,
        state=person.state,
        idle_since=at(person.idle_ms),
        queues=person.staff.queues,
        skills=person.staff.skills,
        taken=person.taken,
    )
