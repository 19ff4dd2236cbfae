"""Rows drawn our way are those that django-tables2 draws, character by character."""

import re
from typing import Any

import django_tables2 as tables
import pytest
from django.template import Context
from django.test import RequestFactory
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.calls.models import Call
from apps.console.table_rows import rows_drawn
from apps.console.tables import CallTable, VoicemailTable
from apps.core.tenancy import tenant_scope
from apps.voicemail.models import VoicemailMessage
from tests.factories import AgentFactory, CallFactory, CustomerFactory, VoicemailMessageFactory

pytestmark = pytest.mark.django_db


class OddTable(tables.Table):
    """What django-tables2 offers and no page of ours has."""

    direction = tables.Column(attrs={"td": {"class": "narrow"}})
    started_at = tables.DateTimeColumn(format="Y-m-d H:i")
    caller = tables.Column(
        attrs={"td": {"data-value": lambda value: value, "title": lambda record: record.dialled}}
    )
    owner = tables.Column(accessor="agent__user__username", default="<nobody>")
    wait_ms = tables.Column(localize=True)
    talk_ms = tables.Column()
    nothing = tables.Column(default="—")
    template = tables.TemplateColumn("{{ record.pk }} &amp; <b>{{ value }}</b>", accessor="caller")
    link = tables.LinkColumn("console:call", args=[tables.A("pk")], accessor="caller", text="open")
    every = tables.Column(accessor="pk", empty_values=())

    class Meta:
        row_attrs = {
            "class": lambda record: "fw-bold" if record.agent_id else None,
            "data-of": lambda table, record: f"{len(table.columns)} <{record.pk}>",
            "data-none": None,
        }

    def render_every(self, **kwargs: Any) -> SafeString:
        """Take everything that is offered."""
        return format_html("<i>{}</i>", " ".join(sorted(kwargs)))


def their_rows(html: str) -> str:
    """Return the rows of a table's HTML without the space between tags."""
    body = html.partition("<tbody")[2].partition(">")[2].partition("</tbody>")[0]
    return re.sub(r">\s+<", "><", body).strip()


def same(table_of: Any, rows: Any) -> None:
    """Draw both ways, and compare."""
    request = RequestFactory().get("/")
    theirs = table_of(rows, template_name="django_tables2/bootstrap5.html").as_html(request)
    ours = table_of(rows).as_html(request)
    assert their_rows(ours) == their_rows(theirs)


def test_rows_are_those_of_the_library() -> None:
    agent = AgentFactory()
    with tenant_scope(agent.tenant):
        customer = CustomerFactory(tenant=agent.tenant, name="O'Neil <b>")
        CallFactory(tenant=agent.tenant, agent=agent, customer=customer, wait_ms=1234567)
        CallFactory(tenant=agent.tenant, caller='13800000000"><script>', talk_ms=None)
        VoicemailMessageFactory(tenant=agent.tenant)
        calls = Call.objects.select_related("customer", "agent__user").order_by("pk")
        assert calls.count() == 2
        for table_of in (CallTable, OddTable):
            same(table_of, calls)
        same(VoicemailTable, VoicemailMessage.objects.all())


def test_records_that_are_no_rows_of_the_database_too() -> None:
    class PlainTable(tables.Table):
        name = tables.Column()
        count = tables.Column(default=0)

    same(PlainTable, [{"name": "<a>", "count": 3}, {"name": "", "count": None}])


def test_a_table_without_rows_says_so() -> None:
    with tenant_scope(AgentFactory().tenant):
        table = CallTable(Call.objects.none())
        assert rows_drawn(table, Context()) == ""
        html = table.as_html(RequestFactory().get("/"))
    assert str(CallTable._meta.empty_text) in html
