"""What a flow asks of our data and of others' services; answers become variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import CALLER, GIVEN, Run
from apps.ivr.engine.voice import LookupFailedError

LOOKUP_NAME_LENGTH = 60
CUSTOMER_FIELDS = ("name", "level", "type", "tags", "owner", "account")
REGION_FIELDS = ("region", "carrier")
# What variables of the company's own fields begin with.
CUSTOM = "custom_"


@dataclass(frozen=True)
class Customer(Node):
    """Look up who calls, and from where.

    Sets customer_name, customer_level, customer_type, customer_tags, customer_owner and
    customer_account, each empty when not known, custom_<key> of the company's own fields,
    and caller_region and caller_carrier.
    """

    kind: ClassVar[str] = "customer"
    shape: ClassVar[Mapping[str, Shape]] = {
        "number_from": shapes.VARIABLE_READ,
        "to": shapes.TARGET,
        "not_found": shapes.TARGET,
        "on_failed": shapes.TARGET_OR_NONE,
    }
    required: ClassVar[tuple[str, ...]] = ("to", "not_found")
    number_from: str
    to: str
    not_found: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            number_from=fields.variable("number_from") if fields.has("number_from") else CALLER,
            to=fields.text("to"),
            not_found=fields.text("not_found"),
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads."""
        return (self.to, self.not_found, *([self.on_failed] if self.on_failed else []))

    def run(self, run: Run) -> str:
        """Look up; when nobody can know now, go on as with a stranger unless told otherwise."""
        run.voice.play(self.prompts)
        self.step(run)
        number = run.value(self.number_from)
        found: Mapping[str, str] = {}
        region: Mapping[str, str] = {}
        is_failed = False
        try:
            region = run.lookups.region(number)
            found = run.lookups.customer(number)
        except LookupFailedError:
            is_failed = True
        # Empty too: nothing of an earlier look-up may stay.
        for variable in [name for name in run.variables if name.startswith(CUSTOM)]:
            run.put(variable, "")
        for name, value in found.items():
            if name.startswith(CUSTOM):
                run.put(name, value)
        for name in CUSTOMER_FIELDS:
            run.put(f"customer_{name}", found.get(name, ""))
        for name in REGION_FIELDS:
            run.put(f"caller_{name}", region.get(name, ""))
        if is_failed:
            return self.on_failed or self.not_found
        return self.to if found else self.not_found


QUEUE_VARIABLES = (
    "queue_waiting",
    "queue_idle",
    "queue_longest_wait_s",
    "queue_expected_wait_s",
)


@dataclass(frozen=True)
class QueueState(Node):
    """Ask a queue how it is now.

    Sets queue_waiting, queue_idle, queue_longest_wait_s and queue_expected_wait_s.
    """

    kind: ClassVar[str] = "queue_state"
    shape: ClassVar[Mapping[str, Shape]] = {
        "queue": shapes.QUEUE,
        "to": shapes.TARGET,
        "on_failed": shapes.TARGET_OR_NONE,
    }
    required: ClassVar[tuple[str, ...]] = ("queue", "to")
    queue: str
    to: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            queue=fields.queue("queue"),
            to=fields.text("to"),
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads."""
        return (self.to, *([self.on_failed] if self.on_failed else []))

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the queue's number."""
        return (self.queue,)

    def run(self, run: Run) -> str:
        """Ask. When nobody can know now, the variables are empty."""
        run.voice.play(self.prompts)
        self.step(run)
        try:
            now = run.lookups.queue_now(self.queue)
        except LookupFailedError:
            for name in QUEUE_VARIABLES:
                run.put(name, "")
            return self.on_failed or self.to
        run.put("queue_waiting", str(now.waiting))
        run.put("queue_idle", str(now.idle))
        run.put("queue_longest_wait_s", str(now.longest_wait_s))
        expected = now.expected_wait_s
        run.put("queue_expected_wait_s", "" if expected is None else str(expected))
        return self.to


@dataclass(frozen=True)
class Http(Node):
    """Ask a service of the company; the HTTP look-up of this name says which and sets what."""

    kind: ClassVar[str] = "http"
    shape: ClassVar[Mapping[str, Shape]] = {
        "lookup": {"type": "string", "minLength": 1, "maxLength": LOOKUP_NAME_LENGTH},
        "to": shapes.TARGET,
        "on_failed": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("lookup", "to", "on_failed")
    lookup: str
    to: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        lookup = fields.text("lookup")
        if not 0 < len(lookup) <= LOOKUP_NAME_LENGTH:
            raise fields.wrong(
                f"lookup must be a look-up's name, at most {LOOKUP_NAME_LENGTH} letters"
            )
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            lookup=lookup,
            to=fields.text("to"),
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads."""
        return (self.to, self.on_failed)

    @property
    def http_lookups(self) -> tuple[str, ...]:
        """Return the look-up's name."""
        return (self.lookup,)

    def run(self, run: Run) -> str:
        """Ask; what cannot be had leaves the variables as they are."""
        run.voice.play(self.prompts)
        self.step(run)
        try:
            found = run.lookups.http(lookup=self.lookup, variables=dict(run.variables))
        except LookupFailedError:
            return self.on_failed
        for name, value in found.items():
            if name not in GIVEN:
                run.put(name, value)
        return self.to
