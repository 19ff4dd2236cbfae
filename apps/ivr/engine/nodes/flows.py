"""Flows inside flows: call one, come back from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import EnterFlow, Return, Run


@dataclass(frozen=True)
class SubFlow(Node):
    """Go through another flow, then on `to` a node. Variables and language are shared.

    A flow that is not there (never published, or it cannot run) leads to `on_failed`, without that
    to an apology. The flow may also end the call.
    """

    kind: ClassVar[str] = "sub_flow"
    # The other flow may ask; what it does is looked at where it is published.
    is_asking: ClassVar[bool] = True
    shape: ClassVar[Mapping[str, Shape]] = {
        "flow": shapes.FLOW_NAME,
        "to": shapes.TARGET,
        "on_failed": shapes.TARGET_OR_NONE,
    }
    required: ClassVar[tuple[str, ...]] = ("flow", "to")
    flow: str
    to: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            flow=fields.flow("flow"),
            to=fields.text("to"),
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads after the return, and without the flow."""
        return (self.to, *([self.on_failed] if self.on_failed else []))

    @property
    def is_end(self) -> bool:
        """Say so: the other flow may end the call."""
        return True

    @property
    def flows(self) -> tuple[str, ...]:
        """Return the flow's name."""
        return (self.flow,)

    def run(self, run: Run) -> EnterFlow:
        """Say what there is to say, then enter."""
        run.voice.play(self.prompts)
        self.step(run)
        return EnterFlow(self.flow, back=self.to, on_failed=self.on_failed)


@dataclass(frozen=True)
class ReturnTo(Node):
    """Go back to where this flow was called; in the call's own flow: good-bye."""

    kind: ClassVar[str] = "return"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(id=fields.node_id, prompts=fields.prompts())

    def run(self, run: Run) -> Return:
        """Say what there is to say, then return."""
        run.voice.play(self.prompts)
        self.step(run)
        return Return()
