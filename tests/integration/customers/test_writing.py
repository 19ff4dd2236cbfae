"""A row of texts becomes a customer, or is refused with a reason for each field."""

import pytest

from apps.accounts.models import Agent
from apps.core.tenancy import tenant_scope
from apps.customers.duplicates import customer_find_duplicates, customer_ids_by_number
from apps.customers.errors import CustomerRefusedError
from apps.customers.models import Customer, CustomerChange, CustomerTag
from apps.customers.parsing import customer_parse
from apps.customers.selectors import customer_by_number
from apps.customers.services import (
    customer_create,
    customer_delete,
    customer_number_add,
    customer_restore,
    customer_update,
    customers_create,
)
from apps.customers.vocabulary import customer_fields, exchange_fields, vocabulary
from tests.factories import (
    AgentFactory,
    CustomerFieldFactory,
    CustomerLevelFactory,
    CustomerTypeFactory,
)

pytestmark = pytest.mark.django_db

ROW = {
    "name": "王芳",
    "numbers": "13800138000; 020-8888 6666",
    "emails": "Wang@Example.com",
    "level": "VIP",
    "type": "retail",
    "owner": "1001 小李",
    "tags": "老客户、急",
    "born_on": "1990/1/2",
    "balance": "1,280.50",
    "custom.contract_no": " K-1 ",
    "custom.plan": "Gold",
}


@pytest.fixture
def agent() -> "Agent":
    """Agent 1001 of a company with a type and three fields of its own."""
    agent = AgentFactory(number="1001")
    with tenant_scope(agent.tenant_id):
        CustomerTypeFactory(tenant=agent.tenant, code="retail", name="零售")
        CustomerFieldFactory(
            tenant=agent.tenant, key="contract_no", is_searchable=True, in_flows=True
        )
        CustomerFieldFactory(
            tenant=agent.tenant, key="plan", kind="choice", options=["gold", "silver"]
        )
        yield agent


def make(agent: Agent, **values: object) -> Customer:
    """Make a customer from the row with other values."""
    return customer_create(tenant_id=agent.tenant_id, values={**ROW, **values}, actor=agent.user)


def test_row_of_texts_is_saved_with_everything(agent: Agent) -> None:
    made = Customer.objects.get(pk=make(agent).pk)
    assert (made.level, made.kind, made.owner, made.tags) == (
        "vip",
        "retail",
        agent,
        ["老客户", "急"],
    )
    assert made.custom == {"contract_no": "K-1", "plan": "gold"}
    assert list(made.numbers.order_by("pk").values_list("lookup", "is_primary")) == [
        ("+8613800138000", True),
        ("+862088886666", False),
    ]
    assert made.emails.get().lookup == "wang@example.com"
    assert made.created_by == agent.user
    assert set(CustomerTag.objects.values_list("name", flat=True)) == {"老客户", "急"}
    assert customer_by_number("+86 138 0013 8000") == made


def test_every_fault_is_told_by_field_and_nothing_is_written(agent: Agent) -> None:
    with pytest.raises(CustomerRefusedError) as caught:
        make(
            agent,
            name=" ",
            numbers="138****8000",
            emails="nobody",
            level="platinum",
            owner="4711",
            born_on="2999-01-01",
            balance="much",
            nonsense="x",
            **{"custom.plan": "bronze", "custom.none": "x"},
        )
    assert set(caught.value.fields) == {
        "name",
        "numbers",
        "emails",
        "level",
        "owner",
        "born_on",
        "balance",
        "nonsense",
        "custom.plan",
        "custom.none",
    }
    assert not Customer.objects.exists()
    assert not CustomerTag.objects.exists()


def test_required_field_is_asked_of_a_new_customer_and_never_emptied(agent: Agent) -> None:
    CustomerFieldFactory(tenant=agent.tenant, key="region", is_required=True)
    with pytest.raises(CustomerRefusedError) as caught:
        make(agent)
    assert set(caught.value.fields) == {"custom.region"}
    made = make(agent, **{"custom.region": "south"})
    customer_update(customer=made, values={"city": "广州"}, actor=agent.user)
    with pytest.raises(CustomerRefusedError):
        customer_update(customer=made, values={"custom.region": ""}, actor=agent.user)


def test_only_named_fields_change_and_the_change_is_kept(agent: Agent) -> None:
    made = make(agent)
    customer_update(
        customer=made,
        values={"numbers": ["13900139000", "13800138000"], "custom.plan": "", "level": ""},
        actor=agent.user,
    )
    again = Customer.objects.get(pk=made.pk)
    assert (again.name, again.level, again.custom) == ("王芳", "normal", {"contract_no": "K-1"})
    assert again.numbers.get(is_primary=True).lookup == "+8613900139000"
    assert again.numbers.count() == 2
    change = CustomerChange.objects.get(what="changed")
    assert set(change.fields) == {"numbers", "custom.plan", "level"}
    assert change.fields["level"] == ["vip", "normal"]
    customer_update(customer=made, values={"level": "normal"}, actor=agent.user)
    assert CustomerChange.objects.filter(what="changed").count() == 1


def test_account_number_of_another_customer_is_a_fault_of_its_field(agent: Agent) -> None:
    make(agent, account_number="880001")
    with pytest.raises(CustomerRefusedError) as caught:
        make(agent, account_number="880001")
    assert set(caught.value.fields) == {"account_number"}


def test_many_rows_cost_as_many_queries_as_one(
    agent: Agent, django_assert_max_num_queries: object
) -> None:
    words = vocabulary()
    rows = [
        customer_parse({**ROW, "name": f"客户{n}"}, words=words, is_new=True) for n in range(200)
    ]
    with django_assert_max_num_queries(9):  # type: ignore[operator]  # a fixture
        customers_create(tenant_id=agent.tenant_id, rows=rows, actor=None, words=words)
    assert Customer.objects.count() == 200


def test_deleted_customer_is_found_by_no_call_until_he_is_back(agent: Agent) -> None:
    made = make(agent)
    customer_delete(customer=made, actor=agent.user)
    assert customer_by_number("13800138000") is None
    assert customer_find_duplicates(numbers=["13800138000"], name="王芳") == []
    customer_restore(customer=made, actor=agent.user)
    assert customer_by_number("13800138000") == made


def test_duplicates_by_number_address_and_name_the_surest_first(agent: Agent) -> None:
    by_all = make(agent)
    by_name = make(agent, name="王　芳", numbers="", emails="")
    make(agent, name="李强", numbers="", emails="")
    found = customer_find_duplicates(
        numbers=["138 0013 8000"], emails=["WANG@example.com"], name="王芳"
    )
    assert [(one.customer_id, one.why) for one in found] == [
        (by_all.pk, ("number", "email", "name")),
        (by_name.pk, ("name",)),
    ]
    assert customer_ids_by_number(["13800138000", "1"]) == {"+8613800138000": by_all.pk}


def test_number_is_attached_once(agent: Agent) -> None:
    made = make(agent)
    for _again in range(2):
        customer_number_add(customer=made, number="13700137000", actor=agent.user)
    assert made.numbers.count() == 3
    with pytest.raises(CustomerRefusedError):
        customer_number_add(customer=made, number="--", actor=agent.user)


def test_fields_are_listed_for_forms_and_for_files(agent: Agent) -> None:
    CustomerFieldFactory(tenant=agent.tenant, key="secret", in_exchange=False)
    CustomerLevelFactory(tenant=agent.tenant, code="gold", name="金卡")
    words = vocabulary()
    names = [spec.name for spec in customer_fields(words)]
    assert {"name", "numbers", "custom.plan", "custom.secret"} <= set(names)
    assert "custom.secret" not in [spec.name for spec in exchange_fields(words)]
    level = next(spec for spec in customer_fields(words) if spec.name == "level")
    assert [value for value, _text in level.options] == ["normal", "vip", "gold"]
