"""Ask for one key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import KEY, Decision, Run

# Repeating is no mistake, but for ever would hold the line for ever.
MAX_REPEATS = 10


@dataclass(frozen=True)
class Menu(Node):
    """Lead on by a key. `back` returns one menu up, `repeat` says it again. Times in seconds.

    After `tries` times without a valid key to `on_failed`; '' says good-bye and hangs up.
    """

    kind: ClassVar[str] = "menu"
    is_asking: ClassVar[bool] = True
    must_speak: ClassVar[bool] = True
    shape: ClassVar[Mapping[str, Shape]] = {
        "keys": shapes.KEYS_TO_TARGETS,
        "timeout_s": shapes.seconds(0.5, 60),
        "tries": shapes.count(1, 10),
        "back": shapes.KEY_OR_NONE,
        "repeat": shapes.KEY_OR_NONE,
        "on_failed": shapes.TARGET_OR_NONE,
    }
    required: ClassVar[tuple[str, ...]] = ("keys",)
    keys: Mapping[str, str]
    timeout_s: float
    tries: int
    back: str
    repeat: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the menu of a JSON object. Raises FlowError."""
        keys, back, repeat = fields.keys(), fields.key("back"), fields.key("repeat")
        if not keys:
            raise fields.wrong("a menu has at least one key")
        if back in keys or repeat in keys or (back and back == repeat):
            raise fields.wrong("a key means two things")
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            keys=keys,
            timeout_s=fields.seconds("timeout_s", 0.5, 60, 5),
            tries=fields.count("tries", 1, 10, 3),
            back=back,
            repeat=repeat,
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where the keys and the end of the tries lead."""
        return (*self.keys.values(), *([self.on_failed] if self.on_failed else []))

    @property
    def is_end(self) -> bool:
        """Say whether it hangs up after the tries."""
        return not self.on_failed

    @property
    def is_failing_silently(self) -> bool:
        """Say whether a caller who presses nothing goes nowhere."""
        return not self.on_failed

    def run(self, run: Run) -> str | Decision:
        """Ask until a key leads on."""
        if self.id in run.menus:
            del run.menus[run.menus.index(self.id) :]
        run.menus.append(self.id)
        missed = repeated = 0
        while missed < self.tries and repeated < MAX_REPEATS:
            key = run.voice.ask(self.prompts, self.timeout_s)
            run.keys += key
            if key in self.keys:
                run.outcome = KEY
                self.step(run)
                return self.keys[key]
            if key and key == self.back:
                run.outcome = KEY
                self.step(run)
                return self._up(run)
            if key and key == self.repeat:
                repeated += 1
                continue
            missed += 1
            run.missed(key)
            if missed < self.tries:
                run.voice.play(["huawu/invalid-key" if key else "huawu/no-input"])
        self.step(run)
        if self.on_failed:
            return self.on_failed
        run.voice.play(["huawu/too-many-tries", "huawu/goodbye"])
        return Decision("hangup", reason=f"{self.id}: no valid key in {self.tries} tries")

    @staticmethod
    def _up(run: Run) -> str:
        if len(run.menus) > 1:
            run.menus.pop()
        return run.menus[-1]
