"""Go on: with something to say, or just elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import EnterFlow, Run


@dataclass(frozen=True)
class Play(Node):
    """Play prompts, then go on."""

    kind: ClassVar[str] = "play"
    must_speak: ClassVar[bool] = True
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
class Goto(Node):
    """Go on at another node, or at the start of another flow and stay there.

    Never for ever: see the step limit. A flow that is not there (never published) apologises.
    """

    kind: ClassVar[str] = "goto"
    shape: ClassVar[Mapping[str, Shape]] = {"to": shapes.TARGET, "flow": shapes.FLOW_NAME}
    rules: ClassVar[Shape] = {"oneOf": shapes.one_of("to", "flow")}
    to: str
    flow: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        if fields.has("to") == fields.has("flow"):
            raise fields.wrong("a goto has either to or flow")
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            to=fields.text("to"),
            flow=fields.flow("flow") if fields.has("flow") else "",
        )

    def targets(self) -> tuple[str, ...]:
        """Return the next node, none in another flow."""
        return () if self.flow else (self.to,)

    @property
    def flows(self) -> tuple[str, ...]:
        """Return the other flow's name."""
        return (self.flow,) if self.flow else ()

    def run(self, run: Run) -> str | EnterFlow:
        """Play, then go."""
        run.voice.play(self.prompts)
        self.step(run)
        return EnterFlow(self.flow) if self.flow else self.to
