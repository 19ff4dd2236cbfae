"""Work orders as a table."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from apps.console.tables import ATTRS


class OrderTable(tables.Table):
    """Work orders, newest first; the number opens the order."""

    chosen = tables.TemplateColumn(
        template_name="console/work_orders/cell_choose.html", verbose_name="", orderable=False
    )
    number = tables.Column(
        verbose_name=_("Number"), linkify=("console:work-order", {"pk": tables.A("pk")})
    )
    title = tables.Column(verbose_name=_("Title"))
    type = tables.Column(verbose_name=_("Type"), accessor="type__name")
    customer = tables.Column(verbose_name=_("Customer"), accessor="customer__name", orderable=False)
    state = tables.Column(verbose_name=_("State"))
    step = tables.TemplateColumn(
        template_name="console/work_orders/cell_step.html",
        verbose_name=_("Step"),
        orderable=False,
    )
    priority = tables.Column(verbose_name=_("Priority"))
    due_at = tables.TemplateColumn(
        template_name="console/work_orders/cell_due.html", verbose_name=_("Due")
    )
    creator = tables.Column(
        verbose_name=_("Made by"), accessor="creator__display_name", orderable=False
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "order-row", "data-order": lambda record: record.pk}
        empty_text = _("No work orders here. Make one with the button above, or from a call.")
