"""A small company for the engine, and the parts of flows."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
TYPES = {"amount": "decimal", "kind": "choice", "engineer": "person", "result": "text"}

# Persons: 1 and 2 are agents of department 1, 11 its head; 3 is an agent of department 2 below 1,
# 12 its head; 21 and 22 are admins of department 9.
DEPARTMENT = {1: 1, 2: 1, 11: 1, 3: 2, 12: 2, 21: 9, 22: 9}
ABOVE = {2: 1}
HEADS = {1: (11,), 2: (12,)}
ROLE = {
    1: "agent",
    2: "agent",
    3: "agent",
    11: "team_lead",
    12: "team_lead",
    21: "admin",
    22: "admin",
}


class Company:
    """`People` over the constants; `gone` cannot sign in, `away` maps an absent one to his
    stand-in.
    """

    def __init__(self, gone: Collection[int] = (), away: dict[int, int] | None = None) -> None:
        self.gone = set(gone)
        self.away = away or {}

    def active(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(one for one in ids if one in DEPARTMENT and one not in self.gone)

    def with_role(self, role: str, department: int | None) -> tuple[int, ...]:
        found = tuple(one for one in DEPARTMENT if ROLE[one] == role)
        inside = self.in_department(department) if department else found
        return self.active(tuple(one for one in found if one in inside))

    def in_department(self, department: int) -> tuple[int, ...]:
        inside = {department} | {low for low, high in ABOVE.items() if high == department}
        return self.active(tuple(one for one in DEPARTMENT if DEPARTMENT[one] in inside))

    def heads_of(self, department: int) -> tuple[int, ...]:
        found = self.active(HEADS.get(department, ()))
        if found or department not in ABOVE:
            return found
        return self.heads_of(ABOVE[department])

    def heads_over(self, person: int, levels: int) -> tuple[int, ...]:
        department: int | None = DEPARTMENT.get(person)
        if department in HEADS and person in HEADS[department]:
            department = ABOVE.get(department)
        for _level in range(levels - 1):
            department = ABOVE.get(department) if department else None
        return self.heads_of(department) if department else ()

    def department_of(self, person: int) -> int | None:
        return DEPARTMENT.get(person)

    def admins(self) -> tuple[int, ...]:
        return self.active((21, 22))

    def stands_in(self, actor: int, person: int) -> bool:
        return self.away.get(person) == actor


def by(*ids: int) -> dict[str, Any]:
    return {"by": "person", "ids": list(ids)}


def step(key: str, *ids: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": "approval", "name": key, "approvers": by(*ids), **more}


def flow_of(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 1, "steps": list(steps), **more}


def parallel(key: str, *lists: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    branches = [{"key": f"{key}_{at}", "steps": steps} for at, steps in enumerate(lists)]
    return {"key": key, "kind": "parallel", "branches": branches, **more}


def when(
    key: str, condition: dict[str, Any], then: list[dict[str, Any]], otherwise: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "condition",
        "branches": [
            {"key": f"{key}_then", "if": condition, "steps": then},
            {"key": f"{key}_else", "steps": otherwise},
        ],
    }
