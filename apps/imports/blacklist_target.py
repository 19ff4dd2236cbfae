"""The blacklist as a target: numbers, why, until when, and what happens to such callers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.phone_numbers import lookup_key
from apps.customers.engine.field_values import ValueRefusedError
from apps.customers.models import BlacklistAction, BlacklistEntry
from apps.customers.parsing import number_parse, refusal_text
from apps.imports.engine.fields import Field
from apps.imports.targets import Found, Kept, RowRefusedError
from apps.tenants.models import Tenant

_ACTIONS = {
    "拒接": "refuse",
    "拒绝": "refuse",
    "忙音": "busy",
    "播放语音": "message",
    "播放提示音后挂断": "message",
    "排在队尾": "queue",
}


class BlacklistTarget:
    """Numbers whose calls are not welcome."""

    key = "blacklist"
    label = gettext_lazy("Blacklist")

    def fields(self) -> list[Field]:
        """Return the fields."""
        return [
            Field(
                "number",
                _("Number"),
                ("号码", "电话", "电话号码", "手机", "手机号", "黑名单号码", "phone", "mobile"),
                is_required=True,
            ),
            Field(
                "reason",
                _("Reason"),
                ("原因", "理由", "拉黑原因", "备注", "why", "remark", "note"),
                is_required=True,
            ),
            Field(
                "expires_on",
                _("Expires on"),
                ("到期", "到期日期", "到期时间", "有效期", "有效期至", "expires", "until"),
                help_text=_("The last day; empty: for ever."),
            ),
            Field(
                "action",
                _("What happens"),
                ("处理方式", "动作", "方式", "action"),
                help_text=", ".join(str(label) for label in BlacklistAction.labels),
            ),
            Field("queue_number", _("Queue number"), ("队列", "队列号", "队列号码", "queue")),
        ]

    def open(self, *, tenant_id: int, actor: User | None) -> "BlacklistSession":
        """Begin to read and write rows. 1 query."""
        return BlacklistSession(Tenant.objects.get(pk=tenant_id))


class BlacklistSession:
    """One person's rows."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._zone = ZoneInfo(tenant.timezone)

    def parse(self, texts: Mapping[str, str]) -> BlacklistEntry:
        """Return an unsaved entry."""
        faults = {
            key: _("This is needed.") for key in ("number", "reason") if not texts.get(key, "")
        }
        row = BlacklistEntry(tenant_id=self._tenant.pk)
        self._fill(row, texts, faults)
        try:
            row.clean_fields(exclude={"tenant", "lookup", *faults})
            if not faults:
                row.clean()
        except ValidationError as error:
            for key, messages in error.message_dict.items():
                faults.setdefault(key, " ".join(messages))
        if faults:
            raise RowRefusedError(faults)
        row.lookup = lookup_key(row.number)
        return row

    def shown(self, row: BlacklistEntry) -> dict[str, str]:
        """Return the values as they would be kept."""
        until = row.expires_at.astimezone(self._zone).date().isoformat() if row.expires_at else ""
        return {
            "number": row.lookup,
            "reason": row.reason,
            "expires_on": until,
            "action": str(BlacklistAction(row.action).label),
            "queue_number": row.queue_number,
        }

    def keys(self, row: BlacklistEntry) -> Sequence[str]:
        """Return the number."""
        return (row.lookup,)

    def existing(self, keys: Iterable[str]) -> dict[str, Found]:
        """Return the entries by number; the blacklist is the whole company's. 1 query."""
        rows = BlacklistEntry.objects.filter(lookup__in=list(keys))
        return {lookup: Found(pk, is_mine=True) for lookup, pk in rows.values_list("lookup", "pk")}

    def create(self, rows: Sequence[BlacklistEntry]) -> list[Kept]:
        """Make entries. 1 query."""
        made = BlacklistEntry.objects.bulk_create(rows)
        return [_kept(row) for row in made]

    def change(self, object_id: int, texts: Mapping[str, str], *, only_empty: bool) -> Kept | None:
        """Write over an entry."""
        row = BlacklistEntry.objects.select_for_update(no_key=True).filter(pk=object_id).first()
        if row is None:
            raise RowRefusedError({"": _("It was removed in the meantime.")})
        before = _values(row)
        # Only the end can be empty; the number is what the entry was found by.
        names = {"expires_on"} if only_empty and row.expires_at is None else set(texts) - {"number"}
        if only_empty and row.expires_at is not None:
            return None
        faults: dict[str, str] = {}
        self._fill(row, {key: text for key, text in texts.items() if key in names}, faults)
        if faults:
            raise RowRefusedError(faults)
        if _values(row) == before:
            return None
        row.save()
        return _kept(row)

    def remove(self, made: Mapping[int, str]) -> int:
        """Remove untouched entries. 2 queries."""
        rows = BlacklistEntry.objects.select_for_update(no_key=True).filter(pk__in=list(made))
        untouched = [row.pk for row in rows if _kept(row).stamp == made[row.pk]]
        BlacklistEntry.objects.filter(pk__in=untouched).delete()
        return len(untouched)

    def _fill(self, row: BlacklistEntry, texts: Mapping[str, str], faults: dict[str, str]) -> None:
        for key in ("number", "reason", "queue_number"):
            if key in texts:
                setattr(row, key, texts[key])
        if "number" in texts:
            try:
                number_parse(row.number)
            except ValueRefusedError as error:
                faults["number"] = refusal_text(error)
        if "action" in texts:
            row.action = _action(texts["action"])
            if not row.action:
                faults["action"] = _("Not one of the choices: %(value)s") % {
                    "value": texts["action"][:60]
                }
        if "expires_on" in texts:
            try:
                last = _day(texts["expires_on"])
            except ValueError:
                faults["expires_on"] = _("Not a date. Write it as 2026-11-29.")
                return
            row.expires_at = datetime.combine(last, time.max, self._zone)
            if row.expires_at < timezone.now():
                faults["expires_on"] = _("This day is over.")


def _day(text: str) -> date:
    plain = text.split("T")[0].split(" ")[0]
    for mark in ("/", ".", "年", "月"):
        plain = plain.replace(mark, "-")
    year, month, day = plain.rstrip("日").split("-")
    return date(int(year), int(month), int(day))


def _action(text: str) -> str:
    if text in _ACTIONS:
        return _ACTIONS[text]
    for value, label in BlacklistAction.choices:
        if text.casefold() in (value, str(label).casefold()):
            return str(value)
    return ""


def _values(row: BlacklistEntry) -> tuple[Any, ...]:
    return row.action, row.queue_number, row.reason, row.expires_at


def _kept(row: BlacklistEntry) -> Kept:
    return Kept(row.pk, row.updated_at.isoformat())
