"""Ring somebody: an agent, an extension, a number outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import TO_RING, Shape
from apps.ivr.engine.steps import FAILED, Decision, Run

RING_LOW_S, RING_HIGH_S, RING_S = 5, 120, 20
NUMBER_OR_FROM: Mapping[str, Shape] = {
    "from": shapes.VARIABLE_READ,
    "ring_s": shapes.count(RING_LOW_S, RING_HIGH_S),
    "on_failed": shapes.TARGET_OR_NONE,
}


@dataclass(frozen=True)
class Ringing(Node):
    """A node that rings a number, its own or a variable's, for `ring_s` seconds.

    Busy, no answer or a variable that is no number of 3 to 20 digits lead to `on_failed`; without
    that the caller hears which, and the call ends.
    """

    number: str
    source: str
    ring_s: int
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            number=cls._number(fields),
            source=fields.variable("from") if fields.has("from") else "",
            ring_s=fields.count("ring_s", RING_LOW_S, RING_HIGH_S, RING_S),
            on_failed=fields.text("on_failed"),
        )

    @classmethod
    def _number(cls, fields: Fields) -> str:
        own = "number" if "number" in cls.shape else cls.kind
        if "from" in cls.shape and fields.has(own) == fields.has("from"):
            raise fields.wrong(f"this node has either {own} or from")
        return "" if fields.has("from") else fields.number_to_ring(own)

    def targets(self) -> tuple[str, ...]:
        """Return where it leads when nobody answers."""
        return (self.on_failed,) if self.on_failed else ()

    @property
    def is_end(self) -> bool:
        """Say so: whoever is answered ends here."""
        return True

    def run(self, run: Run) -> str | Decision:
        """Say what there is to say, then decide."""
        number = run.value(self.source) if self.source else self.number
        is_number = TO_RING.fullmatch(number) is not None
        if not is_number:
            run.outcome = FAILED
        self.step(run)
        run.voice.play(self.prompts)
        if is_number:
            return Decision(
                "dial",
                target=number,
                reason=self.id,
                way=self.kind,
                ring_s=self.ring_s,
                then=self.on_failed,
            )
        if self.on_failed:
            return self.on_failed
        return Decision("call-failed", reason=f"{self.id}: {self.source} is no number")


@dataclass(frozen=True)
class AgentTo(Ringing):
    """Ring the agent of this number."""

    kind: ClassVar[str] = "agent"
    shape: ClassVar[Mapping[str, Shape]] = {"agent": shapes.NUMBER_TO_RING, **NUMBER_OR_FROM}
    rules: ClassVar[Shape] = {"oneOf": shapes.one_of("agent", "from")}


@dataclass(frozen=True)
class ExtensionTo(Ringing):
    """Ring an agent's phone, or enter a queue, by the number that agents dial; none outside."""

    kind: ClassVar[str] = "extension"
    shape: ClassVar[Mapping[str, Shape]] = {
        "number": shapes.NUMBER_TO_RING,
        "ring_s": NUMBER_OR_FROM["ring_s"],
        "on_failed": NUMBER_OR_FROM["on_failed"],
    }
    required: ClassVar[tuple[str, ...]] = ("number",)


@dataclass(frozen=True)
class ExternalTo(Ringing):
    """Ring a number outside, over a trunk, showing a number of the company's.

    With `from` the caller chooses whom the company pays to call: put a `branch` before it.
    """

    kind: ClassVar[str] = "external"
    shape: ClassVar[Mapping[str, Shape]] = {"number": shapes.NUMBER_TO_RING, **NUMBER_OR_FROM}
    rules: ClassVar[Shape] = {"oneOf": shapes.one_of("number", "from")}
