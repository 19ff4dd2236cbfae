"""Work orders on the console: made, acted on, looked for, printed, and kept from strangers."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core.errors import ForbiddenError
from apps.core.tenancy import tenant_scope
from apps.workorders.engine.state import Kind
from apps.workorders.errors import ActRefusedError
from apps.workorders.marks import department_set
from apps.workorders.models import Absence, Order
from tests.factories import CallFactory, CustomerFactory, CustomerNumberFactory
from tests.integration.workorders.office import Office, act, office_scope, step

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    with office_scope() as made:
        yield made


def browser(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def page_of(order: Order) -> str:
    return reverse("console:work-order", args=[order.pk])


def do(client: Client, order: Order, kind: str, **more: Any) -> Any:
    return client.post(
        reverse("console:work-order-act", args=[order.pk]), {"kind": kind, **more}, follow=True
    )


def test_order_is_made_from_a_call_with_its_file_and_submitted(office: Office) -> None:
    customer = CustomerFactory(tenant=office.tenant, name="王芳")
    CustomerNumberFactory(tenant=office.tenant, customer=customer, as_typed="13800138000")
    agent_call = CallFactory(tenant=office.tenant, customer=customer)
    type_ = office.type(step("lead", office.lead))
    client = browser(office.admin)
    address = reverse("console:work-order-make", args=[type_.pk])
    page = client.get(address, {"call": agent_call.pk})
    assert "王芳" in page.text
    answer = client.post(
        address,
        {
            "call": agent_call.pk,
            "do": "submit",
            "v-fault": "<b>no power</b>",
            "v-amount": "12.50",
            "v-files": SimpleUploadedFile("a.png", PNG),
            "action_id": "once",
        },
        follow=True,
    )
    order = Order.objects.get()
    assert (order.state, order.customer, order.call) == ("running", customer, agent_call)
    assert order.values["files"] == [order.attachments.get().pk]
    assert "&lt;b&gt;no power" in answer.text
    assert "<b>no power" not in answer.text
    again = client.post(address, {"do": "draft", "v-fault": "x", "action_id": "once"})
    assert again.headers["Location"] == page_of(order)
    assert Order.objects.count() == 1


def test_order_is_on_the_pages_of_its_call_and_customer(office: Office) -> None:
    customer = CustomerFactory(tenant=office.tenant, name="王芳")
    call = CallFactory(tenant=office.tenant, customer=customer)
    order = office.order(step("lead", office.lead), customer=customer, call=call)
    client = browser(office.admin)
    page = client.get(reverse("console:call", args=[call.pk]))
    assert f"{order.number} {order.title}" in page.text
    timeline = client.get(reverse("console:customer-timeline", args=[customer.pk]))
    assert 'data-kind="work_order"' in timeline.text
    assert page_of(order) in timeline.text


def test_refused_form_keeps_what_was_typed_and_makes_nothing(office: Office) -> None:
    type_ = office.type(step("lead", office.lead))
    answer = browser(office.agent).post(
        reverse("console:work-order-make", args=[type_.pk]),
        {"do": "submit", "v-fault": "", "v-amount": "a lot", "v-telephone": "138-1111"},
    )
    assert answer.status_code == 422
    assert answer.text.count("field-error") == 2
    assert 'value="a lot"' in answer.text
    assert 'value="138-1111"' in answer.text
    assert not Order.objects.exists()


def test_refused_file_leaves_a_draft_that_says_why(office: Office) -> None:
    type_ = office.type(step("lead", office.lead))
    answer = browser(office.agent).post(
        reverse("console:work-order-make", args=[type_.pk]),
        {
            "do": "submit",
            "v-fault": "no power",
            "v-files": SimpleUploadedFile("a.png", b"MZ\x90\x00" + b"\x00" * 64),
        },
        follow=True,
    )
    assert Order.objects.get().state == "draft"
    assert "alert-danger" in answer.text


def test_fields_that_come_and_go_are_asked_for_by_themselves(office: Office) -> None:
    fields = [
        {"key": "why", "type": "choice", "label": "Why", "options": [{"value": "o", "label": "O"}]},
        {
            "key": "other",
            "type": "text",
            "label": "Which",
            "visible_if": {"field": "why", "is": "equals", "value": "o"},
        },
    ]
    type_ = office.type(step("lead", office.lead))
    version = type_.versions.first()
    assert version is not None
    type(version).objects.filter(pk=version.pk).update(
        form={"version": 1, "fields": fields}, flow={**version.flow, "start": {}}
    )
    client = browser(office.agent)
    address = reverse("console:work-order-fields", args=[type_.pk])
    assert "v-other" not in client.post(address, {"v-why": ""}).text
    shown = client.post(address, {"v-why": "o", "v-other": "typed"}).text
    assert 'hx-swap-oob="true"' in shown
    assert 'value="typed"' in shown
    assert "v-why" not in shown


def test_lead_approves_with_an_opinion_and_the_page_shows_the_history(office: Office) -> None:
    order = office.order(step("lead", office.lead, needs_opinion=True))
    client = browser(office.lead)
    assert 'data-testid="order-todo"' in client.get(page_of(order)).text
    refused = do(client, order, "approve", step="lead", seen_revision=order.revision)
    assert "alert-danger" in refused.text
    done = do(client, order, "approve", step="lead", opinion="同意")
    assert 'data-state="completed"' in done.text
    assert "同意" in done.text
    assert 'data-testid="order-todo"' not in done.text


def test_wrong_values_in_a_step_show_the_page_again_with_what_was_typed(office: Office) -> None:
    order = office.order(step("lead", office.lead, editable=["amount", "result"]))
    answer = do(
        browser(office.lead),
        order,
        "approve",
        step="lead",
        **{"v-amount": "a lot", "v-result": "", "v-fault": "mine now"},
    )
    assert answer.status_code == 422
    assert 'value="a lot"' in answer.text
    order.refresh_from_db()
    assert (order.state, order.values["fault"]) == ("running", "no power")


def test_each_act_of_the_page_reaches_the_engine(office: Office) -> None:
    client, lead = browser(office.agent), browser(office.lead)
    order = office.order(step("lead", office.lead), step("boss", office.admin))
    assert (
        'data-state="returned"'
        in do(lead, order, "return", step="lead", to_step="start", opinion="?").text
    )
    assert 'data-testid="order-own"' in client.get(page_of(order)).text
    do(client, order, "submit", **{"v-fault": "still no power"})
    do(lead, order, "delegate", step="lead", to_person=office.support_lead.pk)
    do(browser(office.support_lead), order, "wait", step="lead")
    do(browser(office.support_lead), order, "resume", step="lead")
    do(browser(office.support_lead), order, "approve", step="lead")
    do(client, order, "urge")
    do(client, order, "comment", opinion="please")
    do(client, order, "withdraw")
    do(client, order, "cancel", opinion="solved")
    kinds = list(order.events.order_by("number").values_list("kind", flat=True))
    assert kinds == [
        "create",
        "submit",
        "return",
        "submit",
        "delegate",
        "wait",
        "resume",
        "approve",
        "urge",
        "comment",
        "withdraw",
        "cancel",
    ]


def test_manager_reassigns_and_changes_the_priority(office: Office) -> None:
    order = office.order(step("lead", office.lead))
    client = browser(office.admin)
    assert "reassign-" in client.get(page_of(order)).text
    do(
        client,
        order,
        "reassign",
        step="lead",
        person=office.lead.pk,
        to_person=office.support_lead.pk,
    )
    assert order.seats.filter(is_open=True).get().person == office.support_lead
    client.post(reverse("console:work-order-priority", args=[order.pk]), {"priority": "urgent"})
    order.refresh_from_db()
    assert order.priority == "urgent"


def handed(client: Client, order: Order, department: object) -> Any:
    """Hand an order to a department over its page."""
    address = reverse("console:work-order-department", args=[order.pk])
    return client.post(address, {"department": department}, follow=True)


def test_lead_hands_an_order_to_another_department_and_the_history_says_so(
    office: Office,
) -> None:
    order = office.order(step("lead", office.engineer))
    lead, taker = browser(office.lead), browser(office.support_lead)
    page = lead.get(page_of(order)).text
    form = page.partition('data-testid="order-department"')[2].partition("</form>")[0]
    assert f'value="{office.support.pk}"' in form
    assert f'value="{office.sales.pk}"' not in form  # it has it
    assert "order-moves" not in page
    # He sees it no more, nobody of the department has a part in it: he is led to the list.
    with tenant_scope(office.tenant.pk):
        order.seats.update(person=office.support_lead)
    answer = handed(lead, order, office.support.pk)
    assert answer.redirect_chain == [(reverse("console:work-order-list"), 302)]
    assert office.support.name in answer.text
    order.refresh_from_db()
    assert order.department == office.support
    told = taker.get(page_of(order)).text.partition('data-testid="order-moves"')[2]
    assert f"{office.sales.name} → {office.support.name}" in told
    assert office.lead.display_name in told
    assert "order-moves" in taker.get(reverse("console:work-order-print", args=[order.pk])).text
    with tenant_scope(office.tenant.pk):
        entry = AuditEntry.objects.get(action="work_order.department")
    assert entry.actor == office.lead
    assert entry.detail == {"from": office.sales.pk, "to": office.support.pk}
    # An admin goes on seeing it, and stays on the page.
    answer = handed(browser(office.admin), order, office.sales.pk)
    assert answer.redirect_chain == [(page_of(order), 302)]


def test_nobody_else_hands_an_order_on_nor_out_of_the_company(office: Office) -> None:
    order = office.order(step("lead", office.lead))
    with office_scope() as other:
        stranger, foreign = other.admin, other.support
    for user in (office.agent, office.inspector, office.support_lead, stranger):
        for department in (office.support.pk, foreign.pk):
            assert handed(browser(user), order, department).status_code in (403, 404)
    for department in (foreign.pk, office.sales.pk, 0, "x", "9" * 30, "", "-1"):
        assert handed(browser(office.admin), order, department).status_code == 404
    assert "order-department" not in browser(office.agent).get(page_of(order)).text
    with tenant_scope(office.tenant.pk):
        for user, department in ((office.agent, office.support), (office.admin, foreign)):
            with pytest.raises(ForbiddenError):
                department_set(user=user, order=order, department=department)
        # Two leads at once: who comes second no longer manages it.
        Order.objects.filter(pk=order.pk).update(department=office.support)
        order.seats.update(person=office.engineer, acted_by=None)
        Order.objects.filter(pk=order.pk).update(creator=office.engineer)
        with pytest.raises(ForbiddenError):
            department_set(user=office.lead, order=order, department=office.support)
        assert not AuditEntry.objects.filter(action="work_order.department").exists()


def test_ended_order_stays_where_it_is(office: Office) -> None:
    order = office.order(step("lead", office.lead))
    act(order, office.agent, "cancel", opinion="x")
    admin = browser(office.admin)
    assert "order-department" not in admin.get(page_of(order)).text
    assert handed(admin, order, office.support.pk).status_code == 404
    with tenant_scope(office.tenant.pk), pytest.raises(ActRefusedError):
        department_set(user=office.admin, order=order, department=office.support)


@pytest.mark.parametrize("kind", ["", "create", "escalate", "nonsense"])
def test_act_that_no_person_does_is_refused(office: Office, kind: str) -> None:
    order = office.order(step("lead", office.lead))
    do(browser(office.lead), order, kind, step="lead")
    order.refresh_from_db()
    assert (order.state, order.revision) == ("running", 2)


def test_list_filters_and_needs_the_same_queries_for_more_rows(
    office: Office, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        office.order(step("lead", office.lead), prefix=f"P{'ABCDEFGH'[number]}", name=f"T{number}")
    client = browser(office.lead)
    address = reverse("console:work-order-list")
    with django_assert_max_num_queries(28):
        page = client.get(address)
    assert page.text.count('data-testid="order-row"') == 8
    assert client.get(address, {"whose": "todo"}).text.count("order-row") == 8
    assert "order-row" not in client.get(address, {"whose": "mine"}).text
    assert "order-row" not in client.get(address, {"state": "completed"}).text
    assert client.get(address, {"text": "PA-"}).text.count("order-row") == 1
    for nonsense in ({"text": "%_\x00'"}, {"type": "x"}, {"customer": "9" * 40}, {"page": "9999"}):
        assert client.get(address, nonsense).status_code in (200, 404)


def test_bulk_urges_and_says_what_was_refused(office: Office) -> None:
    order = office.order(step("lead", office.lead))
    client = browser(office.agent)
    address = reverse("console:work-order-bulk")
    twice = {"chosen": [order.pk], "do": "urge"}
    assert "alert-success" in client.post(address, twice, follow=True).text
    assert "alert-danger" in client.post(address, twice, follow=True).text
    assert "alert-danger" in client.post(address, {"do": "urge"}, follow=True).text
    stranger = browser(office.engineer)
    assert "alert-success" not in stranger.post(address, twice, follow=True).text


def test_board_has_a_card_in_the_step_where_the_order_stands(office: Office) -> None:
    order = office.order(step("lead", office.lead))
    page = browser(office.lead).get(reverse("console:work-order-board"), {"type": order.type_id})
    assert page.text.count('data-testid="board-card"') == 1
    assert order.number in page.text


def test_print_shows_the_order_without_a_phone(office: Office) -> None:
    order = office.order(step("lead", office.lead))
    page = browser(office.lead).get(reverse("console:work-order-print", args=[order.pk]))
    assert order.number in page.text
    assert "phone-bar" not in page.text


def test_file_is_given_out_to_be_saved_only(office: Office) -> None:
    order = office.order(step("lead", office.lead), submit=False)
    client = browser(office.agent)
    client.post(
        reverse("console:work-order-attach", args=[order.pk]),
        {"file": SimpleUploadedFile('x".png', PNG)},
    )
    row = order.attachments.get()
    address = reverse("console:work-order-file", args=[row.pk])
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == PNG
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert browser(office.engineer).get(address).status_code == 404
    client.post(reverse("console:work-order-file-delete", args=[row.pk]))
    assert not order.attachments.exists()


def test_strangers_find_nothing(office: Office) -> None:
    order = office.order(step("lead", office.lead))
    with office_scope() as other:
        strangers = [other.admin, office.engineer]
    for stranger in strangers:
        client = browser(stranger)
        assert client.get(page_of(order)).status_code == 404
        assert client.get(reverse("console:work-order-print", args=[order.pk])).status_code == 404
        assert do(client, order, "comment", opinion="hello").status_code == 404
    with tenant_scope(office.tenant.pk):
        assert order.events.count() == 2


def test_masked_person_sees_and_keeps_no_full_number(office: Office) -> None:
    order = office.order(
        step("lead", office.lead, editable=["telephone"]), values={"telephone": "13800138000"}
    )
    User.objects.filter(pk=office.lead.pk).update(has_numbers_masked=True)
    page = browser(User.objects.get(pk=office.lead.pk)).get(page_of(order))
    assert "13800138000" not in page.text
    assert "138****8000" in page.text
    client = browser(User.objects.get(pk=office.lead.pk))
    do(client, order, "approve", step="lead", **{"v-telephone": "138****8000"})
    order.refresh_from_db()
    assert (order.state, order.values["telephone"]) == ("completed", "13800138000")


def test_absence_is_said_and_ended(office: Office) -> None:
    client = browser(office.lead)
    address = reverse("console:absence-list")
    now = timezone.localtime()
    form = {
        "person": office.lead.pk,
        "stand_in": office.support_lead.pk,
        "starts_at": now.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": now.replace(year=now.year + 1).strftime("%Y-%m-%dT%H:%M"),
    }
    assert client.post(address, {**form, "stand_in": office.lead.pk}).status_code == 422
    assert client.post(address, {**form, "person": office.agent.pk}).status_code == 422
    assert client.post(address, form).status_code == 302
    row = Absence.objects.get()
    order = office.order(step("lead", office.lead))
    assert 'data-testid="order-todo"' in browser(office.support_lead).get(page_of(order)).text
    stranger = browser(office.agent).post(reverse("console:absence-end", args=[row.pk]))
    assert stranger.status_code == 404
    client.post(reverse("console:absence-end", args=[row.pk]))
    assert 'data-testid="order-todo"' not in browser(office.support_lead).get(page_of(order)).text


def test_designer_pages_are_the_admins(office: Office) -> None:
    type_ = office.type(step("lead", office.lead))
    for name in ("order-type", "order-type-form", "order-type-flow", "order-type-publish"):
        address = reverse(f"console:{name}", args=[type_.pk])
        assert browser(office.lead).get(address).status_code == 403
        assert browser(office.admin).get(address).status_code == 200
    assert browser(office.lead).get(reverse("console:order-type-list")).status_code == 403
    stolen = browser(office.lead).post(reverse("console:order-type-now", args=[type_.pk]))
    assert stolen.status_code in (302, 403)
    assert type_.versions.count() == 1


def test_type_is_made_designed_tried_and_published(office: Office) -> None:
    client = browser(office.admin)
    made = client.post(
        reverse("console:order-type-list"), {"name": "回访单", "number_prefix": "hf"}
    )
    assert made.status_code == 302
    type_ = client.get(made.headers["Location"]).context["type"]
    form_page = reverse("console:order-type-form", args=[type_.pk])
    added = client.post(form_page, {"revision": "0", "fields": "0", "do": "add:text"})
    assert 'data-testid="field-problem"' in added.text
    stale = client.post(form_page, {"revision": "0", "fields": "0", "do": "add:date"})
    assert stale.status_code == 422
    typed = {"fields": "1", "f0.key": "why", "f0.type": "text", "f0.label": "Why"}
    client.post(form_page, {**typed, "revision": "1", "do": "save"})
    flow_page = reverse("console:order-type-flow", args=[type_.pk])
    client.post(flow_page, {"revision": "2", "start_all": "1", "n": "0", "do": "add::approval"})
    publish = reverse("console:order-type-publish", args=[type_.pk])
    assert 'data-testid="publish-problems"' in client.get(publish).text
    client.post(
        flow_page,
        {
            "revision": "3",
            "start_all": "1",
            "n": "1",
            "s0.kind": "approval",
            "s0.key": "boss",
            "s0.name": "Boss",
            "s0.a.by": "person",
            "s0.a.ids": [office.lead.pk],
            "do": "publish",
        },
    )
    played = client.post(publish, {"submitter": office.agent.pk, "v-why": "x"})
    assert 'data-status="completed"' in played.text
    now = reverse("console:order-type-now", args=[type_.pk])
    client.post(now, {"revision": "4", "note": "first"})
    type_.refresh_from_db()
    assert [one.number for one in type_.versions.all()] == [1]
    order = browser(office.agent).post(
        reverse("console:work-order-make", args=[type_.pk]), {"do": "submit", "v-why": "x"}
    )
    assert order.status_code == 302
    assert Order.objects.get().number == "HF-000001"
    client.post(form_page, {"revision": "4", "fields": "0", "do": "save"})
    client.post(reverse("console:order-type-back", args=[type_.pk]), {"version": "1"})
    type_.refresh_from_db()
    assert len(type_.form_draft["fields"]) == 1


def test_ready_types_are_taken_once(office: Office) -> None:
    client = browser(office.admin)
    address = reverse("console:order-type-ready")
    client.post(address, {"key": "repair"})
    client.post(address, {"key": "repair"})
    page = client.get(reverse("console:order-type-list"))
    assert page.text.count('data-testid="order-type-row"') == 1
    assert page.text.count('data-testid="take-ready"') == 1
    assert client.post(address, {"key": "rocket"}).status_code == 404


def test_settings_take_times_and_refuse_nonsense(office: Office) -> None:
    type_ = office.type(step("lead", office.lead))
    client = browser(office.admin)
    address = reverse("console:order-type", args=[type_.pk])
    good = {
        "name": "Repair",
        "number_prefix": "rp",
        "position": "3",
        "sla_normal": "60",
        "is_active": "on",
    }
    for bad in ({"name": ""}, {"number_prefix": "1"}, {"sla_normal": "0"}, {"position": "-1"}):
        assert client.post(address, {**good, **bad}).status_code == 422
    assert client.post(address, good).status_code == 302
    type_.refresh_from_db()
    assert (type_.prefix, type_.sla_minutes) == ("RP", {"normal": 60})


def test_double_click_decides_once(office: Office) -> None:
    order = office.order(step("lead", office.lead), step("boss", office.lead))
    client = browser(office.lead)
    for _click in range(2):
        do(client, order, "approve", step="lead", action_id="one-click")
    assert order.events.filter(kind=Kind.APPROVE).count() == 1
    order = act(order, office.lead, "approve", "boss")
    assert order.state == "completed"
