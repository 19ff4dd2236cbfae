"""A branch that only those enter who know its PIN."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import CALLER, FAILED, Run
from apps.ivr.engine.voice import LookupFailedError, PinAnswer

PIN_DIGITS = 12
PIN_NAME_LENGTH = 60


@dataclass(frozen=True)
class Pin(Node):
    """Ask for the PIN of this name; after `tries`, or when it is locked, to `on_failed`."""

    kind: ClassVar[str] = "pin"
    is_asking: ClassVar[bool] = True
    shape: ClassVar[Mapping[str, Shape]] = {
        "pin": {"type": "string", "minLength": 1, "maxLength": PIN_NAME_LENGTH},
        "tries": shapes.count(1, 10),
        "timeout_s": shapes.seconds(1, 60),
        "to": shapes.TARGET,
        "on_failed": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("pin", "to", "on_failed")
    pin: str
    tries: int
    timeout_s: float
    to: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        pin = fields.text("pin")
        if not 0 < len(pin) <= PIN_NAME_LENGTH:
            raise fields.wrong(f"pin must be a PIN's name, at most {PIN_NAME_LENGTH} letters")
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            pin=pin,
            tries=fields.count("tries", 1, 10, 3),
            timeout_s=fields.seconds("timeout_s", 1, 60, 6),
            to=fields.text("to"),
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads with the PIN and without."""
        return (self.to, self.on_failed)

    @property
    def pins(self) -> tuple[str, ...]:
        """Return the PIN's name."""
        return (self.pin,)

    def run(self, run: Run) -> str:
        """Ask until it fits."""
        question = self.prompts or ("huawu/pin",)
        # What was wrong and the next question are one prompt: keys cut both short.
        prompts = question
        for _ in range(self.tries):
            keys = run.voice.collect(prompts, self.timeout_s, PIN_DIGITS)
            run.keys = "*" * len(keys)
            if not keys:
                run.missed("")
                self.step(run)
                prompts = ("huawu/no-input", *question)
                continue
            try:
                answer = run.lookups.pin_check(name=self.pin, pin=keys, caller=run.value(CALLER))
            except LookupFailedError:
                run.outcome = FAILED
                self.step(run)
                run.voice.play(["huawu/apology"])
                return self.on_failed
            if answer is PinAnswer.OK:
                self.step(run)
                return self.to
            run.missed(keys)
            self.step(run)
            if answer is PinAnswer.LOCKED:
                run.voice.play(["huawu/pin-locked"])
                return self.on_failed
            prompts = ("huawu/pin-wrong", *question)
        return self.on_failed
