"""The company's tree of categories: read it, add, rename, move, order, archive."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.knowledge.engine.clean import clean_text
from apps.knowledge.errors import InvalidArticleError, NameTakenError, PlaceError
from apps.knowledge.models import Category
from apps.knowledge.selectors import may_manage

MAX_LEVELS = 4
MAX_NAME = 80
MAX_POSITION = 9_999


@dataclass(frozen=True)
class Node:
    """A category with its place in the tree; `path` names it from the top."""

    row: Category
    level: int
    path: str
    is_archived: bool


def category_nodes() -> list[Node]:
    """Return the whole tree, each category before those below it. 1 query.

    A category below an archived one is archived too.
    """
    below: dict[int | None, list[Category]] = {}
    for row in Category.objects.order_by("position", "pk"):
        below.setdefault(row.parent_id, []).append(row)
    found: list[Node] = []

    def walk(parent: Node | None) -> None:
        for row in below.get(parent.row.pk if parent else None, []):
            node = Node(
                row,
                parent.level + 1 if parent else 0,
                f"{parent.path} / {row.name}" if parent else row.name,
                row.is_archived or (parent is not None and parent.is_archived),
            )
            found.append(node)
            walk(node)

    walk(None)
    return found


def category_and_below(pk: int) -> set[int]:
    """Return a category and all below it. 1 query."""
    children: dict[int | None, list[int]] = {}
    for key, parent in Category.objects.values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(key)
    found, waiting = set(), [pk]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting.extend(children.get(at, []))
    return found


def category_add(*, user: User, name: str, parent_id: int | None = None) -> Category:
    """Add one at the end of its place.

    Raises ForbiddenError, NotFoundError, InvalidArticleError, NameTakenError, PlaceError.
    """
    _need_manager(user)
    by_pk = {node.row.pk: node for node in category_nodes()}
    parent = _parent(by_pk, parent_id)
    if parent is not None and parent.level + 1 >= MAX_LEVELS:
        raise PlaceError(str(parent_id))
    last = max(
        (node.row.position for node in by_pk.values() if node.row.parent_id == parent_id), default=0
    )
    assert user.tenant_id is not None  # noqa: S101 - a manager is a company's
    row = Category(
        tenant_id=user.tenant_id,
        name=_name(name),
        parent_id=parent_id,
        position=min(last + 10, MAX_POSITION),
    )
    _save(row, user, "add")
    return row


def category_change(
    *, user: User, pk: int, name: str, parent_id: int | None, position: int, is_archived: bool
) -> Category:
    """Rename, move, order, archive or bring back; its articles stay what they are.

    Raises as `category_add`.
    """
    _need_manager(user)
    with transaction.atomic():
        # Two who move at once could hang two branches below each other, where no page shows them.
        list(Category.objects.select_for_update(no_key=True).order_by("pk"))
        by_pk = {node.row.pk: node for node in category_nodes()}
        if pk not in by_pk:
            raise NotFoundError(f"category {pk}")
        parent = _parent(by_pk, parent_id)
        below = category_and_below(pk)
        if parent_id in below:
            raise PlaceError(str(pk))
        depth = max(by_pk[key].level for key in below) - by_pk[pk].level
        if (parent.level + 1 if parent else 0) + depth >= MAX_LEVELS:
            raise PlaceError(str(pk))
        row = by_pk[pk].row
        row.name, row.parent_id = _name(name), parent_id
        row.position = max(0, min(position, MAX_POSITION))
        row.is_archived = is_archived
        _save(row, user, "change")
    return row


def _parent(by_pk: Mapping[int, Node], parent_id: int | None) -> Node | None:
    if parent_id is None:
        return None
    if parent_id not in by_pk:
        raise NotFoundError(f"category {parent_id}")
    return by_pk[parent_id]


def _name(text: str) -> str:
    # The slash stands between the levels of a path.
    name = clean_text(text.replace("/", "／"))
    if not 0 < len(name) <= MAX_NAME:
        raise InvalidArticleError(str(len(name)))
    return name


def _need_manager(user: User) -> None:
    if not may_manage(user):
        raise ForbiddenError(user.username)


def _save(row: Category, user: User, action: str) -> None:
    try:
        with transaction.atomic():
            row.save()
            audit_record(
                actor=user,
                tenant_id=row.tenant_id,
                action=f"knowledge.category_{action}",
                object_type="knowledge_category",
                object_id=row.pk,
                detail={
                    "name": row.name,
                    "parent": row.parent_id,
                    "position": row.position,
                    "is_archived": row.is_archived,
                },
            )
    except IntegrityError as error:
        raise NameTakenError(row.name) from error
