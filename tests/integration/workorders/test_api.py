"""Work orders over the API: types, make, list, read, act; scope and refusals."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core.tenancy import tenant_scope
from apps.workorders.marks import department_set
from apps.workorders.models import Order
from apps.workorders.services import work_order_create
from tests.factories import ApiTokenFactory, CallFactory, CustomerFactory
from tests.integration.workorders.office import Office, act, step

URL = "/api/v1/work-orders/"


class Api:
    """The API as one person's token sees it."""

    def __init__(self, user: User) -> None:
        token = f"token-{user.username}"
        ApiTokenFactory(tenant=user.tenant, user=user, token=token)
        self.client = Client(headers={"authorization": f"Token {token}", "accept-language": "en"})

    def get(self, path: str = "", **asked: Any) -> Any:
        return self.client.get(URL + path, asked)

    def post(self, path: str = "", **body: Any) -> Any:
        return self.client.post(URL + path, body, content_type="application/json")


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["number"] for row in answer.json()["results"]]


def test_order_is_made_read_and_decided(office: Office) -> None:
    type_ = office.type(step("a", office.lead, editable=["result"]))
    agent, lead = Api(office.agent), Api(office.lead)
    types = agent.get("types/").json()["results"]
    assert [(row["id"], row["version"]) for row in types] == [(type_.pk, 1)]
    assert types[0]["form"]["fields"][0]["key"] == "fault"
    customer = CustomerFactory(tenant=office.tenant, name="王芳")
    body = {
        "type": type_.pk, "values": {"fault": "noise"}, "customer": customer.pk, "submit": True,
        "action_id": "once",
    }  # fmt: skip
    made = agent.post(**body)
    assert made.status_code == 201, made.content
    assert agent.post(**body).json()["id"] == made.json()["id"]
    assert made.json()["customer_name"] == "王芳"
    assert made.json()["steps"][0]["people"] == [office.lead.username]
    assert "approve" not in made.json()["may_do"]["acts"]
    whole = lead.get(f"{made.json()['id']}/").json()
    assert whole["may_do"]["steps"][0]["acts"][:2] == ["approve", "reject"]
    done = lead.post(
        f"{whole['id']}/act/", kind="approve", step="a", values={"result": "x"}, opinion="fine"
    ).json()
    assert (done["state"], done["values"]["result"]) == ("completed", "x")
    assert [row["kind"] for row in done["history"]] == ["create", "submit", "approve"]
    assert done["history"][2]["actor"] == office.lead.username


def test_order_says_how_it_went_from_department_to_department(office: Office) -> None:
    order = office.order(step("a", office.lead))
    assert Api(office.lead).get(f"{order.pk}/").json()["moves"] == []
    department_set(user=office.lead, order=order, department=office.support)
    order.refresh_from_db()
    (move,) = Api(office.agent).get(f"{order.pk}/").json()["moves"]
    assert (move["from_department"], move["to_department"], move["actor"]) == (
        office.sales.name,
        office.support.name,
        office.lead.username,
    )


def test_refusals_have_a_code_a_text_and_the_fields(office: Office) -> None:
    type_ = office.type(step("a", office.lead))
    agent = Api(office.agent)
    missing = agent.post(type=type_.pk, submit=True)
    assert missing.status_code == 400
    assert missing.json()["code"] == "workorders.values"
    assert missing.json()["fields"] == {"fault": {"code": "required", "detail": "This is needed."}}
    order = office.order(step("a", office.lead))
    for kind, status, code in (
        ("approve", 403, "workorders.not_yours"),
        ("resume", 409, "workorders.not_now"),
    ):
        answer = agent.post(f"{order.pk}/act/", kind=kind, step="a")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert agent.post(f"{order.pk}/act/", kind="escalate").status_code == 400
    assert agent.post(f"{order.pk}/act/", kind="comment", opinion="a\x00").status_code == 400
    assert agent.post(type=999_999).status_code == 404
    stale = agent.post(f"{order.pk}/act/", kind="withdraw", seen_revision=1)
    assert (stale.status_code, stale.json()["code"]) == (409, "workorders.stale")


def test_each_sees_his_own_and_a_stranger_nothing(office: Office) -> None:
    order = office.order(step("a", office.lead))
    assert numbers(Api(office.lead).get()) == [order.number]
    colleague = Api(office.colleague)
    assert numbers(colleague.get()) == []
    assert colleague.get(f"{order.pk}/").status_code == 404
    assert colleague.post(f"{order.pk}/act/", kind="comment", opinion="x").status_code == 404
    stranger = Office()
    with tenant_scope(stranger.tenant.pk):
        other = Api(stranger.admin)
    assert numbers(other.get()) == []
    assert other.get(f"{order.pk}/").status_code == 404
    assert other.post(type=order.type_id).status_code == 404
    assert Client().get(URL).status_code == 401


def test_rows_of_others_cannot_be_named(office: Office) -> None:
    stranger = Office()
    with tenant_scope(stranger.tenant.pk):
        customer = CustomerFactory(tenant=stranger.tenant)
        call = CallFactory(tenant=stranger.tenant)
    type_ = office.type(step("a", office.lead))
    agent = Api(office.agent)
    for named in ({"customer": customer.pk}, {"call": call.pk}, {"voicemail": 1}):
        assert agent.post(type=type_.pk, **named).status_code == 404
    assert agent.post(type=type_.pk, call=CallFactory(tenant=office.tenant).pk).status_code == 404


def test_list_is_narrowed(office: Office) -> None:
    customer = CustomerFactory(tenant=office.tenant, name="李强")
    a = office.order(step("a", office.lead), customer=customer, values={"fault": "noise"})
    b = office.order(step("a", office.admin), values={"fault": "leak", "amount": "5"})
    c = office.order(step("a", office.lead), submit=False)
    act(b, office.agent, "cancel", opinion="x")
    lead, agent = Api(office.lead), Api(office.agent)
    for asked, found in (
        ({}, [c, b, a]),
        ({"q": "李强"}, [a]),
        ({"q": b.number}, [b]),
        ({"state": "cancelled"}, [b]),
        ({"state": ["draft", "running"]}, [c, a]),
        ({"type": a.type_id}, [a]),
        ({"customer": customer.pk}, [a]),
        ({"field": "fault:leak"}, [b]),
        ({"field": "amount:5.00"}, [b]),
        ({"field": "fault__regex:x"}, []),
        ({"field": "nonsense"}, []),
        ({"overdue": "true"}, []),
        ({"overdue": "false"}, [c, b, a]),
        ({"mine": "true"}, [c, b, a]),
        ({"todo": "true"}, []),
    ):
        assert numbers(agent.get(**asked)) == [row.number for row in found], asked
    assert numbers(lead.get(todo="true")) == [a.number]
    assert agent.get(state="nothing").status_code == 400


def test_masked_person_reads_masked_numbers(office: Office) -> None:
    office.lead.has_numbers_masked = True
    office.lead.save()
    order = office.order(step("a", office.lead), values={"telephone": "13800138000"})
    answer = Api(office.lead).get(f"{order.pk}/")
    assert answer.json()["values"]["telephone"] == "138****8000"
    assert "13800138000" not in answer.content.decode()


def test_list_takes_a_constant_number_of_queries(
    office: Office, django_assert_max_num_queries: Any
) -> None:
    type_ = office.type(step("a", office.lead, office.colleague))
    lead = Api(office.lead)
    with tenant_scope(office.tenant.pk):
        for _order in range(12):
            work_order_create(user=office.agent, type=type_, values={"fault": "x"}, submit=True)
    lead.get()
    with django_assert_max_num_queries(14):
        assert len(numbers(lead.get())) == 12
    assert Order.objects.count() == 12


@pytest.mark.parametrize("body", ["[]", "{", '{"kind": []}', '{"kind": "edit", "values": [1]}'])
def test_broken_body_is_refused(office: Office, body: str) -> None:
    order = office.order(step("a", office.lead))
    client = Api(office.agent).client
    answer = client.post(f"{URL}{order.pk}/act/", body, content_type="application/json")
    assert answer.status_code == 400
