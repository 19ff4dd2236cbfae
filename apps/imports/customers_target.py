"""Customers as a target: their own fields, numbers, addresses, tags and the company's fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import ManyToOneRel
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.customers.engine.field_values import value_text
from apps.customers.errors import CustomerRefusedError
from apps.customers.models import Customer, CustomerChange, CustomerEmail, CustomerNumber
from apps.customers.parsing import ParsedCustomer, customer_parse
from apps.customers.selectors import customer_list_for
from apps.customers.services import customer_texts, customer_write, customers_create
from apps.customers.vocabulary import FieldSpec, customer_fields, exchange_fields, vocabulary
from apps.imports.engine.fields import SEPARATOR, Field
from apps.imports.targets import Found, Kept, RowRefusedError

LISTS = frozenset({"numbers", "emails", "tags"})
ACCOUNT, NUMBER, EMAIL = "a:", "n:", "e:"
# What people call the columns; the fields' own names in both languages come on top.
_NAMES: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "客户姓名", "客户名称", "名称", "名字", "公司名称",
             "full name", "customer name", "company"),
    "contact_name": ("联系人", "联系人姓名", "contact"),
    "numbers": ("电话", "手机", "手机号", "手机号码", "电话号码", "联系电话", "号码", "座机",
                "固话", "phone", "mobile", "telephone", "tel", "phone number", "mobile number",
                "cell"),
    "emails": ("邮箱", "电子邮箱", "邮件", "电子邮件", "email", "e-mail", "mail"),
    "level": ("级别", "等级", "客户级别", "客户等级", "level", "grade"),
    "type": ("类型", "客户类型", "分类", "type", "category"),
    "source": ("来源", "客户来源", "渠道", "source", "channel"),
    "owner": ("负责人", "归属人", "所属坐席", "归属坐席", "跟进人", "工号", "owner", "agent"),
    "tags": ("标签", "客户标签", "tags", "labels"),
    "gender": ("性别", "gender", "sex"),
    "born_on": ("生日", "出生日期", "出生年月", "birthday", "date of birth", "birth date"),
    "province": ("省份", "省", "所在省", "province", "state"),
    "city": ("城市", "市", "所在城市", "city", "town"),
    "address": ("地址", "联系地址", "详细地址", "住址", "address", "street"),
    "account_number": ("账号", "客户编号", "会员号", "卡号", "账户", "customer number", "account",
                       "account no", "customer id"),
    "balance": ("余额", "账户余额", "balance"),
    "note": ("备注", "说明", "描述", "note", "notes", "remark", "remarks", "comment", "comments"),
}  # fmt: skip


class CustomersTarget:
    """The company's customers."""

    key = "customers"
    label = gettext_lazy("Customers")

    def fields(self) -> list[Field]:
        """Return the fields of import and export. 5 queries."""
        words = vocabulary()
        both = {spec.name: [] for spec in exchange_fields(words)}  # type: dict[str, list[str]]
        for language in ("zh-hans", "en"):
            with translation.override(language):
                for spec in customer_fields(words):
                    both.get(spec.name, []).append(str(spec.label))
        return [_field(spec, both[spec.name]) for spec in exchange_fields(words)]

    def open(self, *, tenant_id: int, actor: User | None) -> "CustomersSession":
        """Begin to read and write rows. 5 queries."""
        return CustomersSession(tenant_id, actor)


def _field(spec: FieldSpec, labels: Iterable[str]) -> Field:
    return Field(
        spec.name,
        str(spec.label),
        (*labels, *_NAMES.get(spec.name, ())),
        is_required=spec.is_required,
        is_many=spec.name in LISTS or spec.kind == "choices",
        help_text=str(spec.help_text),
    )


class CustomersSession:
    """One person's rows of customers; the company's words were read once."""

    def __init__(self, tenant_id: int, actor: User | None) -> None:
        self._tenant_id, self._actor = tenant_id, actor
        self._words = vocabulary()
        # Of the last look-up: who was found, and of them who was read together.
        self._found: set[int] = set()
        self._read: dict[int, Customer] = {}

    def parse(self, texts: Mapping[str, str]) -> ParsedCustomer:
        """Return a new customer's values."""
        return self._parsed(texts, is_new=True)

    def shown(self, row: ParsedCustomer) -> dict[str, str]:
        """Return the values as they would be kept."""
        shown = {
            ("type" if key == "kind" else key): _text(value) for key, value in row.columns.items()
        }
        shown |= {f"custom.{key}": _text(value) for key, value in row.custom.items()}
        shown["numbers"] = SEPARATOR.join(one.lookup for one in row.numbers or ())
        shown["emails"] = SEPARATOR.join(row.emails or ())
        shown["tags"] = SEPARATOR.join(row.tags or ())
        for key, words in (
            ("level", self._words.levels),
            ("type", self._words.types),
            ("source", self._words.sources),
        ):
            if shown.get(key) in words:
                shown[key] = words[shown[key]].name
        return shown

    def keys(self, row: ParsedCustomer) -> Sequence[str]:
        """Return account number, numbers, addresses: the surest first. Never the name."""
        account = row.columns.get("account_number", "")
        return [
            *([f"{ACCOUNT}{account}"] if account else []),
            *(f"{NUMBER}{one.lookup}" for one in row.numbers or ()),
            *(f"{EMAIL}{one.lower()}" for one in row.emails or ()),
        ]

    def existing(self, keys: Iterable[str]) -> dict[str, Found]:
        """Return active customers by account number, number and address. 4 queries."""
        keys = list(keys)
        by_kind = {
            kind: [key[2:] for key in keys if key.startswith(kind)]
            for kind in (ACCOUNT, NUMBER, EMAIL)
        }
        active = {"customer__state": "active"}
        rows = [
            # Not empty, in so many words: PostgreSQL proves it of a list of 100 at most, and
            # without the proof it reads the whole table instead of `customer_account_unique`.
            (ACCOUNT, Customer.objects.filter(
                state="active", account_number__in=by_kind[ACCOUNT]
            ).exclude(account_number="").values_list("account_number", "pk")),
            (NUMBER, CustomerNumber.objects.filter(lookup__in=by_kind[NUMBER], **active)
             .order_by("-is_primary", "pk").values_list("lookup", "customer_id")),
            (EMAIL, CustomerEmail.objects.filter(lookup__in=by_kind[EMAIL], **active)
             .order_by("-is_primary", "pk").values_list("lookup", "customer_id")),
        ]  # fmt: skip
        found: dict[str, int] = {}
        for kind, pairs in rows:
            if by_kind[kind]:
                for text, pk in pairs:
                    found.setdefault(f"{kind}{text}", pk)
        self._found, self._read = set(found.values()), {}
        mine = self._mine(self._found)
        return {key: Found(pk, is_mine=pk in mine) for key, pk in found.items()}

    def create(self, rows: Sequence[ParsedCustomer]) -> list[Kept]:
        """Make customers. 6 queries."""
        try:
            made = customers_create(
                tenant_id=self._tenant_id, rows=rows, actor=self._actor, words=self._words
            )
        except CustomerRefusedError as error:
            raise RowRefusedError(error.fields) from error
        return [_kept(row) for row in made]

    def change(self, object_id: int, texts: Mapping[str, str], *, only_empty: bool) -> Kept | None:
        """Write a row over a customer; numbers, addresses and tags are added.

        About 20 queries; none when the row says nothing new, but for 4 of a whole chunk.
        """
        customer = self._customer(object_id)
        if customer is None:
            raise RowRefusedError({"": _("It was removed in the meantime.")})
        before = customer_texts(customer)
        wanted = {("type" if name == "kind" else name): value for name, value in before.items()}
        values: dict[str, str] = {}
        for name, text in texts.items():
            there = wanted.get(name, "")
            if name in LISTS:
                values[name] = SEPARATOR.join(part for part in (there, text) if part)
            elif not (only_empty and there):
                values[name] = text
        parsed = self._parsed(values, is_new=False)
        if _says_nothing_new(parsed, before):
            return None
        try:
            written = customer_write(
                customer=customer, parsed=parsed, actor=self._actor, words=self._words
            )
        except CustomerRefusedError as error:
            raise RowRefusedError(error.fields) from error
        except NotFoundError:
            raise RowRefusedError({"": _("It was removed in the meantime.")}) from None
        return _kept(written) if customer_texts(written) != before else None

    def remove(self, made: Mapping[int, str]) -> int:
        """Remove untouched customers for good, with their numbers. A row anything else names stays.

        A few queries for each relation, whatever the number of rows.
        """
        rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=list(made))
        untouched = {row.pk for row in rows if _kept(row).stamp == made[row.pk]}
        for relation in Customer._meta.get_fields(include_hidden=True):
            if not isinstance(relation, ManyToOneRel):
                continue
            model, name = relation.related_model, relation.field.name
            if model in (CustomerNumber, CustomerEmail):
                continue
            others = model._base_manager.filter(**{f"{name}__in": untouched})
            if model is CustomerChange:
                others = others.exclude(what="created")
            untouched -= set(others.values_list(f"{name}_id", flat=True))
        Customer.objects.filter(pk__in=untouched).delete()
        return len(untouched)

    def _parsed(self, texts: Mapping[str, str], *, is_new: bool) -> ParsedCustomer:
        try:
            return customer_parse(texts, words=self._words, is_new=is_new)
        except CustomerRefusedError as error:
            raise RowRefusedError(error.fields) from error

    def _customer(self, pk: int) -> Customer | None:
        """Return a customer as he was at the look-up; at the second time as he is now."""
        if pk in self._found:
            rows = Customer.objects.filter(pk__in=self._found).select_related("owner")
            self._read = {row.pk: row for row in rows.prefetch_related("numbers", "emails")}
            self._found = set()
        read = self._read.pop(pk, None)
        return read or Customer.objects.filter(pk=pk).first()

    def _mine(self, ids: set[int]) -> set[int]:
        """Return those that the person may see, and so change. 1 query; none without any."""
        if not ids or self._actor is None:
            return set()
        rows = customer_list_for(user=self._actor).filter(pk__in=ids).order_by()
        return set(rows.values_list("pk", flat=True))


def _says_nothing_new(parsed: ParsedCustomer, before: Mapping[str, str]) -> bool:
    """Say whether writing would surely change nothing; in doubt it would."""
    now = {name: value_text(value) for name, value in parsed.columns.items() if name != "owner"}
    now |= {f"custom.{key}": value_text(value) for key, value in parsed.custom.items()}
    if "owner" in parsed.columns:
        now["owner"] = parsed.columns["owner"].number if parsed.columns["owner"] else ""
    if parsed.numbers is not None:
        now["numbers"] = SEPARATOR.join(one.as_typed for one in parsed.numbers)
    if parsed.emails is not None:
        now["emails"] = SEPARATOR.join(parsed.emails)
    if parsed.tags is not None:
        now["tags"] = SEPARATOR.join(parsed.tags)
    return all(before.get(name, "") == text for name, text in now.items())


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return SEPARATOR.join(str(one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _kept(row: Customer) -> Kept:
    return Kept(row.pk, row.updated_at.isoformat())
