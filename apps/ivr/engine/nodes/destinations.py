"""Where a call goes: a queue, a voicemail box, a tone, the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.acd.engine.floor import Need
from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import TO_RING, Shape
from apps.ivr.engine.steps import CLOSED, Decision, Run
from apps.ivr.engine.voice import LookupFailedError, QueueDoor

MOST_PRIORITY = 10
MOST_SKILLS, MOST_LEVEL, LONGEST_S = 10, 100, 7200
SKILL_NAME_LENGTH = 40
WANTED_LOW_S, WANTED_HIGH_S, WANTED_S = 5, 600, 30
CLOSED_PROMPT = "huawu/closed-greeting"


@dataclass(frozen=True)
class Destination(Node):
    """A node that ends the flow with a decision of its kind."""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(id=fields.node_id, prompts=fields.prompts())

    @property
    def target(self) -> str:
        """Return the queue's number, '' for kinds without one."""
        return ""

    @property
    def then(self) -> str:
        """Return the node to go on at when nobody answers, '' for the end."""
        return ""

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the queue's number when it has one."""
        return (self.target,) if self.target else ()

    def run(self, run: Run) -> str | Decision:
        """Say what there is to say, then decide."""
        # The step first: a caller who hangs up in the announcement has chosen all the same.
        self.step(run)
        run.voice.play(self.prompts)
        return Decision(self.kind, target=self.target, reason=self.id, then=self.then)


@dataclass(frozen=True)
class Asked:
    """One step of a skill that a call asks for: this level from this wait on."""

    shape: ClassVar[Shape] = shapes.record(
        {
            "skill": {"type": "string", "minLength": 1, "maxLength": SKILL_NAME_LENGTH},
            "after_s": shapes.count(0, LONGEST_S),
            "level": shapes.count(0, MOST_LEVEL),
        },
        required=("skill", "level"),
    )
    skill: str
    after_s: int
    level: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the step of a JSON object. Raises FlowError."""
        fields.only(("skill", "after_s", "level"))
        skill = fields.text("skill")
        if not 0 < len(skill) <= SKILL_NAME_LENGTH:
            raise fields.wrong(f"skill must be a name of at most {SKILL_NAME_LENGTH} letters")
        if not fields.has("level"):
            raise fields.wrong("a skill needs a level")
        return cls(
            skill=skill,
            after_s=fields.count("after_s", 0, LONGEST_S, 0),
            level=fields.count("level", 0, MOST_LEVEL, 0),
        )


@dataclass(frozen=True)
class QueueTo(Destination):
    """Wait for an agent in the queue of this number; the higher `priority`, the earlier.

    `skills` are asked for beside the queue's own, the level by the wait. The agent whose number is
    in the variable `agent_from` gets the call alone for `agent_wait_s` seconds, if he serves the
    queue and is not away.

    When nobody answered in the queue's time the flow goes on at `on_timeout`, if there is one. A
    queue that is closed now says so and counts as one where nobody answers: without `on_timeout`
    its box takes a message, or the call ends.
    """

    kind: ClassVar[str] = "queue"
    shape: ClassVar[Mapping[str, Shape]] = {
        "queue": shapes.QUEUE,
        "priority": shapes.count(0, MOST_PRIORITY),
        "skills": shapes.listed(Asked.shape, MOST_SKILLS),
        "agent_from": shapes.VARIABLE_READ,
        "agent_wait_s": shapes.count(WANTED_LOW_S, WANTED_HIGH_S),
        "on_timeout": shapes.TARGET_OR_NONE,
    }
    required: ClassVar[tuple[str, ...]] = ("queue",)
    queue: str
    priority: int
    on_timeout: str
    skills: tuple[Asked, ...] = ()
    agent_from: str = ""
    agent_wait_s: int = WANTED_S

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            queue=fields.queue("queue"),
            priority=fields.count("priority", 0, MOST_PRIORITY, 0),
            on_timeout=fields.text("on_timeout"),
            skills=tuple(map(Asked.read, fields.parts("skills", MOST_SKILLS)))
            if fields.has("skills")
            else (),
            agent_from=fields.variable("agent_from") if fields.has("agent_from") else "",
            agent_wait_s=fields.count("agent_wait_s", WANTED_LOW_S, WANTED_HIGH_S, WANTED_S),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads when nobody answers."""
        return (self.on_timeout,) if self.on_timeout else ()

    @property
    def is_end(self) -> bool:
        """Say so: most callers end here."""
        return True

    @property
    def then(self) -> str:
        """Return where it leads when nobody answers."""
        return self.on_timeout

    @property
    def target(self) -> str:
        """Return the queue's number."""
        return self.queue

    @property
    def skill_names(self) -> tuple[str, ...]:
        """Return the names of the skills, each once."""
        return tuple(dict.fromkeys(asked.skill for asked in self.skills))

    @property
    def needs(self) -> tuple[Need, ...]:
        """Return what the call asks for beside the queue's own skills."""
        steps: dict[str, list[tuple[float, int]]] = {}
        for asked in self.skills:
            steps.setdefault(asked.skill, []).append((float(asked.after_s), asked.level))
        return tuple(Need(skill, tuple(sorted(found))) for skill, found in steps.items())

    def run(self, run: Run) -> str | Decision:
        """Go into the queue, unless it is closed."""
        try:
            door = run.lookups.queue_door(self.queue)
        except LookupFailedError:
            # Better a caller who waits in vain than one who is sent away in working hours.
            door = QueueDoor.OPEN
        if door == QueueDoor.OPEN:
            return self._join(run)
        run.outcome = CLOSED
        self.step(run)
        run.voice.play([CLOSED_PROMPT])
        if self.on_timeout:
            return self.on_timeout
        reason = f"{self.id}: closed"
        if door == QueueDoor.CLOSED_BOX:
            return Decision("voicemail", target=self.queue, reason=reason)
        return Decision("goodbye", reason=reason)

    def _join(self, run: Run) -> Decision:
        # The step first: a caller who hangs up in the announcement has chosen all the same.
        self.step(run)
        run.voice.play(self.prompts)
        wanted = run.value(self.agent_from) if self.agent_from else ""
        is_agent = TO_RING.fullmatch(wanted) is not None
        return Decision(
            self.kind,
            target=self.queue,
            reason=self.id,
            priority=self.priority,
            needs=self.needs,
            wanted=wanted if is_agent else "",
            wanted_s=self.agent_wait_s if is_agent else 0,
            then=self.on_timeout,
        )


@dataclass(frozen=True)
class Voicemail(Destination):
    """Leave a message in the box of this number: a queue's or an agent's."""

    kind: ClassVar[str] = "voicemail"
    shape: ClassVar[Mapping[str, Shape]] = {"box": shapes.QUEUE}
    required: ClassVar[tuple[str, ...]] = ("box",)
    box: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(id=fields.node_id, prompts=fields.prompts(), box=fields.queue("box"))

    @property
    def target(self) -> str:
        """Return the box's number."""
        return self.box

    @property
    def queues(self) -> tuple[str, ...]:
        """Return none: an agent's box is no queue."""
        return ()

    @property
    def boxes(self) -> tuple[str, ...]:
        """Return the box."""
        return (self.box,)


@dataclass(frozen=True)
class SurveyOf(Destination):
    """Answer the survey of this queue; a queue without one says good-bye."""

    kind: ClassVar[str] = "survey"
    shape: ClassVar[Mapping[str, Shape]] = {"queue": shapes.QUEUE}
    required: ClassVar[tuple[str, ...]] = ("queue",)
    queue: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(id=fields.node_id, prompts=fields.prompts(), queue=fields.queue("queue"))

    @property
    def target(self) -> str:
        """Return the queue's number."""
        return self.queue


@dataclass(frozen=True)
class Tone(Destination):
    """Hear a tone until the caller hangs up."""

    kind: ClassVar[str] = "tone"


@dataclass(frozen=True)
class Hangup(Destination):
    """Say good-bye and hang up."""

    kind: ClassVar[str] = "hangup"
