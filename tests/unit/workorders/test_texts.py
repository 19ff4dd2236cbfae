"""Every code that the engine gives has a text."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.workorders.engine.fields import FieldError
from apps.workorders.engine.problems import Problem
from apps.workorders.texts import (
    ACT_ERRORS,
    FIELD_ERRORS,
    PROBLEMS,
    act_error_text,
    field_error_text,
    problem_text,
)

PARAMS = {
    "help": "x", "most": 1, "least": 1, "places": 2, "fields": "a", "key": "a", "value": "a",
    "field": "a", "operator": "a", "name": "a", "type": "a",
}  # fmt: skip


def codes(pattern: str) -> set[str]:
    folder = Path(settings.BASE_DIR) / "apps/workorders"
    found: set[str] = set()
    for path in [*folder.glob("engine/*.py"), folder / "values.py", folder / "type_services.py"]:
        found |= set(re.findall(pattern, path.read_text(encoding="utf-8")))
    return found


def test_acts_refused_have_a_text() -> None:
    used = codes(r'ActError\(\s*"(\w+)"') | {"claimed", "not_yours", "too_many_acts"}
    assert used == set(ACT_ERRORS)


def test_fields_refused_have_a_text() -> None:
    used = codes(r'(?:FieldError|ValueRefusedError)\("(\w+)"')
    assert used == set(FIELD_ERRORS)


def test_faults_of_documents_have_a_text() -> None:
    used = codes(r'Problem\([^,]+(?:\([^)]*\))?[^,]*,\s*"(\w+)"')
    used |= codes(r'tell\(\s*[^,]+,\s*"(\w+)"') | codes(r'yield "(\w+)"')
    assert used - set(PROBLEMS) == set()
    assert set(PROBLEMS) - used == set()


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_texts_of_faults_can_be_filled(code: str) -> None:
    assert problem_text(Problem("x", code, PARAMS))


def test_other_texts_can_be_filled() -> None:
    assert all(field_error_text(FieldError(code, PARAMS)) for code in FIELD_ERRORS)
    assert all(act_error_text(code) for code in ACT_ERRORS)
