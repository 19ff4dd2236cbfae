"""What customers can be asked for by, on pages and over the API alike."""

from datetime import date, datetime, timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, User
from apps.core.days import midnight
from apps.customers.figures import NONE
from apps.customers.models import Customer
from apps.customers.selectors import customer_search, customer_tagged, customer_untagged

BLANK = _("All")
MOST_TAGS = 20


class CustomerFilter(django_filters.FilterSet):
    """Search, and every dimension of the figures; `-` is who has none."""

    q = django_filters.CharFilter(
        method="by_words",
        label=_("Search"),
        help_text=_("Name, pinyin, part of a number, e-mail, searchable fields."),
    )
    level = django_filters.CharFilter(method="by_column", label=_("Level"))
    type = django_filters.CharFilter(method="by_column", label=_("Type"))
    source = django_filters.CharFilter(method="by_column", label=_("Source"))
    owner = django_filters.CharFilter(method="by_owner", label=_("Owner agent"))
    tag = django_filters.CharFilter(method="by_tag", label=_("Tag"))
    province = django_filters.CharFilter(method="by_column", label=_("Province"))
    city = django_filters.CharFilter(method="by_column", label=_("City"))
    month = django_filters.CharFilter(
        method="by_month", label=_("Month of creation"), help_text="2026-11"
    )
    since = django_filters.DateFilter(method="by_since", label=_("From day"))
    until = django_filters.DateFilter(method="by_until", label=_("To day"))

    class Meta:
        model = Customer
        fields: list[str] = []

    @property
    def _user(self) -> User:
        assert isinstance(self.request.user, User)  # noqa: S101 - page and API saw to it
        return self.request.user

    def by_words(
        self, queryset: "QuerySet[Customer]", name: str, value: str
    ) -> "QuerySet[Customer]":
        """Find every word."""
        return customer_search(queryset, value, user=self._user)

    def by_column(
        self, queryset: "QuerySet[Customer]", name: str, value: str
    ) -> "QuerySet[Customer]":
        """Compare a column of the row; `-` is empty."""
        column = "kind" if name == "type" else name
        if value == NONE:
            return queryset.filter(**{f"{column}__in": ("", NONE)})
        return queryset.filter(**{column: value})

    def by_owner(
        self, queryset: "QuerySet[Customer]", name: str, value: str
    ) -> "QuerySet[Customer]":
        """Compare the owner's number; `-` is nobody."""
        if value == NONE:
            return queryset.filter(owner=None)
        # As a value and not as a join: the index of an owner's customers has them in order.
        owner = Agent.objects.filter(number=value, tenant=self._user.tenant).values("pk")[:1]
        return queryset.filter(owner=Subquery(owner))

    def by_tag(self, queryset: "QuerySet[Customer]", name: str, value: str) -> "QuerySet[Customer]":
        """Find who carries the tag, or all of several; `-` is who has none."""
        for tag in value.splitlines()[:MOST_TAGS]:
            rows = customer_tagged(queryset, tag)
            queryset = customer_untagged(queryset) if tag == NONE else rows
        return queryset

    def by_month(
        self, queryset: "QuerySet[Customer]", name: str, value: str
    ) -> "QuerySet[Customer]":
        """Find who was made in a month of the company's time zone; nonsense finds nobody."""
        try:
            first = datetime.strptime(value, "%Y-%m")  # noqa: DTZ007 - the zone comes next
            if not 1900 < first.year < 2200:
                return queryset.none()  # beyond what a time zone can be taken from
            year, month = (first.year + first.month // 12, first.month % 12 + 1)
            zone = timezone.get_current_timezone()
            begin = first.replace(tzinfo=zone)
            end = first.replace(year=year, month=month, tzinfo=zone)
        except (ValueError, OverflowError):
            return queryset.none()
        return queryset.filter(created_at__gte=begin, created_at__lt=end)

    def by_since(
        self, queryset: "QuerySet[Customer]", name: str, value: date
    ) -> "QuerySet[Customer]":
        """Find who was made on a day or later; compared by time, which an index answers."""
        return queryset.filter(created_at__gte=midnight(value))

    def by_until(
        self, queryset: "QuerySet[Customer]", name: str, value: date
    ) -> "QuerySet[Customer]":
        """Find who was made on a day or earlier."""
        return queryset.filter(created_at__lt=midnight(value + timedelta(days=1)))


def as_choices(words: Any) -> list[tuple[str, str]]:
    """Return words as a page's choices, `-` for none first."""
    return [(NONE, "—"), *((word.code, word.name) for word in words.values())]
