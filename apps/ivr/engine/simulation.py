"""Run a flow without a phone: the interpreter that serves callers, with a caller made of inputs.

Pure and stateless: all inputs so far give the whole story so far. At a question for which there is
no input left the simulation stops and says what it waits for. More inputs never change what
happened before them: hanging up counts at the next question, where people can do it in the page.
Keys are pressed when they are asked for; on the phone those in a pause between two prompts may be
lost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from apps.ivr.engine.documents import Flow
from apps.ivr.engine.node import PREFIX, Node
from apps.ivr.engine.run import run_flow
from apps.ivr.engine.shapes import KEYS
from apps.ivr.engine.steps import Decision, Resume, Run, Step
from apps.ivr.engine.voice import CallerGoneError, LookupFailedError, Lookups

MOST_INPUTS = 1_000
ANSWERED = "answered"
RESULTS = (ANSWERED, "busy", "no_answer", "timeout")
PROMPT_MS = 1_000
END = "#"


class InputError(ValueError):
    """An input that nobody can give; the text says which."""


@dataclass(frozen=True)
class Key:
    """The caller presses one key."""

    key: str


@dataclass(frozen=True)
class Wait:
    """The caller presses nothing until the time is over."""


@dataclass(frozen=True)
class HangUp:
    """The caller hangs up at the next question."""


@dataclass(frozen=True)
class Result:
    """What came of a destination: answered, busy, no_answer or timeout."""

    result: str


Input = Key | Wait | HangUp | Result


@dataclass(frozen=True)
class Event:
    """Something that happened, `at_ms` after the call began; `kind` says what `data` holds.

    node (node, kind, flow), play (prompts), ask (timeout_s, most), keys (keys), silence,
    hangup, language (language), variable (name, value), lookup (name, asked, found, is_failed),
    decision (next, target, reason), result (result).
    """

    at_ms: int
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Waits:
    """What the flow waits for in `node`: a key, or up to `most` keys, within `timeout_s` each.

    `kind` is key, keys or result: what comes of a destination after which the flow goes on.
    """

    node: str
    kind: str
    timeout_s: float = 0
    most: int = 0


@dataclass(frozen=True)
class Simulation:
    """The story so far. `path` is what a call's ledger would hold, `decision` None before one.

    `unused` counts the inputs for which nothing asked.
    """

    events: tuple[Event, ...]
    path: tuple[Step, ...]
    variables: Mapping[str, str]
    waits: Waits | None
    decision: Decision | None
    unused: int


def inputs_read(raw: object) -> tuple[Input, ...]:
    """Return inputs of JSON: a list of {"keys": "12"}, {"wait": true}, {"hangup": true},
    {"result": "busy"}.

    Raises InputError.
    """
    if not isinstance(raw, list):
        raise InputError("inputs must be a list")
    found: list[Input] = []
    for place, one in enumerate(raw, 1):
        found += _input(place, one)
        if len(found) > MOST_INPUTS:
            raise InputError(f"there are more than {MOST_INPUTS} inputs")
    return tuple(found)


def _input(place: int, one: object) -> list[Input]:
    if isinstance(one, Mapping) and len(one) == 1:
        ((kind, value),) = one.items()
        if kind == "wait" and value is True:
            return [Wait()]
        if kind == "hangup" and value is True:
            return [HangUp()]
        if kind == "keys" and isinstance(value, str) and value and set(value) <= set(KEYS):
            return [Key(key) for key in value]
        if kind == "result" and isinstance(value, str) and value in RESULTS:
            return [Result(value)]
    raise InputError(
        f"input {place} is not keys (0-9, * and #), wait, hangup or result ({', '.join(RESULTS)})"
    )


class _WaitingError(Exception):
    """The inputs are used up: a question stands open."""

    def __init__(self, kind: str, timeout_s: float, most: int) -> None:
        super().__init__(kind)
        self.kind, self.timeout_s, self.most = kind, timeout_s, most


@dataclass
class _Story:
    """What happened, in order, on a clock of its own."""

    at_ms: int = 0
    events: list[Event] = field(default_factory=list)
    path: list[Step] = field(default_factory=list)
    run: Run | None = None
    node: str = ""
    _seen: dict[str, str] = field(default_factory=dict)

    def tell(self, kind: str, /, **data: Any) -> None:
        """Add an event, and before it the variables that have changed."""
        self.variables_tell()
        self.events.append(Event(self.at_ms, kind, data))

    def variables_tell(self) -> None:
        """Add an event for each variable that has another value than before."""
        if self.run is None:
            return
        for name, value in self.run.variables.items():
            if self._seen.get(name) != value:
                self._seen[name] = value
                self.events.append(Event(self.at_ms, "variable", {"name": name, "value": value}))

    def entered(self, node: Node, run: Run) -> None:
        """Note the node in which the caller is now."""
        self.run, self.node = run, node.id
        self.tell("node", flow=run.flow, node=node.id, kind=node.kind)


class _ScriptedVoice:
    """`voice.Voice` over a list of inputs."""

    def __init__(
        self, story: _Story, inputs: Sequence[Input], prompt_ms: Callable[[str, str], int | None]
    ) -> None:
        self._story = story
        self._inputs = inputs
        self._prompt_ms = prompt_ms
        self.used = 0

    def answer(self) -> None:
        """Pick up."""

    def play(self, prompts: Sequence[str]) -> None:
        """Hear prompts to their end."""
        if not prompts:
            return
        names = [name.removeprefix(PREFIX) for name in prompts]
        language = self._story.run.language if self._story.run else ""
        self._story.tell("play", prompts=names, language=language)
        for name in names:
            length = self._prompt_ms(name, language)
            self._story.at_ms += PROMPT_MS if length is None else length

    def ask(self, prompts: Sequence[str], timeout_s: float) -> str:
        """Hear prompts, then give one key or ''."""
        self._question(prompts, timeout_s, 1)
        return self._next("key", timeout_s, 1)

    def collect(self, prompts: Sequence[str], timeout_s: float, most: int) -> str:
        """Hear prompts, then give keys up to `#`, a silence or `most`."""
        self._question(prompts, timeout_s, most)
        keys = ""
        while len(keys) < most:
            key = self._next("keys", timeout_s, most - len(keys))
            if key in ("", END):
                break
            keys += key
        return keys

    def set_language(self, language: str) -> None:
        """Hear the rest in this language."""
        self._story.tell("language", language=language)

    def result(self) -> str:
        """Return what came of the destination, '' when the next input is something else."""
        given = self._inputs[self.used] if self.used < len(self._inputs) else None
        if not isinstance(given, Result):
            return ""
        self.used += 1
        self._story.tell("result", result=given.result)
        return given.result

    def _question(self, prompts: Sequence[str], timeout_s: float, most: int) -> None:
        self.play(prompts)
        self._story.tell("ask", timeout_s=timeout_s, most=most)

    def _next(self, kind: str, timeout_s: float, most: int) -> str:
        given = self._inputs[self.used] if self.used < len(self._inputs) else None
        if given is None or isinstance(given, Result):
            raise _WaitingError(kind, timeout_s, most)
        self.used += 1
        if isinstance(given, HangUp):
            self._story.tell("hangup")
            raise CallerGoneError
        if isinstance(given, Wait):
            self._story.at_ms += int(timeout_s * 1000)
            self._story.tell("silence", timeout_s=timeout_s)
            return ""
        self._story.tell("keys", keys=given.key)
        return given.key


class _ToldLookups:
    """The world's look-ups, each with its answer in the story; a PIN is never told."""

    def __init__(self, world: Lookups, story: _Story) -> None:
        self._world = world
        self._story = story

    def __getattr__(self, name: str) -> Any:
        asked_of = getattr(self._world, name)

        def ask(*args: Any, **kwargs: Any) -> Any:
            given = [*args, *(value for key, value in kwargs.items() if key != "pin")]
            asked = ", ".join(str(value) for value in given)
            try:
                found = asked_of(*args, **kwargs)
            except LookupFailedError:
                self._story.tell("lookup", name=name, asked=asked, found="", is_failed=True)
                raise
            self._story.tell("lookup", name=name, asked=asked, found=str(found), is_failed=False)
            return found

        return ask


def _length_unknown(_name: str, _language: str) -> int | None:
    return None


def simulate(
    flow: Flow,
    *,
    inputs: Sequence[Input],
    world: Lookups,
    library: Mapping[str, Flow] | None = None,
    variables: Mapping[str, str] | None = None,
    prompt_ms: Callable[[str, str], int | None] = _length_unknown,
) -> Simulation:
    """Run the flow as far as the inputs lead.

    `library` holds the flows that it may enter, by name; `prompt_ms` gives a prompt's length by
    name and language, None for one second. Never raises for a valid flow and a world that keeps
    the contract of `Lookups`.
    """
    story = _Story()
    voice = _ScriptedVoice(story, inputs, prompt_ms)
    waits: Waits | None = None
    decision: Decision | None = None
    resume: Resume | None = None
    try:
        while True:
            decision = run_flow(
                flow,
                voice=voice,
                lookups=cast(Lookups, _ToldLookups(world, story)),
                on_step=story.path.append,
                variables=variables,
                library=library,
                clock=lambda: story.at_ms / 1000,
                resume=resume,
                on_enter=story.entered,
            )
            story.tell("decision", **decision_told(decision))
            resume = decision.resume
            if resume is None:
                break
            result = voice.result()
            if result == ANSWERED:
                break
            if not result:
                waits = Waits(story.node, "result")
                break
            decision = None
    except _WaitingError as question:
        waits = Waits(story.node, question.kind, question.timeout_s, question.most)
        story.variables_tell()
    return Simulation(
        events=tuple(story.events),
        path=tuple(story.path),
        variables=dict(story.run.variables) if story.run else dict(variables or {}),
        waits=waits,
        decision=decision,
        unused=len(inputs) - voice.used,
    )


def decision_told(decision: Decision) -> dict[str, str]:
    """Return what people want to know of a decision."""
    return {
        "next": decision.next,
        "target": decision.target,
        "way": decision.way,
        "reason": decision.reason,
    }
