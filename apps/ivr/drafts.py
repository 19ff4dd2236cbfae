"""Make, save, rename, copy and delete flows; which of it goes where calls see it is `services`."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.selectors import audit_of
from apps.audit.services import audit_record
from apps.core.errors import HuawuError, NotFoundError
from apps.ivr.flow_uses import flow_uses
from apps.ivr.models import Flow

# Far above what 500 nodes need; the whole document is read into memory more than once.
MOST_BYTES = 1_000_000
NAME_LENGTH = 60
# A condition in a case in a branch is at nine; writers of JSON give up far above.
MOST_LEVELS = 30
# As JSON writes it; two backslashes before it are a text that only looks like it.
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class FlowNameError(HuawuError):
    """The name is empty, too long or taken."""

    code = "ivr.flow_name"
    status = 422
    text = _("Give the flow a name of at most 60 characters that no other flow has.")


class FlowTooLargeError(HuawuError):
    """The document is larger than any flow needs."""

    code = "ivr.flow_too_large"
    status = 413
    text = _("This flow is too large to be kept.")


class FlowUnstorableError(HuawuError):
    """The document holds what PostgreSQL's JSON cannot: NUL, half a surrogate pair, infinity."""

    code = "ivr.flow_unstorable"
    status = 422
    text = _("This flow holds characters or numbers that cannot be kept.")


class FlowInUseError(HuawuError):
    """A number or another flow still leads here."""

    code = "ivr.flow_in_use"
    status = 409
    text = _("A number or another flow still uses this flow.")


class DraftChangedError(HuawuError):
    """Somebody else saved the draft meanwhile."""

    code = "ivr.draft_changed"
    status = 409
    text = _("Somebody else has saved this flow meanwhile.")


@dataclass(frozen=True)
class DraftSave:
    """Who saved a draft last, and when; '' when nobody is known."""

    who: str
    at: datetime | None


def flow_get(pk: int) -> Flow:
    """Return a flow of the company in scope. Raises NotFoundError. 1 query."""
    found: Flow | None = Flow.objects.filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"flow {pk}")
    return found


def draft_token(document: dict[str, Any]) -> str:
    """Return what a page gives back to say which draft it began with."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def draft_last_save(flow: Flow) -> DraftSave:
    """Return who saved the draft last. 1 query."""
    entry = audit_of(object_type="flow", object_id=flow.pk, action="flow.draft_save").first()
    if entry is None:
        return DraftSave("", None)
    return DraftSave(entry.actor.display_name if entry.actor else "", entry.at)


def flow_create(*, tenant_id: int, name: str, document: dict[str, Any], actor: User) -> Flow:
    """Make a flow with this draft, published later.

    Raises FlowNameError, FlowTooLargeError, FlowUnstorableError.
    """
    name = _name(tenant_id, name)
    with _name_kept(name), transaction.atomic():
        draft = draft_storable({**document, "name": name})
        flow: Flow = Flow.objects.create(tenant_id=tenant_id, name=name, draft=draft)
        _audit(flow, actor, "flow.create", name=name)
    return flow


def flow_copy(*, flow: Flow, name: str, actor: User) -> Flow:
    """Make another flow of the draft; versions and numbers stay. Raises FlowNameError."""
    return flow_create(tenant_id=flow.tenant_id, name=name, document=flow.draft, actor=actor)


def flow_draft_save(*, flow: Flow, document: dict[str, Any], token: str | None, actor: User) -> str:
    """Keep the draft, however unfinished; return its token.

    `token` is that of the draft which the page began with, None overwrites whatever is there.
    Locks the row. Raises DraftChangedError, FlowTooLargeError, FlowUnstorableError.
    """
    draft = draft_storable({**document, "name": flow.name})
    with transaction.atomic():
        locked = Flow.objects.select_for_update(no_key=True).get(pk=flow.pk)
        if token is not None and token != draft_token(locked.draft):
            raise DraftChangedError(flow.name)
        if locked.draft != draft:
            locked.draft = draft
            locked.save(update_fields=["draft", "updated_at"])
            _audit(flow, actor, "flow.draft_save", nodes=len(draft.get("nodes", ())))
    flow.draft = draft
    return draft_token(draft)


def flow_rename(*, flow: Flow, name: str, actor: User) -> None:
    """Rename; refused while other flows enter it by its name.

    Raises FlowNameError, FlowInUseError.
    """
    name = _name(flow.tenant_id, name, but=flow)
    if name == flow.name:
        return
    if flow_uses(flow).flows:
        raise FlowInUseError(flow.name)
    with _name_kept(name), transaction.atomic():
        before = flow.name
        locked = Flow.objects.select_for_update(no_key=True).get(pk=flow.pk)
        locked.name, locked.draft = name, {**locked.draft, "name": name}
        locked.save(update_fields=["name", "draft", "updated_at"])
        _audit(flow, actor, "flow.rename", before=before, after=name)
    flow.name, flow.draft = locked.name, locked.draft


def flow_delete(*, flow: Flow, actor: User) -> None:
    """Remove the flow with its versions; only when nothing leads to it. Raises FlowInUseError."""
    with transaction.atomic():
        locked = Flow.objects.select_for_update(no_key=True).get(pk=flow.pk)
        uses = flow_uses(locked)
        if uses.numbers or uses.flows:
            raise FlowInUseError(flow.name)
        _audit(flow, actor, "flow.delete", name=flow.name)
        locked.versions.all().delete()
        try:
            locked.delete()
        except ProtectedError as error:  # a number was given it at this moment
            raise FlowInUseError(flow.name) from error


@contextmanager
def _name_kept(name: str) -> Iterator[None]:
    """Say of a name that somebody else has taken at the same moment what `_name` would."""
    try:
        yield
    except IntegrityError as error:
        raise FlowNameError(name) from error


def _name(tenant_id: int, name: str, but: Flow | None = None) -> str:
    name = name.strip()
    taken = Flow.objects.filter(tenant_id=tenant_id, name=name)
    if but is not None:
        taken = taken.exclude(pk=but.pk)
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable() or taken.exists():
        raise FlowNameError(name)
    return name


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inner)


def draft_storable(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as it may be kept. Raises FlowUnstorableError, FlowTooLargeError."""
    if _is_deeper(document, MOST_LEVELS):
        raise FlowUnstorableError("nested too deeply")
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except ValueError as error:  # half a surrogate pair, 1e999
        raise FlowUnstorableError(str(error)) from error
    if NUL.search(text):
        raise FlowUnstorableError("NUL")
    if size > MOST_BYTES:
        raise FlowTooLargeError(str(size))
    return document


def _audit(flow: Flow, actor: User, action: str, **detail: Any) -> None:
    audit_record(
        actor=actor,
        tenant_id=flow.tenant_id,
        action=action,
        object_type="flow",
        object_id=flow.pk,
        detail=detail,
    )
