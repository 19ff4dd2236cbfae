"""What a check found, and what all checks together say."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How bad it is: a warning does not make the command fail."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `code` is stable (`ami.rights`), the texts are for people."""

    code: str
    state: State
    text: str
    cure: str = ""


def good(code: str, text: object) -> Finding:
    """Return a finding that all is well."""
    return Finding(code, State.OK, str(text))


def doubtful(code: str, text: object, cure: object) -> Finding:
    """Return a finding that may be meant so."""
    return Finding(code, State.WARNING, str(text), str(cure))


def bad(code: str, text: object, cure: object) -> Finding:
    """Return a finding that has to be cured; a cure is never empty."""
    if not str(cure):
        raise ValueError("say how to cure it")
    return Finding(code, State.FAILED, str(text), str(cure))


def is_healthy(findings: Iterable[Finding]) -> bool:
    """Return whether nothing failed."""
    return all(finding.state is not State.FAILED for finding in findings)


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """Return the report for programs."""
    return {
        "status": "ok" if is_healthy(findings) else "failed",
        "findings": [asdict(finding) for finding in findings],
    }
