"""Filters of the knowledge base's lists."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.knowledge.choices import ArticleState, DraftState
from apps.knowledge.models import Article


class WorkFilter(django_filters.FilterSet):
    """Title, state, and what is being written."""

    title = django_filters.CharFilter(lookup_expr="icontains", label=_("Title"))
    state = django_filters.ChoiceFilter(
        method="by_state",
        label=_("State"),
        choices=(*ArticleState.choices,),
        empty_label=_("All but archived"),
    )
    draft = django_filters.ChoiceFilter(
        field_name="draft__state",
        label=pgettext_lazy("article", "Draft"),
        choices=DraftState.choices,
        empty_label=_("All"),
    )
    whose = django_filters.ChoiceFilter(
        method="by_owner",
        label=_("Owner"),
        choices=(("mine", _("Mine")),),
        empty_label=_("Everybody's"),
    )

    class Meta:
        model = Article
        fields: list[str] = []

    def filter_queryset(self, queryset: "QuerySet[Article]") -> "QuerySet[Article]":
        """Leave archived ones out unless they are asked for."""
        found: QuerySet[Article] = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            found = found.exclude(state=ArticleState.ARCHIVED)
        return found

    def by_state(self, queryset: "QuerySet[Article]", name: str, value: str) -> "QuerySet[Article]":
        """Limit to one state."""
        return queryset.filter(state=value)

    def by_owner(self, queryset: "QuerySet[Article]", name: str, value: str) -> "QuerySet[Article]":
        """Limit to the person's own."""
        return queryset.filter(owner=self.request.user)
