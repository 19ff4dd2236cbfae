"""From what an agent's part of a call is, and what he wants, to the order that is given. Pure."""

from apps.calls.engine.control import Control
from apps.calls.engine.control_order import ControlOrder, Destination

# What needs a number.
WITH_DESTINATION = frozenset({"transfer", "consult"})


def order_make(
    found: Control,
    operation: str,
    *,
    by: str,
    back: tuple[str, ...],
    room: str,
    party: str = "",
    destination: Destination | None = None,
) -> ControlOrder | None:
    """Return the order, None when the operation does not fit the call's state."""
    if operation not in found.operations:
        return None
    if operation == "drop":
        droppable = {one.uniqueid for one in found.parties if one.kind != "customer"}
        if party not in droppable:
            return None
    consulted = next((one for one in found.parties if one.uniqueid == found.consulted), None)
    is_ringing = consulted is None or consulted.state == "ringing"
    if operation == "complete" and is_ringing:
        # He has not answered yet: the customer is put through to him and waits himself.
        operation = "transfer"
        if found.is_room:
            return None
    return ControlOrder(
        operation=operation,
        agent=found.me,
        customer=found.customer,
        by=by,
        back=back,
        room=room,
        consulted=found.consulted,
        party=party if operation == "drop" else "",
        is_aside=found.is_aside,
        is_room=found.is_room,
        is_outside=consulted is not None and consulted.kind == "external",
        is_queued=not found.me and found.asked_kind == "queue",
        destination=destination,
    )
