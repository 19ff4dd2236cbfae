"""Change the company's tree of dispositions: add, rename, move, retire. Nothing is deleted."""

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.acd.models import Queue
from apps.audit.services import audit_record
from apps.core.errors import HuawuError, NotFoundError
from apps.dispositions.errors import BadNameError, LoopError, NameTakenError, TooDeepError
from apps.dispositions.models import MAX_LEVELS, Disposition, DispositionPolicy
from apps.dispositions.selectors import (
    Node,
    disposition_get_for,
    disposition_may_change,
    disposition_nodes,
    queues_to_change,
)

MAX_NAME = 80
MAX_POSITION = 9_999


def disposition_add(
    *, user: User, name: str, parent_id: int | None = None, queue_id: int | None = None
) -> Disposition:
    """Add one at the end of its place. Raises NotFoundError for a place that is not his to change,

    and TooDeepError, NameTakenError, BadNameError.
    """
    assert user.tenant_id is not None  # noqa: S101 - the console's people are a company's
    nodes = disposition_nodes()
    parent, queue = _place(user, nodes, parent_id, queue_id)
    _fits(None, parent, {one.row.pk: one for one in nodes})
    last = max((one.row.position for one in nodes if one.row.parent_id == parent_id), default=0)
    row = Disposition(
        tenant_id=user.tenant_id,
        parent=parent.row if parent else None,
        queue=queue,
        name=_name(name),
        position=min(last + 10, MAX_POSITION),
    )
    _save(row, user, "add")
    return row


def disposition_change(
    *,
    user: User,
    pk: int,
    name: str,
    position: int,
    is_active: bool,
    parent_id: int | None,
    queue_id: int | None = None,
) -> Disposition:
    """Rename, move, order, retire or bring back. What was chosen for calls stays theirs.

    Raises NotFoundError, LoopError, TooDeepError, NameTakenError, BadNameError.
    """
    with transaction.atomic():
        # Two who move at once could hang two branches below each other, where no page shows them.
        list(Disposition.objects.select_for_update(no_key=True).order_by("pk"))
        row = disposition_get_for(user=user, pk=pk)
        nodes = disposition_nodes()
        parent, queue = _place(user, nodes, parent_id, queue_id)
        _fits(row.pk, parent, {one.row.pk: one for one in nodes})
        row.parent, row.queue = (parent.row if parent else None), queue
        row.name, row.is_active = _name(name), is_active
        row.position = max(0, min(position, MAX_POSITION))
        _save(row, user, "change")
    return row


def queue_policy_set(*, user: User, queue_id: int, is_required: bool) -> None:
    """Say whether a queue requires dispositions. Raises NotFoundError for another's queue."""
    queue = next((one for one in queues_to_change(user=user) if one.pk == queue_id), None)
    if queue is None:
        raise NotFoundError(f"queue {queue_id}")
    with transaction.atomic():
        DispositionPolicy.objects.update_or_create(
            queue=queue, defaults={"tenant_id": queue.tenant_id, "is_required": is_required}
        )
        _audit(user, "policy", queue.pk, {"queue": queue.number, "is_required": is_required})


def _place(
    user: User, nodes: list[Node], parent_id: int | None, queue_id: int | None
) -> tuple[Node | None, Queue | None]:
    if parent_id is not None:
        parent = next((one for one in nodes if one.row.pk == parent_id), None)
        if parent is None or not disposition_may_change(user=user, queue=parent.root.queue):
            raise NotFoundError(f"disposition {parent_id}")
        return parent, None
    queue = Queue.objects.filter(pk=queue_id).first() if queue_id is not None else None
    if (queue_id is not None and queue is None) or not disposition_may_change(
        user=user, queue=queue
    ):
        raise NotFoundError(f"queue {queue_id}")
    return None, queue


def fits_problem(pk: int | None, parent: Disposition | None) -> HuawuError | None:
    """Return why a disposition (None: a new one) cannot lie below `parent`, None when it can."""
    by_pk = {one.row.pk: one for one in disposition_nodes()}
    try:
        _fits(pk, by_pk[parent.pk] if parent else None, by_pk)
    except (LoopError, TooDeepError) as error:
        return error
    return None


def _fits(pk: int | None, parent: Node | None, by_pk: dict[int, Node]) -> None:
    above = parent
    while above is not None:
        if above.row.pk == pk:
            raise LoopError(str(pk))
        above = by_pk.get(above.row.parent_id or 0)
    depth = _depth_below(by_pk[pk], by_pk) if pk is not None else 0
    if (parent.level + 1 if parent else 0) + depth >= MAX_LEVELS:
        raise TooDeepError(str(pk))


def _depth_below(own: Node, by_pk: dict[int, Node]) -> int:
    below = [one for one in by_pk.values() if one.path.startswith(f"{own.path} / ")]
    same_tree = [one for one in below if one.root.pk == own.root.pk]
    return max((one.level - own.level for one in same_tree), default=0)


def _name(text: str) -> str:
    # The slash stands between the levels of a path.
    name = " ".join(text.replace("/", "／").split())
    if not 0 < len(name) <= MAX_NAME:
        raise BadNameError(str(len(name)))
    return name


def _save(row: Disposition, user: User, action: str) -> None:
    try:
        with transaction.atomic():
            row.save()
            _audit(
                user,
                action,
                row.pk,
                {"name": row.name, "parent": row.parent_id, "is_active": row.is_active},
            )
    except IntegrityError as error:
        raise NameTakenError(row.name) from error


def _audit(user: User, action: str, pk: int, detail: dict[str, object]) -> None:
    assert user.tenant_id is not None  # noqa: S101 - as above
    audit_record(
        actor=user,
        tenant_id=user.tenant_id,
        action=f"disposition.{action}",
        object_type="disposition",
        object_id=pk,
        detail=detail,
    )
