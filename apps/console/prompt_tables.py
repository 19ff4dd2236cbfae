"""The table of a company's prompts."""

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.console.tables import ATTRS, seconds
from apps.prompts.models import Prompt
from apps.prompts.ports import PromptUse


class PromptTable(tables.Table):
    """Prompts by name; `uses` (by name) is given by the page that shows them."""

    name = tables.Column(verbose_name=_("Name"), linkify=("console:prompt", {"pk": tables.A("pk")}))
    title = tables.Column(verbose_name=_("Title"))
    kind = tables.Column(verbose_name=_("Kind"))
    languages = tables.Column(verbose_name=_("Languages"), empty_values=(), orderable=False)
    used = tables.Column(verbose_name=_("Used by"), empty_values=(), orderable=False)

    uses: dict[str, list[PromptUse]]

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "prompt-row"}
        empty_text = _(
            "No prompts of your own yet. Make one, or give a system prompt your own words."
        )

    def render_languages(self, record: Prompt) -> SafeString | str:
        """Show each language with its length, or how the work on it goes."""
        parts = [
            (
                audio.get_language_display(),
                seconds(audio.duration_ms) if audio.is_playable else audio.get_state_display(),
            )
            for audio in record.audios.all()
        ]
        if not parts:
            return "—"
        return format_html_join(" ", '<span class="badge text-bg-secondary">{} {}</span>', parts)

    def render_used(self, record: Prompt) -> SafeString | str:
        """Show the places, the first ones by name."""
        uses = self.uses.get(record.name, [])
        if not uses:
            return "—"
        return format_html('<span title="{}">{}</span>', "\n".join(u.what for u in uses), len(uses))
