"""What one caller's run through a flow knows and yields: steps, and one decision."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.acd.engine.floor import Need
from apps.ivr.engine.voice import Lookups, Voice

LANGUAGES = ("zh", "en")
VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
VALUE_LIMIT = 200
# What every flow knows from the beginning; no node writes them.
CALLER, DIALLED, LANGUAGE = "caller", "dialled", "language"
GIVEN = (CALLER, DIALLED, LANGUAGE)
# What happened last in a node, as a step tells it.
KEY, TIMEOUT, INVALID, GONE, FAILED = "key", "timeout", "invalid", "gone", "failed"
CLOSED = "closed"


@dataclass(frozen=True)
class Step:
    """One node that the caller went through; PIN keys are `*`.

    `outcome` is key, timeout, invalid, gone, failed, closed or '' (nothing to tell). `timeouts` and
    `invalid` count since the node's last step, `ms` are the milliseconds since. A node that asks
    several times may tell several steps of one visit: `is_first` marks the first. A caller who
    hangs up after a node's step (in the words before a queue) gives no step of his own: the call's
    last step without a decision is where he hung up.
    """

    node: str
    kind: str
    keys: str
    flow: str = ""
    outcome: str = ""
    timeouts: int = 0
    invalid: int = 0
    ms: int = 0
    is_first: bool = True


@dataclass(frozen=True)
class Frame:
    """A flow that the caller is in: `back` is the caller flow's node after the return, '' at the
    top; `menus` the way up in this flow.
    """

    flow: str
    back: str = ""
    menus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resume:
    """Where a run goes on after a wait outside: the frames (outermost first), the node, and what
    was known. `steps` are the nodes passed before: the step limit counts them too.
    """

    frames: tuple[Frame, ...]
    node: str
    language: str
    steps: int
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Where the call goes. `next` is queue, voicemail, survey, dial, hangup, goodbye, tone, apology
    or gone.

    `target` is a queue's number for queue, voicemail and survey, the number to ring for dial; `way`
    says what that is (agent, extension, external), `ring_s` how long it rings. `priority` is the
    place in a queue, the higher the earlier; `needs` are skills asked for beside the queue's, and
    for `wanted_s` seconds only the agent of the number `wanted` gets the call, if he serves the
    queue. `then` is the node to go on at when nobody answers, and `resume` the state with which;
    '' and None when the call ends. `reason` says which node decided and why.
    """

    next: str
    target: str = ""
    reason: str = ""
    way: str = ""
    ring_s: int = 0
    priority: int = 0
    needs: tuple[Need, ...] = ()
    wanted: str = ""
    wanted_s: int = 0
    then: str = ""
    resume: Resume | None = None


@dataclass(frozen=True)
class EnterFlow:
    """A node's wish to go on at the start of another flow.

    `back` is where to go on after its return, '' to stay there; `on_failed` where to go when there
    is no such flow, '' for an apology.
    """

    flow: str
    back: str = ""
    on_failed: str = ""


@dataclass(frozen=True)
class Return:
    """A node's wish to go back to where this flow was called."""


def _no_time() -> float:
    return 0.0


@dataclass
class Run:
    """One caller in one flow.

    `keys` are those pressed in his node and not told yet, `is_told` says whether the node is;
    `menus` is the way up. `variables` hold what is known of the call: '' when nothing is.
    `outcome`, `timeouts` and `invalid` go into the next step, as does the time since `since`.
    """

    voice: Voice
    lookups: Lookups
    language: str
    on_step: Callable[[Step], None]
    menus: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    keys: str = ""
    is_told: bool = False
    flow: str = ""
    clock: Callable[[], float] = _no_time
    since: float = 0.0
    outcome: str = ""
    timeouts: int = 0
    invalid: int = 0

    def put(self, variable: str, value: str) -> None:
        """Set a variable, its value cut to 200 characters."""
        self.variables[variable] = value[:VALUE_LIMIT]

    def value(self, variable: str) -> str:
        """Return a variable's value, '' when nothing set it."""
        return self.variables.get(variable, "")

    def enter(self) -> None:
        """Begin a node's visit."""
        self.is_told = False
        self.keys = self.outcome = ""
        self.timeouts = self.invalid = 0
        self.since = self.clock()

    def missed(self, keys: str) -> None:
        """Count one try without a valid key: with other keys, or with none."""
        if keys:
            self.outcome = INVALID
            self.invalid += 1
        else:
            self.outcome = TIMEOUT
            self.timeouts += 1

    def tell(self, node: str, kind: str) -> None:
        """Tell a step of the node, with all that happened since the last."""
        now = self.clock()
        self.on_step(
            Step(
                node=node,
                kind=kind,
                keys=self.keys,
                flow=self.flow,
                outcome=self.outcome or (KEY if self.keys else ""),
                timeouts=self.timeouts,
                invalid=self.invalid,
                ms=max(0, round((now - self.since) * 1000)),
                is_first=not self.is_told,
            )
        )
        self.keys = self.outcome = ""
        self.timeouts = self.invalid = 0
        self.since = now
        self.is_told = True
