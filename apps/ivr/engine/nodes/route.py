"""Ask the company's routing rules where the call goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from apps.acd.engine import rule_actions as actions
from apps.acd.engine.fact_fields import Value
from apps.acd.engine.rule_actions import Action
from apps.ivr.engine import shapes
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import CALLER, DIALLED, FAILED, LANGUAGE, Decision, EnterFlow, Run
from apps.ivr.engine.voice import LookupFailedError

GOODBYE = "huawu/goodbye"


@dataclass(frozen=True)
class Route(Node):
    """Let the routing rules of this name decide where the call goes.

    Without a rule that decides, without rules of this name and while nobody can know it goes on at
    `otherwise`; there too when the agent or number whom a rule rings does not answer.
    """

    kind: ClassVar[str] = "route"
    shape: ClassVar[Mapping[str, Shape]] = {
        "rules": {"type": "string", "minLength": 1, "maxLength": actions.NAME_LENGTH},
        "otherwise": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("rules", "otherwise")
    # Rules may refuse a call: then it is never picked up.
    picks_up: ClassVar[bool] = False
    rules_name: str
    otherwise: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        name = fields.text("rules")
        if not 0 < len(name) <= actions.NAME_LENGTH:
            raise fields.wrong(f"rules must be a name, at most {actions.NAME_LENGTH} letters")
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            rules_name=name,
            otherwise=fields.text("otherwise"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads when no rule decides."""
        return (self.otherwise,)

    @property
    def rule_sets(self) -> tuple[str, ...]:
        """Return the rules' name."""
        return (self.rules_name,)

    def run(self, run: Run) -> str | Decision | EnterFlow:
        """Say what there is to say, ask the rules, do what they say."""
        if self.prompts:
            run.voice.answer()
            run.voice.play(self.prompts)
        try:
            action = run.lookups.route(rules=self.rules_name, given=_given(run)).action
        except LookupFailedError:
            run.outcome = FAILED
            action = None
        self.step(run)
        return self._follow(action, run) if action else self.otherwise

    def _follow(self, action: Action, run: Run) -> str | Decision | EnterFlow:
        if action.kind == actions.QUEUE:
            return self._queue(action)
        if action.kind in (actions.AGENT, actions.EXTERNAL):
            return Decision(
                "dial",
                target=action.target,
                reason=self._reason,
                way=action.kind,
                ring_s=action.ring_s,
                then=self.otherwise,
            )
        if action.kind == actions.FLOW:
            return EnterFlow(action.target, on_failed=self.otherwise)
        if action.kind == actions.CALL_BACK:
            return self._call_back(action, run)
        if action.kind in (actions.VOICEMAIL, actions.REFUSE):
            return Decision(action.kind, target=action.target, reason=self._reason)
        return self.otherwise

    @property
    def _reason(self) -> str:
        return f"{self.id}: rules {self.rules_name}"

    def _queue(self, action: Action) -> Decision:
        return Decision(
            "queue",
            target=action.target,
            reason=self._reason,
            priority=action.priority,
            needs=action.needs,
            wanted=action.wanted,
            wanted_s=action.wanted_s,
        )

    def _call_back(self, action: Action, run: Run) -> str | Decision:
        try:
            if not run.lookups.call_back(queue=action.target, number=run.value(CALLER)):
                return self.otherwise
        except LookupFailedError:
            return self.otherwise
        run.voice.answer()
        run.voice.play([GOODBYE])
        return Decision("hangup", reason=self._reason)


def _given(run: Run) -> dict[str, Value]:
    """Return the facts that the flow itself knows."""
    own: dict[str, Value] = {
        "caller.number": run.value(CALLER),
        "dialled": run.value(DIALLED),
        "language": run.value(LANGUAGE),
    }
    variables: dict[str, Value] = {
        f"variables.{name}": value for name, value in run.variables.items() if value
    }
    return {**own, **variables}
