"""Ask whether the company is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import Run
from apps.ivr.engine.voice import LookupFailedError

NAME_LENGTH = 60


@dataclass(frozen=True)
class Calendar(Node):
    """Lead on by a calendar's hours.

    When nobody can know them now (database away, no calendar of this name) to `on_failed`, without
    that to `open`: a caller must not be refused for our fault, and a queue without agents still
    ends in its overflow, while "we are closed" would send him away on a working day.
    """

    kind: ClassVar[str] = "calendar"
    shape: ClassVar[Mapping[str, Shape]] = {
        "calendar": {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH},
        "open": shapes.TARGET,
        "closed": shapes.TARGET,
        "on_failed": shapes.TARGET_OR_NONE,
    }
    required: ClassVar[tuple[str, ...]] = ("calendar", "open", "closed")
    calendar: str
    open: str
    closed: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        calendar = fields.text("calendar")
        if not 0 < len(calendar) <= NAME_LENGTH:
            raise fields.wrong(f"calendar must be a calendar's name, at most {NAME_LENGTH} letters")
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            calendar=calendar,
            open=fields.text("open"),
            closed=fields.text("closed"),
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads open, closed and when nobody knows."""
        return (self.open, self.closed, *([self.on_failed] if self.on_failed else []))

    @property
    def calendars(self) -> tuple[str, ...]:
        """Return the calendar's name."""
        return (self.calendar,)

    def run(self, run: Run) -> str:
        """Say what there is to say, then ask."""
        run.voice.play(self.prompts)
        self.step(run)
        try:
            is_open = run.lookups.is_open(self.calendar)
        except LookupFailedError:
            return self.on_failed or self.open
        return self.open if is_open else self.closed
