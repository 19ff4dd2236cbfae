"""Files of work orders: taken by their content, kept under random names, given out by sight."""

import uuid
from pathlib import Path, PurePath
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.workorders.access import is_manager
from apps.workorders.engine.file_kinds import HEAD_BYTES, content_type_of
from apps.workorders.engine.state import WITH_SUBMITTER
from apps.workorders.errors import ActRefusedError, FileRefusedError, TooManyFilesError
from apps.workorders.models import Order, OrderAttachment
from apps.workorders.people import CompanyPeople
from apps.workorders.selectors import work_order_list_for
from apps.workorders.services import lock, state_of
from apps.workorders.versions import plan_of

MOST_BYTES = 20 * 1024 * 1024
MOST_FILES = 50


def attachments_folder() -> Path:
    """Return the folder of all companies' files."""
    return Path(settings.HUAWU_DATA_DIR) / "work_orders"


def work_order_attach(
    *, user: User, order: Order, file: IO[bytes], name: str, step: str = ""
) -> OrderAttachment:
    """Keep a file of an order that the person sees.

    May: the submitter of a draft, who may act on a step that takes files, a manager. Raises
    ActRefusedError, FileRefusedError, TooManyFilesError.
    """
    head = file.read(HEAD_BYTES)
    content_type = content_type_of(head)
    if content_type is None or not head:
        raise FileRefusedError(name[:100])
    path = f"{order.tenant_id}/{order.pk}/{uuid.uuid4().hex}"
    whole = attachments_folder() / path
    whole.parent.mkdir(parents=True, exist_ok=True)
    try:
        size = _written(whole, head, file)
        with transaction.atomic():
            locked = lock(order.pk)
            step_key = _place(user, locked, step)
            if locked.attachments.count() >= MOST_FILES:
                raise TooManyFilesError(locked.number)
            row: OrderAttachment = OrderAttachment.objects.create(
                tenant_id=locked.tenant_id,
                order=locked,
                step_key=step_key,
                name=_safe_name(name),
                path=path,
                content_type=content_type,
                size_bytes=size,
                uploaded_by=user,
            )
            audit_record(
                actor=user,
                tenant_id=locked.tenant_id,
                action="work_order.attach",
                object_type="work_order",
                object_id=locked.pk,
                detail={"attachment": row.pk, "size": size},
            )
    except BaseException:
        whole.unlink(missing_ok=True)
        raise
    return row


def _written(path: Path, head: bytes, file: IO[bytes]) -> int:
    size = len(head)
    with path.open("wb") as target:
        target.write(head)
        while chunk := file.read(1 << 16):
            size += len(chunk)
            if size > MOST_BYTES:
                raise FileRefusedError("too big")
            target.write(chunk)
    return size


def _place(user: User, order: Order, step: str) -> str:
    """Return the step that the file belongs to, '' for the order's own."""
    if order.is_ended:
        raise ActRefusedError("ended")
    plan = plan_of(order.version)
    state = state_of(order, plan)
    if state.status in WITH_SUBMITTER and user.pk == state.submitter:
        return ""
    people = CompanyPeople(order.tenant_id, timezone.now())
    for run in state.active:
        if step not in ("", run.key) or not plan.flow.people_steps[run.key].may_attach:
            continue
        for seat in run.open_seats:
            if seat.person == user.pk or people.stands_in(user.pk, seat.person):
                return run.key
    if user.pk == state.submitter or is_manager(user, order):
        return ""
    raise ActRefusedError("not_yours")


def _safe_name(name: str) -> str:
    # Only what people see and a browser saves as; the path on disk is ours.
    plain = "".join(sign for sign in PurePath(name.replace("\\", "/")).name if sign.isprintable())
    return plain[-200:] or "file"


def attachment_get_for(*, user: User, pk: int) -> OrderAttachment:
    """Return a file of an order that the person may see; NotFoundError otherwise. 2 queries."""
    found: OrderAttachment | None = (
        OrderAttachment.objects.filter(
            pk=pk, order__in=work_order_list_for(user=user).order_by().values("pk")
        )
        .select_related("order")
        .first()
    )
    if found is None:
        raise NotFoundError(f"attachment {pk}")
    return found


def attachment_path(row: OrderAttachment) -> Path:
    """Return where the file lies."""
    return attachments_folder() / row.path


def attachment_remove(*, user: User, attachment: OrderAttachment) -> None:
    """Take back one's own file while the order is a draft, or as a manager; the file goes too."""
    with transaction.atomic():
        order = lock(attachment.order_id)
        is_own_draft = attachment.uploaded_by_id == user.pk and order.state in ("draft", "returned")
        if not is_own_draft and not is_manager(user, order):
            raise ForbiddenError(user.username)
        path = attachment_path(attachment)
        attachment.delete()
        audit_record(
            actor=user,
            tenant_id=order.tenant_id,
            action="work_order.detach",
            object_type="work_order",
            object_id=order.pk,
            detail={"attachment": attachment.pk},
        )
        transaction.on_commit(lambda: path.unlink(missing_ok=True), robust=True)
