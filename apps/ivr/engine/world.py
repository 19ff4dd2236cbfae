"""What a simulated caller's flow can ask: answers given by hand, and beyond them another world."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.acd.engine.fact_fields import Value, facts_read
from apps.ivr.engine.documents import FlowError
from apps.ivr.engine.voice import LookupFailedError, Lookups, PinAnswer, QueueDoor, QueueNow, Routed

MOST = 1_000_000
CUSTOMER_FACTS = {
    "customer.level": "level",
    "customer.type": "type",
    "owner.number": "owner",
}
QUEUE_FIELDS = ("waiting", "idle", "longest_wait_s", "expected_wait_s")


@dataclass(frozen=True)
class Answers:
    """Answers by hand; what is not here is asked of another world.

    `calendars` by name whether open; `accounts` by number PIN and balance; `customers` by the
    customer's number, `regions` by number, `queues` by the queue's number, `pins` by name, `http`
    by the look-up's name; `facts` what routing rules look at, by the fact's name; `failing` the
    look-ups that fail.
    """

    calendars: Mapping[str, bool] = field(default_factory=dict)
    accounts: Mapping[str, tuple[str, Decimal]] = field(default_factory=dict)
    customers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    regions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    queues: Mapping[str, QueueNow] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
    http: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    facts: Mapping[str, Value] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()


FIELDS = tuple(one.name for one in fields(Answers))
NOT_OBJECTS = ("failing",)


def answers_read(raw: object) -> Answers:
    """Return answers of JSON, an object with the fields of `Answers`. Raises FlowError.

    An account is `{"pin", "balance"}`, a queue `{"waiting", "idle",
    "longest_wait_s", "expected_wait_s"}`; no expected wait means that nobody serves it.
    """
    if not isinstance(raw, Mapping):
        raise FlowError("answers must be an object")
    if unknown := sorted(map(str, raw.keys() - set(FIELDS))):
        raise FlowError(f"answers: there is no field {unknown[0]!r}")
    given = {name: raw.get(name, {}) for name in FIELDS if name not in NOT_OBJECTS}
    for name, value in given.items():
        if not isinstance(value, Mapping):
            raise FlowError(f"answers: {name} must be an object")
    failing = raw.get("failing", [])
    if not isinstance(failing, list) or not all(isinstance(name, str) for name in failing):
        raise FlowError("answers: failing must be a list of look-ups")
    if not all(isinstance(is_open, bool) for is_open in given["calendars"].values()):
        raise FlowError("answers: calendars must be true or false")
    return Answers(
        calendars=dict(given["calendars"]),
        accounts={number: _account(number, one) for number, one in given["accounts"].items()},
        customers=_records("customers", given["customers"]),
        regions=_records("regions", given["regions"]),
        queues={number: _queue(number, one) for number, one in given["queues"].items()},
        pins=_texts("pins", given["pins"]),
        http=_records("http", given["http"]),
        facts=facts_read(given["facts"]),
        failing=frozenset(failing),
    )


def _account(number: str, raw: object) -> tuple[str, Decimal]:
    if isinstance(raw, Mapping) and isinstance(raw.get("pin"), str):
        try:
            balance = Decimal(str(raw.get("balance")))
        except InvalidOperation:
            balance = Decimal("NaN")
        if balance.is_finite():
            return raw["pin"], balance
    raise FlowError(f"answers: account {number!r} needs a pin and a balance")


def _queue(number: str, raw: object) -> QueueNow:
    record = raw if isinstance(raw, Mapping) else {}
    values = [record.get(name, 0) for name in QUEUE_FIELDS[:3]]
    expected = record.get("expected_wait_s")
    fits = all(isinstance(value, int) and 0 <= value <= MOST for value in values)
    fits = fits and (expected is None or (isinstance(expected, int) and 0 <= expected <= MOST))
    if record.keys() - set(QUEUE_FIELDS) or not record or not fits:
        raise FlowError(f"answers: queue {number!r} needs {', '.join(QUEUE_FIELDS)}")
    waiting, idle, longest_wait_s = map(int, values)
    return QueueNow(waiting, idle, longest_wait_s, expected)


def _records(what: str, raw: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for name, one in raw.items():
        if not isinstance(one, Mapping):
            raise FlowError(f"answers: {what} {name!r} must be an object")
        found[name] = _texts(f"{what} {name!r}", one)
    return found


def _texts(what: str, raw: Mapping[str, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in raw.values()):
        raise FlowError(f"answers: {what} must hold texts")
    return dict(raw)


class AnsweredWorld:
    """`voice.Lookups`: what is answered by hand, else what `base` says."""

    def __init__(self, answers: Answers, base: Lookups) -> None:
        self._answers = answers
        self._base = base

    def account_balance(self, *, account_number: str, pin: str) -> Decimal | None:
        """Return the balance when account and PIN fit. Raises LookupFailedError."""
        self._fail_as_told("account_balance")
        if account_number not in self._answers.accounts:
            return self._base.account_balance(account_number=account_number, pin=pin)
        right, balance = self._answers.accounts[account_number]
        return balance if pin == right else None

    def is_open(self, calendar: str) -> bool:
        """Return whether the calendar is open. Raises LookupFailedError."""
        self._fail_as_told("is_open")
        found = self._answers.calendars.get(calendar)
        return self._base.is_open(calendar) if found is None else found

    def customer(self, number: str) -> Mapping[str, str]:
        """Return who has this number, {} when nobody. Raises LookupFailedError."""
        self._fail_as_told("customer")
        found = self._answers.customers.get(number)
        return self._base.customer(number) if found is None else found

    def region(self, number: str) -> Mapping[str, str]:
        """Return where a number is from. Raises LookupFailedError."""
        self._fail_as_told("region")
        found = self._answers.regions.get(number)
        return self._base.region(number) if found is None else found

    def queue_now(self, queue: str) -> QueueNow:
        """Return the state of the queue. Raises LookupFailedError."""
        self._fail_as_told("queue_now")
        return self._answers.queues.get(queue) or self._base.queue_now(queue)

    def queue_door(self, queue: str) -> QueueDoor:
        """Return whether the queue takes callers. Raises LookupFailedError."""
        self._fail_as_told("queue_door")
        return self._base.queue_door(queue)

    def pin_check(self, *, name: str, pin: str, caller: str) -> PinAnswer:
        """Try a PIN; by hand no number of tries locks it. Raises LookupFailedError."""
        self._fail_as_told("pin_check")
        if name not in self._answers.pins:
            return self._base.pin_check(name=name, pin=pin, caller=caller)
        return PinAnswer.OK if pin == self._answers.pins[name] else PinAnswer.WRONG

    def call_back(self, *, queue: str, number: str) -> bool:
        """Say whether the number may be called back. Raises LookupFailedError."""
        self._fail_as_told("call_back")
        return self._base.call_back(queue=queue, number=number)

    def route(self, *, rules: str, given: Mapping[str, Value]) -> Routed:
        """Ask the routing rules; facts by hand come first. Raises LookupFailedError."""
        self._fail_as_told("route")
        by_hand = {**self._facts_of(str(given.get("caller.number", ""))), **self._answers.facts}
        return self._base.route(rules=rules, given={**given, **by_hand})

    def _facts_of(self, caller: str) -> dict[str, Value]:
        """Return what the other answers say of facts."""
        found: dict[str, Value] = {
            f"calendars.{name}": is_open for name, is_open in self._answers.calendars.items()
        }
        for number, queue in self._answers.queues.items():
            found[f"queues.{number}.waiting"] = queue.waiting
            found[f"queues.{number}.idle"] = queue.idle
            found[f"queues.{number}.longest_wait_s"] = queue.longest_wait_s
            if queue.expected_wait_s is not None:
                found[f"queues.{number}.expected_wait_s"] = queue.expected_wait_s
        customer = self._answers.customers.get(caller)
        if customer is not None:
            found["caller.known"] = bool(customer)
            found["customer.tags"] = tuple(filter(None, customer.get("tags", "").split(",")))
            for fact, name in CUSTOMER_FACTS.items():
                if customer.get(name):
                    found[fact] = customer[name]
        for name, value in self._answers.regions.get(caller, {}).items():
            found[f"caller.{name}"] = value
        return found

    def http(self, *, lookup: str, variables: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the company's service answers. Raises LookupFailedError."""
        self._fail_as_told("http")
        found = self._answers.http.get(lookup)
        return self._base.http(lookup=lookup, variables=variables) if found is None else found

    def _fail_as_told(self, name: str) -> None:
        if name in self._answers.failing:
            raise LookupFailedError(f"{name} fails as the answers say")


class EmptyWorld:
    """`voice.Lookups` without any data: every look-up fails."""

    def __getattr__(self, name: str) -> Any:
        def fail(*_args: object, **_kwargs: object) -> Any:
            raise LookupFailedError(f"{name}: there is no data to ask")

        return fail
