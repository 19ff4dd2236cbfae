"""`{% table_rows table as rows %}`: the rows of a table (`apps/console/table_rows.py`)."""

import django_tables2
from django import template
from django.utils.safestring import SafeString

from apps.console.table_rows import rows_drawn

register = template.Library()


@register.simple_tag(takes_context=True)
def table_rows(context: template.Context, table: django_tables2.Table) -> SafeString:
    """Draw the rows of the table's page."""
    return rows_drawn(table, context)
