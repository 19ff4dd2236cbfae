"""Go on: with something to say, or just elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import Run


@dataclass(frozen=True)
class Play(Node):
    """Play prompts, then go on."""

    kind: ClassVar[str] = "play"
    shape: ClassVar[Mapping[str, Shape]] = {"to": shapes.TARGET}
    required: ClassVar[tuple[str, ...]] = ("to",)
    to: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(id=fields.node_id, prompts=fields.prompts(), to=fields.text("to"))

    def targets(self) -> tuple[str, ...]:
        """Return the next node."""
        return (self.to,)

    def run(self, run: Run) -> str:
        """Play."""
        run.voice.play(self.prompts)
        self.step(run)
        return self.to


@dataclass(frozen=True)
class Goto(Play):
    """Go on at another node; a name for a place in the flow. Never for ever: see the step limit."""

    kind: ClassVar[str] = "goto"
