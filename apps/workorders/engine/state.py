"""Where an order is: the fold of its history, and the acts that history is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Status(StrEnum):
    """Where an order is as a whole."""

    DRAFT = "draft"
    RUNNING = "running"
    RETURNED = "returned"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    CLOSED = "closed"


ENDED = frozenset({Status.COMPLETED, Status.REJECTED, Status.CANCELLED, Status.CLOSED})
WITH_SUBMITTER = frozenset({Status.DRAFT, Status.RETURNED})


class RunStatus(StrEnum):
    """Where one step is."""

    ACTIVE = "active"
    APPROVED = "approved"
    REJECTED = "rejected"
    DROPPED = "dropped"


class SeatStatus(StrEnum):
    """Where one person's part in a step is. `WAITING`: not yet his turn in a sequence."""

    WAITING = "waiting"
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    PASSED = "passed"
    DROPPED = "dropped"


class Kind(StrEnum):
    """What was done."""

    CREATE = "create"
    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    WITHDRAW = "withdraw"
    DELEGATE = "delegate"
    ADD = "add"
    CLAIM = "claim"
    RELEASE = "release"
    REASSIGN = "reassign"
    URGE = "urge"
    ESCALATE = "escalate"
    COMMENT = "comment"
    WAIT = "wait"
    RESUME = "resume"
    CANCEL = "cancel"
    CLOSE = "close"


@dataclass(frozen=True)
class Seat:
    """One person's part in a step. `chain`: who had it before him, the first first."""

    person: int
    status: SeatStatus
    is_added: bool = False
    chain: tuple[int, ...] = ()
    acted_by: int | None = None


@dataclass(frozen=True)
class Run:
    """One time that a step is gone through; `round` counts them from 1.

    `is_taken_over`: an escalation gave it to others, of whom one decides.
    """

    key: str
    round: int
    status: RunStatus
    seats: tuple[Seat, ...]
    claimed_by: int | None = None
    claims: int = 0
    is_taken_over: bool = False
    levels_done: int = 0

    @property
    def open_seats(self) -> tuple[Seat, ...]:
        """Return the seats whose person may act now."""
        if self.status != RunStatus.ACTIVE:
            return ()
        seats = (one for one in self.seats if one.status == SeatStatus.OPEN)
        return tuple(seats if self.claimed_by is None else self._of_claimer())

    def _of_claimer(self) -> tuple[Seat, ...]:
        return tuple(
            one
            for one in self.seats
            if one.status == SeatStatus.OPEN and (one.person == self.claimed_by or one.is_added)
        )


@dataclass(frozen=True)
class State:
    """An order. `runs` are those of the present way, in the order begun.

    `chosen` says which branch a condition took; `joined` which parallel blocks are done; `rounds`
    how often each step was begun in all; `returns` how often the order went back.
    """

    submitter: int
    status: Status = Status.DRAFT
    values: Mapping[str, Any] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    joined: frozenset[str] = frozenset()
    rounds: Mapping[str, int] = field(default_factory=dict)
    returns: int = 0
    is_waiting: bool = False
    urged_at: datetime | None = None
    result: str = ""

    def run(self, key: str) -> Run | None:
        """Return the present run of a step."""
        return next((one for one in self.runs if one.key == key), None)

    @property
    def active(self) -> tuple[Run, ...]:
        """Return the runs in which somebody has to act."""
        return tuple(one for one in self.runs if one.status == RunStatus.ACTIVE)

    @property
    def may_act(self) -> frozenset[int]:
        """Return everybody who has something to do now, stand-ins left out."""
        if self.status in WITH_SUBMITTER:
            return frozenset({self.submitter})
        return frozenset(seat.person for run in self.active for seat in run.open_seats)


@dataclass(frozen=True)
class Action:
    """One act, and, once it is history, the people found while it was carried out.

    `actor` None: the system. `on_behalf_of`: the absent person whose seat the actor used, None for
    his own. `step` is the step acted on, `to_step` where a return goes (`start`: the submitter),
    `person` whose seat is meant, `to_person` who gets it. `values` are the changed fields, None for
    one that was emptied. `is_manager`: the actor may do what only a manager may.
    `found` are the answers of `People`, in the order asked: with them history can be replayed.
    """

    kind: Kind
    actor: int | None
    at: datetime
    step: str = ""
    on_behalf_of: int | None = None
    to_step: str = ""
    person: int | None = None
    to_person: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    opinion: str = ""
    is_manager: bool = False
    level: int = 0
    found: tuple[tuple[int, ...], ...] = ()


class People(Protocol):
    """Who is who in the company, just now. Only people who can sign in are answered."""

    def active(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        """Return those of them who can act."""

    def with_role(self, role: str, department: int | None) -> tuple[int, ...]:
        """Return the people of a role, of a department and those below it when given."""

    def in_department(self, department: int) -> tuple[int, ...]:
        """Return the people of a department and those below it."""

    def heads_of(self, department: int) -> tuple[int, ...]:
        """Return the department's head or heads; of the next one above where it has none."""

    def heads_over(self, person: int, levels: int) -> tuple[int, ...]:
        """Return the heads that many levels above a person, never himself."""

    def department_of(self, person: int) -> int | None:
        """Return the person's department."""

    def admins(self) -> tuple[int, ...]:
        """Return the company's admins."""

    def stands_in(self, actor: int, person: int) -> bool:
        """Say whether the actor stands in for the person, who is absent now."""


class Recorded(People, Protocol):
    """People whose answers are written down, and so are the branches that conditions took.

    A replay takes the branch of then, also when a value was erased since.
    """

    def branch(self, taken: int) -> int:
        """Return the branch's position: the one that is taken now, in a replay that of then."""


class ActError(ValueError):
    """An act that is not possible now; `code` is stable (`apps.workorders.texts`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def action_json(action: Action) -> dict[str, Any]:
    """Return an act as JSON, without what is empty."""
    raw = {
        "kind": str(action.kind),
        "actor": action.actor,
        "at": action.at.isoformat(),
        "step": action.step,
        "on_behalf_of": action.on_behalf_of,
        "to_step": action.to_step,
        "person": action.person,
        "to_person": action.to_person,
        "values": dict(action.values),
        "opinion": action.opinion,
        "is_manager": action.is_manager,
        "level": action.level,
        "found": [list(one) for one in action.found],
    }
    return {key: value for key, value in raw.items() if value not in (None, "", {}, [], False)}


def action_read(raw: Mapping[str, Any]) -> Action:
    """Return the act of its JSON."""
    action = Action(Kind(raw["kind"]), raw.get("actor"), datetime.fromisoformat(raw["at"]))
    rest = {name: raw[name] for name in raw if name not in ("kind", "actor", "at", "found")}
    found = tuple(tuple(one) for one in raw.get("found", ()))
    return replace(action, **rest, found=found)
