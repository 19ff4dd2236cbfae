"""Flow tests: scripts kept with the flow, and whether the flow does what they expect. Pure.

A document may have `tests`, a list of
`{"name", "as", "dialled", "at", "steps": ["press 2", "wait"], "answers", "expect": {"next", …}}`;
`docs/flows.md` explains each field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.ivr.engine import shapes
from apps.ivr.engine.documents import FlowError
from apps.ivr.engine.node import NODE_ID_LENGTH
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.simulation import (
    RESULTS,
    HangUp,
    Input,
    Key,
    Result,
    Simulation,
    Wait,
)
from apps.ivr.engine.world import Answers, answers_read

MOST_TESTS = 200
MOST_STEPS = 200
PRESS = re.compile(r"press ([0-9*#]{1,100})", re.ASCII)
AT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", re.ASCII)
STEPS: Mapping[str, Input] = {
    "wait": Wait(),
    "hang up": HangUp(),
    **{result.replace("_", " "): Result(result) for result in RESULTS},
}
FIELDS = frozenset({"name", "as", "dialled", "at", "steps", "answers", "expect"})
TEXT_EXPECTED = ("next", "target", "waits")
EXPECTED = frozenset({*TEXT_EXPECTED, "path", "plays", "variables"})

_STEP: Shape = {
    "type": "string",
    "pattern": rf"^(press [0-9*#]{{1,100}}|{'|'.join(STEPS)})$",
}
_NAMES: Shape = {"type": "array", "items": {"type": "string"}}
TESTS_SHAPE: Shape = {
    "type": "array",
    "maxItems": MOST_TESTS,
    "items": {
        "type": "object",
        "required": ["name", "expect"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": NODE_ID_LENGTH},
            "as": shapes.TEXT,
            "dialled": shapes.TEXT,
            "at": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$"},
            "steps": {"type": "array", "maxItems": MOST_STEPS, "items": _STEP},
            "answers": {"type": "object"},
            "expect": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {
                    **dict.fromkeys(TEXT_EXPECTED, shapes.TEXT),
                    "path": _NAMES,
                    "plays": _NAMES,
                    "variables": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Script:
    """One flow test. `at` is local time, None for now; `expect` says what must come of it."""

    name: str
    caller: str
    dialled: str
    at: datetime | None
    inputs: tuple[Input, ...]
    expect: Mapping[str, Any]
    answers: Answers = field(default_factory=Answers)


def scripts_read(document: object) -> tuple[Script, ...]:
    """Return the tests of a flow document. Raises FlowError, which names the test."""
    raw = document.get("tests", []) if isinstance(document, Mapping) else []
    if not isinstance(raw, list) or len(raw) > MOST_TESTS:
        raise FlowError(f"tests must be a list of at most {MOST_TESTS}")
    scripts = tuple(_script(place, one) for place, one in enumerate(raw, 1))
    names = [script.name for script in scripts]
    for name in names:
        if names.count(name) > 1:
            raise FlowError(f"two tests are called {name!r}")
    return scripts


def script_judge(script: Script, found: Simulation) -> list[str]:
    """Return each expectation that was not met, with what came instead; [] when all were."""
    faults = []
    came = _came(found)
    for name, wanted in script.expect.items():
        if name == "variables":
            faults += [
                f"variable {variable!r}: expected {value!r}, came {held!r}"
                for variable, value in wanted.items()
                if (held := found.variables.get(variable, "")) != value
            ]
        elif name == "plays":
            if missing := _first_missing(wanted, came["plays"]):
                heard = ", ".join(came["plays"]) or "nothing"
                faults.append(f"plays: {missing!r} was not heard in its turn; heard: {heard}")
        elif came[name] != wanted:
            faults.append(f"{name}: expected {wanted!r}, came {came[name]!r}{_standing(found)}")
    if found.unused:
        faults.append(f"steps: the last {found.unused} were never asked for{_standing(found)}")
    return faults


def _came(found: Simulation) -> dict[str, Any]:
    decision = found.decision
    # A caller passes a node once in the path, however often it asks.
    visits = [event.data["node"] for event in found.events if event.kind == "node"]
    return {
        "next": decision.next if decision else "",
        "target": decision.target if decision else "",
        "waits": found.waits.node if found.waits and found.waits.kind != "result" else "",
        "path": visits,
        "plays": [
            name for event in found.events if event.kind == "play" for name in event.data["prompts"]
        ],
    }


def _standing(found: Simulation) -> str:
    if found.waits and found.waits.kind != "result":
        return f" (it waits for keys at {found.waits.node!r})"
    return f" ({found.decision.reason})" if found.decision and found.decision.reason else ""


def _first_missing(wanted: list[str], heard: list[str]) -> str:
    left = iter(heard)
    return next((name for name in wanted if name not in left), "")


def _script(place: int, raw: object) -> Script:
    if not isinstance(raw, Mapping):
        raise FlowError(f"test {place} must be an object")
    name = raw.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= NODE_ID_LENGTH:
        raise FlowError(f"test {place}: name must have 1 to {NODE_ID_LENGTH} characters")
    what = f"test {name!r}"
    if unknown := sorted(map(str, raw.keys() - FIELDS)):
        raise FlowError(f"{what}: there is no field {unknown[0]!r}")
    try:
        answers = answers_read(raw.get("answers", {}))
    except FlowError as error:
        raise FlowError(f"{what}: {error}") from error
    return Script(
        name=name,
        caller=_text(raw, "as", what),
        dialled=_text(raw, "dialled", what),
        at=_at(raw.get("at"), what),
        inputs=_inputs(raw.get("steps", []), what),
        expect=_expect(raw.get("expect"), what),
        answers=answers,
    )


def _text(raw: Mapping[str, Any], name: str, what: str) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise FlowError(f"{what}: {name} must be a text")
    return value


def _at(raw: object, what: str) -> datetime | None:
    if raw is None:
        return None
    try:
        if isinstance(raw, str) and AT.fullmatch(raw):
            return datetime.fromisoformat(raw)
    except ValueError:
        pass
    raise FlowError(f"{what}: at must be a date and time like 2027-02-06 10:00")


def _inputs(raw: object, what: str) -> tuple[Input, ...]:
    if not isinstance(raw, list) or len(raw) > MOST_STEPS:
        raise FlowError(f"{what}: steps must be a list of at most {MOST_STEPS}")
    inputs: list[Input] = []
    for step in raw:
        pressed = PRESS.fullmatch(step) if isinstance(step, str) else None
        if pressed:
            inputs += [Key(key) for key in pressed.group(1)]
        elif isinstance(step, str) and step in STEPS:
            inputs.append(STEPS[step])
        else:
            known = ", ".join(STEPS)
            raise FlowError(f"{what}: step {step!r} is neither press and keys nor one of: {known}")
    return tuple(inputs)


def _expect(raw: object, what: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or not raw:
        raise FlowError(f"{what}: expect must say at least one thing")
    for name, value in raw.items():
        if name not in EXPECTED:
            raise FlowError(f"{what}: expect has no field {name!r}")
        if name in TEXT_EXPECTED:
            fits = isinstance(value, str)
        elif name == "variables":
            fits = isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values())
        else:
            fits = isinstance(value, list) and all(isinstance(v, str) for v in value)
        if not fits:
            raise FlowError(f"{what}: expect: {name} has the wrong form")
    return raw
