"""Where a step stands in its flow: what is before it, and what follows."""

from collections.abc import Iterator

from apps.workorders.engine.flow import Block, Flow, Step
from apps.workorders.engine.state import RunStatus, State

Steps = tuple[Step | Block, ...]
# From the outermost list to the step's own: the list, the position in it, and the block around it.
Path = tuple[tuple[Steps, int, Block | None], ...]


def path_to(flow: Flow, key: str) -> Path:
    """Return the lists that lead to a step. Raises KeyError for an unknown one."""
    found = _path(flow.steps, key, None)
    if found is None:
        raise KeyError(key)
    return found


def _path(steps: Steps, key: str, around: Block | None) -> Path | None:
    for at, one in enumerate(steps):
        if one.key == key:
            return ((steps, at, around),)
        if isinstance(one, Step):
            continue
        for branch in one.branches:
            inner = _path(branch.steps, key, one)
            if inner is not None:
                return ((steps, at, around), *inner)
    return None


def steps_before(flow: Flow, state: State, key: str, *, to_return: bool) -> list[Step]:
    """Return the approved steps on the way to this one, the first first.

    For a return only those that would be gone through again: inside a parallel block that is done
    without all of its branches, nothing would be asked any more.
    """
    found: list[Step] = []
    for steps, at, _around in path_to(flow, key):
        for one in steps[:at]:
            found.extend(_approved(one, state, to_return))
    return found


def _approved(one: Step | Block, state: State, to_return: bool) -> Iterator[Step]:
    if isinstance(one, Step):
        run = state.run(one.key)
        if run is not None and run.status == RunStatus.APPROVED:
            yield one
        return
    if to_return and one.kind == "parallel" and one.need < len(one.branches):
        return
    for branch in one.branches:
        if one.kind == "parallel" or state.chosen.get(one.key) == branch.key:
            for inner in branch.steps:
                yield from _approved(inner, state, to_return)


def keys_from(flow: Flow, key: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return what a return to a step undoes: the keys of it and all that follows, and the blocks
    around it, which are no longer done.
    """
    undone: set[str] = set()
    around: set[str] = set()
    path = path_to(flow, key)
    for depth, (steps, at, block) in enumerate(path):
        first = at if depth == len(path) - 1 else at + 1
        for one in steps[first:]:
            undone.update(_keys(one))
        if block is not None:
            around.add(block.key)
    return frozenset(undone), frozenset(around)


def _keys(one: Step | Block) -> Iterator[str]:
    yield one.key
    for branch in one.branches if isinstance(one, Block) else ():
        for inner in branch.steps:
            yield from _keys(inner)


def keys_in(block: Block) -> frozenset[str]:
    """Return the keys of everything inside a block."""
    return frozenset(key for key in _keys(block) if key != block.key)
