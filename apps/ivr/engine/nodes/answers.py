"""A recorded explanation that the caller may hear again or skip."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import KEY, Run

REPEAT_KEY = "*"
# After the words: time enough to ask for them again, short enough for who has understood.
WAIT_S = 2.0
# Nobody needs it more often, and a stuck key must not keep a line for ever.
MOST_TIMES = 10


@dataclass(frozen=True)
class StandardAnswer(Node):
    """Play a standard answer; `repeat` plays it again, any other key goes on at once."""

    kind: ClassVar[str] = "answer"
    is_asking: ClassVar[bool] = True
    must_speak: ClassVar[bool] = True
    shape: ClassVar[Mapping[str, Shape]] = {
        "repeat": shapes.KEY_OR_NONE,
        "to": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("to",)
    repeat: str
    to: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            repeat=fields.key("repeat") if fields.has("repeat") else REPEAT_KEY,
            to=fields.text("to"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads."""
        return (self.to,)

    def run(self, run: Run) -> str:
        """Play, and again as often as the caller wants."""
        for _time in range(MOST_TIMES):
            key = run.voice.ask(self.prompts, WAIT_S)
            run.keys += key
            if not key or key != self.repeat:
                break
        if run.keys:
            run.outcome = KEY
        self.step(run)
        return self.to
