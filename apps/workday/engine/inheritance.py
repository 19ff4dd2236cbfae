"""Which target holds for whom: his own, else his department's, else the one above, else the
company's. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """A target as it was set: of an agent, of a department, or (neither) of the company."""

    figure: str
    value: int
    department_id: int | None = None
    agent_id: int | None = None


def targets_in_force(
    kept: Iterable[Kept],
    *,
    agent_id: int,
    department_id: int | None,
    parents: Mapping[int, int | None],
) -> dict[str, Kept]:
    """Return the target of each figure that holds for one agent."""
    above: list[int] = []
    while department_id is not None and department_id not in above:
        above.append(department_id)
        department_id = parents.get(department_id)
    found: dict[str, tuple[int, Kept]] = {}
    for one in kept:
        near = _nearness(one, agent_id, above)
        if near is not None and (one.figure not in found or near < found[one.figure][0]):
            found[one.figure] = (near, one)
    return {figure: one for figure, (_near, one) in found.items()}


def _nearness(one: Kept, agent_id: int, above: list[int]) -> int | None:
    """Return how near it is set, 0 nearest; None when it is not meant for him."""
    if one.agent_id is not None:
        return 0 if one.agent_id == agent_id else None
    if one.department_id is not None:
        return above.index(one.department_id) + 1 if one.department_id in above else None
    return len(above) + 1
