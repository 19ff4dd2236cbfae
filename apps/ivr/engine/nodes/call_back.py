"""Take a call-back order: the caller need not wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import TO_RING, Shape
from apps.ivr.engine.steps import CALLER, FAILED, Run
from apps.ivr.engine.voice import LookupFailedError


@dataclass(frozen=True)
class CallBack(Node):
    """Order a call-back by the queue's agents, to the caller or the number that he keyed.

    Ask him before with a menu, and with `collect` when he may name another number. A number that
    nobody can or may ring, or data that cannot be reached, leads to `on_failed`: nothing is
    promised that will not happen.
    """

    kind: ClassVar[str] = "call_back"
    shape: ClassVar[Mapping[str, Shape]] = {
        "queue": shapes.QUEUE,
        "number_from": shapes.VARIABLE_READ,
        "to": shapes.TARGET,
        "on_failed": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("queue", "to", "on_failed")
    queue: str
    number_from: str
    to: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            queue=fields.queue("queue"),
            number_from=fields.variable("number_from") if fields.has("number_from") else CALLER,
            to=fields.text("to"),
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads."""
        return (self.to, self.on_failed)

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the queue whose agents call back."""
        return (self.queue,)

    def run(self, run: Run) -> str:
        """Order it, then say what there is to say to those who will be called."""
        is_taken = False
        number = run.value(self.number_from)
        if TO_RING.fullmatch(number.removeprefix("+")):
            try:
                is_taken = run.lookups.call_back(queue=self.queue, number=number)
            except LookupFailedError:
                is_taken = False
        if not is_taken:
            run.outcome = FAILED
        self.step(run)
        if not is_taken:
            return self.on_failed
        run.voice.play(self.prompts)
        return self.to
