"""Tables of the knowledge base."""

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.console.tables import ATTRS
from apps.knowledge.models import Article, SearchMiss


class WorkTable(tables.Table):
    """What the person writes and reviews; the title opens it to be written."""

    title = tables.Column(
        verbose_name=_("Title"), linkify=("console:knowledge-edit", {"pk": tables.A("pk")})
    )
    state = tables.Column(verbose_name=_("State"))
    draft = tables.Column(
        verbose_name=pgettext_lazy("article", "Draft"), empty_values=(), orderable=False
    )
    category = tables.Column(verbose_name=_("Category"))
    owner = tables.Column(verbose_name=_("Owner"), accessor="owner__display_name", orderable=False)
    review_on = tables.DateColumn(verbose_name=_("Review on"), format="Y-m-d")
    expires_on = tables.DateColumn(verbose_name=_("Valid until"), format="Y-m-d")
    updated_at = tables.DateTimeColumn(
        verbose_name=pgettext_lazy("article", "Changed"), format="m-d H:i"
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "work-row", "data-article": lambda record: record.pk}
        empty_text = _("Nothing here. Write the first article with the button above.")

    def render_draft(self, record: Article) -> SafeString | str:
        """Show where what is being written is."""
        draft = getattr(record, "draft", None)
        if draft is None:
            return "—"
        colour = "warning" if draft.state == "review" else "secondary"
        return format_html(
            '<span class="badge text-bg-{}">{}</span>', colour, draft.get_state_display()
        )


class UsageTable(tables.Table):
    """Published articles with what became of them."""

    title = tables.Column(
        verbose_name=_("Title"), linkify=("console:knowledge-article", {"pk": tables.A("pk")})
    )
    category = tables.Column(verbose_name=_("Category"), orderable=False)
    read_count = tables.Column(verbose_name=_("Read"))
    call_count = tables.Column(verbose_name=_("Read in calls"))
    helpful = tables.Column(verbose_name=_("Helpful"))
    unhelpful = tables.Column(verbose_name=_("Not helpful"))
    published_at = tables.DateTimeColumn(
        verbose_name=pgettext_lazy("article", "Published"), format="Y-m-d"
    )
    review_on = tables.DateColumn(verbose_name=_("Review on"), format="Y-m-d")

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "usage-row", "data-article": lambda record: record.pk}
        empty_text = _("No article is published yet.")


class StaleTable(tables.Table):
    """Articles that want somebody's eye."""

    title = tables.Column(
        verbose_name=_("Title"), linkify=("console:knowledge-edit", {"pk": tables.A("pk")})
    )
    owner = tables.Column(verbose_name=_("Owner"), accessor="owner__display_name", orderable=False)
    published_at = tables.DateTimeColumn(
        verbose_name=pgettext_lazy("article", "Published"), format="Y-m-d"
    )
    review_on = tables.DateColumn(verbose_name=_("Review on"), format="Y-m-d")

    class Meta:
        attrs = ATTRS
        orderable = False
        empty_text = _("None. Well kept.")


class MissTable(tables.Table):
    """What was looked for in vain."""

    text = tables.Column(verbose_name=_("Searched for"))
    times = tables.Column(verbose_name=_("Times"))
    last_at = tables.DateTimeColumn(verbose_name=_("Last"), format="m-d H:i")
    actions = tables.TemplateColumn(
        template_name="console/knowledge/miss_actions.html", verbose_name="", orderable=False
    )

    class Meta:
        model = SearchMiss
        fields = ("text", "times", "last_at", "actions")
        attrs = ATTRS
        row_attrs = {"data-testid": "miss-row"}
        empty_text = _("Every search has found something.")
