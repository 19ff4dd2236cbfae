"""Tell whom an order concerns, with how much waits for each."""

from collections import defaultdict
from collections.abc import Iterable

from django.utils import timezone

from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.workorders.choices import OrderState
from apps.workorders.engine.state import State
from apps.workorders.models import Order, OrderSeat
from apps.workorders.people import absences_now


def tell(order: Order, *, before: State | None, after: State, kind: str = "order.changed") -> None:
    """Tell who had or has something to do, their stand-ins and the creator. Last in a transaction.

    3 queries and one for each person told.
    """
    people = {order.creator_id, *after.may_act}
    if before is not None:
        people |= before.may_act
    tell_people(order, people, after.may_act, kind=kind)


def tell_people(
    order: Order, people: Iterable[int], may_act: Iterable[int], *, kind: str = "order.changed"
) -> None:
    """Send one event to each of the people and the stand-ins of those who are away."""
    people, acting = set(people), set(may_act)
    for absence in absences_now(timezone.now()).filter(person__in=people):
        people.add(absence.stand_in_id)
        if absence.person_id in acting:
            acting.add(absence.stand_in_id)
    counts = todo_counts(people)
    is_live = order.state != OrderState.DRAFT
    publish_on_commit(
        StreamEvent(
            stream=user_stream(pk),
            kind=kind,
            tenant_id=order.tenant_id,
            data={
                "id": order.pk,
                "number": order.number,
                "title": order.title,
                "state": str(order.state),
                "due_at": order.due_at.isoformat(timespec="milliseconds") if order.due_at else None,
                "is_mine": pk in acting and is_live,
                "todo_count": counts.get(pk, 0),
            },
        )
        for pk in sorted(people)
    )


def todo_counts(people: Iterable[int]) -> dict[int, int]:
    """Return how many orders wait for each person, his own and as a stand-in. 3 queries.

    What waits: a step that he may act on, or an order that came back to him.
    """
    people = set(people)
    stands_for: dict[int, set[int]] = defaultdict(set)
    for absence in absences_now(timezone.now()).filter(stand_in__in=people):
        stands_for[absence.person_id].add(absence.stand_in_id)
    found: dict[int, set[int]] = defaultdict(set)
    asked = people | set(stands_for)
    seats = OrderSeat.objects.filter(is_open=True, person__in=asked)
    back = Order.objects.filter(state=OrderState.RETURNED, creator__in=asked)
    for person, order in (
        *seats.values_list("person_id", "order_id"),
        *back.values_list("creator_id", "pk"),
    ):
        if person in people:
            found[person].add(order)
        for other in stands_for.get(person, ()):
            found[other].add(order)
    return {person: len(orders) for person, orders in found.items()}
