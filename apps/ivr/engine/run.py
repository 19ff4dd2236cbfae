"""Run a flow for one caller: nodes, one after the other, to a decision.

Whatever the caller does and whatever look-ups fail, it ends within its step limit and does not
raise; only a voice or a look-up that breaks its own contract can make it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from apps.ivr.engine.documents import Flow
from apps.ivr.engine.node import Node
from apps.ivr.engine.steps import (
    GONE,
    LANGUAGE,
    LANGUAGES,
    Decision,
    EnterFlow,
    Frame,
    Resume,
    Return,
    Run,
    Step,
)
from apps.ivr.engine.voice import CallerGoneError, Lookups, Voice

__all__ = ["GONE", "STEP_LIMIT", "Decision", "ResumeError", "Step", "run_flow"]

STEP_LIMIT = 100
APOLOGY = "apology"


class ResumeError(ValueError):
    """The state does not fit the flows: another version, or nothing of ours."""


def run_flow(
    flow: Flow,
    *,
    voice: Voice,
    lookups: Lookups,
    on_step: Callable[[Step], None],
    variables: Mapping[str, str] | None = None,
    step_limit: int = STEP_LIMIT,
    library: Mapping[str, Flow] | None = None,
    clock: Callable[[], float] | None = None,
    resume: Resume | None = None,
    on_enter: Callable[[Node, Run], None] | None = None,
) -> Decision:
    """Run the flow to a decision.

    `variables` are what is known of the call before (`caller`, `dialled`). `library` holds the
    other flows that it may enter, by name; `clock` gives seconds that never go back (default: no
    time passes). With `resume` the run goes on where a decision of these flows stopped.
    A caller who hangs up gives `gone`; more than `step_limit` nodes (an endless loop) `apology`
    with `is_step_limit(decision)`. `on_enter` is told each node before it runs, with what is known
    then: for whoever watches. Raises ResumeError.
    """
    run = Run(voice=voice, lookups=lookups, language=flow.language, on_step=on_step)
    run.clock = clock or run.clock
    walk = _Walk(run, {**(library or {}), flow.name: flow}, on_enter)
    if resume is None:
        for name, value in (variables or {}).items():
            run.put(name, value)
        run.put(LANGUAGE, flow.language)
        walk.begin(flow)
    else:
        walk.go_on(resume)
    return walk.to_the_end(step_limit)


def is_step_limit(decision: Decision) -> bool:
    """Say whether an endless loop ended the run: an alarm."""
    return decision.next == APOLOGY and decision.reason.startswith("step limit")


@dataclass
class _Place:
    """A flow that the caller is in."""

    flow: Flow
    back: str
    menus: list[str]


class _Walk:
    """The way of one run through its flows."""

    def __init__(
        self,
        run: Run,
        library: Mapping[str, Flow],
        on_enter: Callable[[Node, Run], None] | None = None,
    ) -> None:
        self._run = run
        self._library = library
        self._on_enter = on_enter
        self._places: list[_Place] = []
        self._node: Node
        self._steps = 0

    def begin(self, flow: Flow) -> None:
        """Stand at the flow's start."""
        self._places.append(_Place(flow, "", []))
        self._node = flow.nodes[flow.start]
        self._here()

    def go_on(self, state: Resume) -> None:
        """Stand where the state says. Raises ResumeError."""
        outer: Flow | None = None
        for frame in state.frames:
            flow = self._library.get(frame.flow)
            if flow is None:
                raise ResumeError(f"there is no flow {frame.flow!r}")
            if outer is not None and frame.back not in outer.nodes:
                raise ResumeError(f"flow {outer.name!r} has no node {frame.back!r}")
            menus = [menu for menu in frame.menus if menu in flow.nodes]
            self._places.append(_Place(flow, frame.back, menus))
            outer = flow
        if outer is None or state.node not in outer.nodes or state.language not in LANGUAGES:
            raise ResumeError(f"there is no node {state.node!r} to go on at")
        self._node = outer.nodes[state.node]
        self._steps = max(0, state.steps)
        self._run.language = state.language
        for name, value in state.variables.items():
            self._run.put(name, value)
        self._here()

    def to_the_end(self, step_limit: int) -> Decision:
        """Run node after node."""
        run = self._run
        is_picked_up = False
        try:
            while self._steps < step_limit:
                self._steps += 1
                run.enter()
                if self._on_enter:
                    self._on_enter(self._node, run)
                if self._node.picks_up and not is_picked_up:
                    run.voice.answer()
                    is_picked_up = True
                decision = self._followed(self._node.run(run))
                if decision is not None:
                    return self._with_state(decision)
        except CallerGoneError:
            if run.keys or not run.is_told:
                run.outcome = GONE
                self._node.step(run)
            return Decision(GONE, reason=f"hung up at {self._node.id}")
        return Decision(APOLOGY, reason=f"step limit {step_limit} reached at {self._node.id}")

    def _followed(self, outcome: str | Decision | EnterFlow | Return) -> Decision | None:
        """Move to the next node, or return the decision."""
        if isinstance(outcome, Decision):
            return outcome
        if isinstance(outcome, EnterFlow):
            return self._entered(outcome)
        if isinstance(outcome, Return):
            if len(self._places) == 1:
                self._run.voice.play(["huawu/goodbye"])
                return Decision("hangup", reason=f"{self._node.id}: nowhere to return to")
            outcome = self._places.pop().back
        self._node = self._places[-1].flow.nodes[outcome]
        self._here()
        return None

    def _entered(self, wish: EnterFlow) -> Decision | None:
        flow = self._library.get(wish.flow)
        if flow is None:
            if wish.on_failed:
                return self._followed(wish.on_failed)
            return Decision(APOLOGY, reason=f"{self._node.id}: there is no flow {wish.flow!r}")
        # Who stays in the other flow still returns to where this one was called.
        back = wish.back or self._places.pop().back
        self._places.append(_Place(flow, back, []))
        self._node = flow.nodes[flow.start]
        self._here()
        return None

    def _here(self) -> None:
        self._run.flow = self._places[-1].flow.name
        self._run.menus = self._places[-1].menus

    def _with_state(self, decision: Decision) -> Decision:
        if not decision.then:
            return decision
        frames = (Frame(place.flow.name, place.back, tuple(place.menus)) for place in self._places)
        state = Resume(
            frames=tuple(frames),
            node=decision.then,
            language=self._run.language,
            steps=self._steps,
            variables=dict(self._run.variables),
        )
        return replace(decision, resume=state)
