"""What a run knows of its call, and how much of it is kept."""

from dataclasses import dataclass
from typing import ClassVar, Self

from apps.ivr.engine.documents import Flow
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.run import run_flow
from apps.ivr.engine.steps import VALUE_LIMIT, Decision, Run
from tests.unit.ivr.fakes import FakeLookups, FakeVoice


@dataclass(frozen=True)
class Spy(Node):
    """Ends and shows the variables."""

    kind: ClassVar[str] = "spy"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        raise NotImplementedError

    def run(self, run: Run) -> Decision:
        return Decision("hangup", reason=repr(run.variables))


def variables(**given: str) -> str:
    flow = Flow(name="x", start="n", nodes={"n": Spy("n", ())}, language="en")
    return run_flow(
        flow,
        voice=FakeVoice(),
        lookups=FakeLookups(),
        on_step=lambda step: None,
        variables=given,
    ).reason


def test_flow_knows_its_language_and_what_it_was_given() -> None:
    assert variables(caller="139") == "{'caller': '139', 'language': 'en'}"


def test_long_value_is_cut() -> None:
    assert variables(caller="9" * 300) == repr({"caller": "9" * VALUE_LIMIT, "language": "en"})
