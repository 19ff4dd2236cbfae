"""Where a call goes: a queue, a voicemail box, a tone, the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import CLOSED, Decision, Run
from apps.ivr.engine.voice import LookupFailedError, QueueDoor

MOST_PRIORITY = 10
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
    def place(self) -> int:
        """Return the priority in the queue."""
        return 0

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the queue's number when it has one."""
        return (self.target,) if self.target else ()

    def run(self, run: Run) -> str | Decision:
        """Say what there is to say, then decide."""
        # The step first: a caller who hangs up in the announcement has chosen all the same.
        self.step(run)
        run.voice.play(self.prompts)
        return Decision(
            self.kind, target=self.target, reason=self.id, priority=self.place, then=self.then
        )


@dataclass(frozen=True)
class QueueTo(Destination):
    """Wait for an agent in the queue of this number; the higher `priority`, the earlier.

    When nobody answered in the queue's time the flow goes on at `on_timeout`, if there is one. A
    queue that is closed now says so and counts as one where nobody answers: without `on_timeout`
    its box takes a message, or the call ends.
    """

    kind: ClassVar[str] = "queue"
    shape: ClassVar[Mapping[str, Shape]] = {
        "queue": shapes.QUEUE,
        "priority": shapes.count(0, MOST_PRIORITY),
        "on_timeout": shapes.TARGET_OR_NONE,
    }
    required: ClassVar[tuple[str, ...]] = ("queue",)
    queue: str
    priority: int
    on_timeout: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            queue=fields.queue("queue"),
            priority=fields.count("priority", 0, MOST_PRIORITY, 0),
            on_timeout=fields.text("on_timeout"),
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
    def place(self) -> int:
        """Return the priority in the queue."""
        return self.priority

    def run(self, run: Run) -> str | Decision:
        """Go into the queue, unless it is closed."""
        try:
            door = run.lookups.queue_door(self.queue)
        except LookupFailedError:
            # Better a caller who waits in vain than one who is sent away in working hours.
            door = QueueDoor.OPEN
        if door == QueueDoor.OPEN:
            return super().run(run)
        run.outcome = CLOSED
        self.step(run)
        run.voice.play([CLOSED_PROMPT])
        if self.on_timeout:
            return self.on_timeout
        reason = f"{self.id}: closed"
        if door == QueueDoor.CLOSED_BOX:
            return Decision("voicemail", target=self.queue, reason=reason)
        return Decision("goodbye", reason=reason)


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
