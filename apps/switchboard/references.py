"""Numbers by what they belong to: who may see the object may dial its number, seen or not."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.accounts.models import User
from apps.accounts.selectors import agent_active_list
from apps.acd.call_backs import call_back_get_for
from apps.acd.selectors import queue_boxes_for
from apps.calls.cards import other_number
from apps.calls.selectors import call_get_for
from apps.core.errors import NotFoundError
from apps.customers.selectors import customer_number_get_for
from apps.missed.selectors import missed_get_for
from apps.tasks.selectors import task_get_for
from apps.voicemail.selectors import voicemail_get_for


@dataclass(frozen=True)
class Referred:
    """A number, and the queue for which it would be called ('' for none)."""

    number: str
    queue_number: str = ""


def reference_number(*, user: User, reference: str) -> Referred:
    """Return the number of `<kind>:<id>`; NotFoundError when the person may not see the object."""
    kind, _, key = reference.partition(":")
    read = KINDS.get(kind)
    # Twelve digits fit every key of ours; more would be an error of the database's.
    if read is None or not (key.isascii() and key.isdecimal() and len(key) <= 12):
        raise NotFoundError(reference[:40])
    found = read(user, int(key))
    if not found.number:
        raise NotFoundError(reference[:40])
    return found


def _call(user: User, pk: int) -> Referred:
    call = call_get_for(user=user, pk=pk)
    return Referred(other_number(call), call.queue_number)


def _customer_number(user: User, pk: int) -> Referred:
    return Referred(customer_number_get_for(user=user, pk=pk).as_typed)


def _voicemail(user: User, pk: int) -> Referred:
    message = voicemail_get_for(user=user, pk=pk, boxes=queue_boxes_for(user))
    # Of an agent's own box no queue is the context; its number is then no queue's.
    return Referred(message.caller, message.box.partition("-")[2])


def _call_back(user: User, pk: int) -> Referred:
    found = call_back_get_for(user=user, pk=pk)
    return Referred(found.as_dialled, found.queue.number)


def _task(user: User, pk: int) -> Referred:
    task = task_get_for(user=user, pk=pk)
    return Referred(task.number, task.queue_number)


def _missed(user: User, pk: int) -> Referred:
    missed = missed_get_for(user=user, pk=pk)
    return Referred(missed.call.caller, missed.call.queue_number)


def _agent(user: User, pk: int) -> Referred:
    agent = agent_active_list().filter(pk=pk, tenant=user.tenant).first()
    return Referred(agent.number if agent else "")


KINDS: dict[str, Callable[[User, int], Referred]] = {
    "call": _call,
    "customer-number": _customer_number,
    "voicemail": _voicemail,
    "call-back": _call_back,
    "task": _task,
    "missed": _missed,
    "agent": _agent,
}
