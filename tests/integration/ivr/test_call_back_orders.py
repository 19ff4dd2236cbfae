"""A flow's call-back: in the queue where the queue offers it, else a task for a person."""

from typing import Any

import pytest

from apps.acd.models import CallBack, CallBackRule, Queue
from apps.core.tenancy import all_tenants, tenant_scope
from apps.ivr import lookups
from apps.tasks.models import Task
from tests.factories import CallBackRuleFactory, QueueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue() -> Queue:
    with all_tenants("test"):
        found: Queue = QueueFactory(number="7001")
        CallBackRuleFactory(tenant=found.tenant, queue=found)
    return found


def test_a_flow_keeps_his_place_where_the_queue_offers_it(queue: Queue) -> None:
    with tenant_scope(queue.tenant_id):
        for _ in range(2):
            assert lookups.call_back_order(
                queue="7001", number="13800138000", node="pbx1", linkedid="pbx1-1.1"
            )
        row = CallBack.objects.get()
        assert (row.source, row.order_node, row.order_linkedid) == ("flow", "pbx1", "pbx1-1.1")
        assert row.joined_at == row.ordered_at
        assert not lookups.call_back_order(queue="7001", number="1001")
        assert Task.objects.count() == 0


def test_a_number_abroad_is_called_by_a_person_unless_the_rule_takes_it(queue: Queue) -> None:
    with tenant_scope(queue.tenant_id):
        assert lookups.call_back_order(queue="7001", number="00442079460000")
        assert (CallBack.objects.count(), Task.objects.count()) == (0, 1)
        CallBackRule.objects.update(abroad=True)
        assert lookups.call_back_order(queue="7001", number="00442079460000")
        assert CallBack.objects.get().number == "+442079460000"


def test_without_our_distributor_a_person_has_to_call(queue: Queue, settings: Any) -> None:
    settings.HUAWU_DISTRIBUTOR = False
    with tenant_scope(queue.tenant_id):
        assert lookups.call_back_order(queue="7001", number="13800138000")
        assert (CallBack.objects.count(), Task.objects.count()) == (0, 1)
