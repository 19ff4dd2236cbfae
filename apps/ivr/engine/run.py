"""Run a flow for one caller: nodes, one after the other, to a decision.

Whatever the caller does and whatever look-ups fail, it ends within its step limit and does not
raise; only a voice or a look-up that breaks its own contract can make it.
"""

from collections.abc import Callable, Mapping

from apps.ivr.engine.documents import Flow
from apps.ivr.engine.steps import LANGUAGE, Decision, Run, Step
from apps.ivr.engine.voice import CallerGoneError, Lookups, Voice

__all__ = ["GONE", "Decision", "Step", "run_flow"]

STEP_LIMIT = 100
GONE = "gone"


def run_flow(
    flow: Flow,
    *,
    voice: Voice,
    lookups: Lookups,
    on_step: Callable[[Step], None],
    variables: Mapping[str, str] | None = None,
    step_limit: int = STEP_LIMIT,
) -> Decision:
    """Run the flow to a decision.

    `variables` are what is known of the call before (`caller`, `dialled`).
    A caller who hangs up gives `gone`; more than `step_limit` nodes (an endless loop) `apology`.
    """
    run = Run(voice=voice, lookups=lookups, language=flow.language, on_step=on_step)
    for name, value in (variables or {}).items():
        run.put(name, value)
    run.put(LANGUAGE, flow.language)
    node = flow.nodes[flow.start]
    try:
        voice.answer()
        for _ in range(step_limit):
            run.is_told = False
            outcome = node.run(run)
            if isinstance(outcome, Decision):
                return outcome
            node = flow.nodes[outcome]
    except CallerGoneError:
        if run.keys or not run.is_told:
            node.step(run)
        return Decision(GONE, reason=f"hung up at {node.id}")
    return Decision("apology", reason=f"step limit {step_limit} reached at {node.id}")
