"""The company of the lab's day: made in the product's own process, as the demo's is.

It is one of its own, so that its figures are the day's whatever other tests have done.
"""

from datetime import UTC, datetime
from typing import Any

from tests.telephony.lab_day import (
    BLACKLISTED,
    BOX,
    CALL_BACK_AFTER_S,
    CUSTOMERS,
    DECLINED_REST_S,
    DIDS,
    LONGEST_WAIT_S,
    MEMBERS,
    MENU,
    OVERFLOW_AFTER_S,
    SERVICE_LEVEL_S,
    SHORT_ABANDON_S,
    WRAP_UP_S,
    caller_start,
)
from tests.telephony.lab_day_office import (
    DOCUMENT,
    ORDER_FLOW,
    ORDER_FORM,
    ORDER_SLA,
    ORDER_TYPE,
    SHEET,
)

QUEUES = ("8001", "8002", "8003", "8004", "8005", "8006", "8007", "8008", "8009", "8010", "8011")
TOKEN = "lab-day-token"
DEPARTMENT = "客服中心"


def flows() -> dict[str, dict[str, Any]]:
    """Return a flow for each number; into a queue at once, who is wished for by the number."""
    found = {
        f"day-{queue}": {
            "name": f"直达 {queue}",
            "start": "queue",
            "nodes": {"queue": {"kind": "queue", "queue": queue}},
        }
        for queue in DIDS
    }
    for queue in ("8001", "8002"):
        wished = [agent for agent, queues in MEMBERS.items() if queue in queues]
        cases = [
            {
                "all": [{"variable": "caller", "is": "begins_with", "value": caller_start(agent)}],
                "to": f"wish-{agent}",
            }
            for agent in wished
        ]
        wishes = {
            f"wish-{agent}": {"kind": "set", "variable": "owner", "value": agent, "to": "queue"}
            for agent in wished
        }
        found[f"day-{queue}"] = {
            "name": f"直达 {queue}",
            "start": "who",
            "nodes": {
                "who": {"kind": "branch", "cases": cases, "otherwise": "queue"},
                **wishes,
                "queue": {
                    "kind": "queue",
                    "queue": queue,
                    "agent_from": "owner",
                    "agent_wait_s": 60,
                },
            },
        }
    found["day-box"] = {
        "name": "留言",
        "start": "leave",
        "nodes": {"leave": {"kind": "voicemail", "box": "8003"}},
    }
    found["day-menu"] = {
        "name": "自助",
        "start": "menu",
        "nodes": {
            "menu": {
                "kind": "menu",
                "prompts": ["main-menu"],
                "keys": {"1": "queue"},
                "on_failed": "queue",
            },
            "queue": {"kind": "queue", "queue": "8002"},
        },
    }
    return found


def zone_name() -> str:
    """Return a time zone in which it is past noon: no midnight falls into the day."""
    hours = 12 - datetime.now(UTC).hour
    # Written the other way round: Etc/GMT-8 is eight hours before Greenwich's clock.
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


def company_of_the_day(zone: str) -> None:
    """Make it: people, queues, numbers, rules, a survey. Run in the product's process."""
    from datetime import time

    from apps.accounts.choices import Role
    from apps.acd.models import CallBackRule, OverflowRule, Queue
    from apps.core.tenancy import tenant_scope
    from apps.demo.company import CompanyData, CustomerData, Person, QueueData, SurveyData
    from apps.demo.services import company_make
    from apps.ivr.demo_flows import DEMO_FLOWS
    from apps.tenants.models import Tenant

    DEMO_FLOWS.update(flows())
    people = [Person("day-admin", "日管理员", Role.ADMIN, DEPARTMENT)]
    people += [
        Person(number, f"坐席{number}", Role.AGENT, DEPARTMENT, number, queues)
        for number, queues in MEMBERS.items()
    ]
    entries = [(did, f"day-{queue}", "") for queue, did in DIDS.items()]
    entries += [(BOX, "day-box", ""), (MENU, "day-menu", "")]
    company_make(
        CompanyData(
            slug="day",
            name="一日公司",
            departments=(DEPARTMENT,),
            people=tuple(people),
            queues=tuple(QueueData(number, f"队列{number}", DEPARTMENT) for number in QUEUES),
            customers=tuple(
                CustomerData(name, numbers, "normal", "", "", None)
                for name, numbers in CUSTOMERS.items()
            ),
            blacklist=((BLACKLISTED, "骚扰电话"),),
            entries=tuple(entries),
            api_token=TOKEN,
            surveys=(
                SurveyData(
                    "满意度",
                    "8001",
                    "请对本次服务评分",
                    "1 = 非常不满意\n2 = 不满意\n3 = 一般\n4 = 满意\n5 = 非常满意",
                    bad_up_to=2,
                ),
            ),
        )
    )
    tenant = Tenant.objects.get(slug="day")
    tenant.timezone = zone
    tenant.save()
    with tenant_scope(tenant.pk):
        for queue in Queue.objects.all():
            queue.service_level_s = SERVICE_LEVEL_S
            queue.short_abandon_s = SHORT_ABANDON_S
            queue.max_wait_s = LONGEST_WAIT_S if queue.number == "8003" else 120
            queue.ring_timeout_s = 20
            queue.retry_s = DECLINED_REST_S if queue.number == "8006" else 1
            queue.wrap_up_s = WRAP_UP_S.get(queue.number, 0)
            queue.strategy = "ringall" if queue.number == "8007" else "leastrecent"
            queue.save()
        OverflowRule.objects.create(
            tenant=tenant,
            queue=Queue.objects.get(number="8004"),
            when="waited",
            limit=OVERFLOW_AFTER_S,
            then="queue",
            target_queue=Queue.objects.get(number="8005"),
        )
        CallBackRule.objects.create(
            tenant=tenant,
            queue=Queue.objects.get(number="8009"),
            by_key=True,
            key_after_s=CALL_BACK_AFTER_S,
            window_from=time(0),
            window_to=time(0),
        )
        office_made(tenant.pk)


def office_made(tenant: int) -> None:
    """Publish what the office works with after the calls: its score sheet, its type of orders."""
    from apps.accounts.models import User
    from apps.quality.sheets import sheet_create, sheet_publish
    from apps.workorders.type_services import (
        order_type_create,
        order_type_publish,
        order_type_save,
        order_type_set,
    )

    admin = User.objects.get(tenant=tenant, username="day-admin")
    sheet = sheet_create(user=admin, name=SHEET, document=DOCUMENT)
    sheet_publish(sheet=sheet, user=admin, number=1)
    kind = order_type_create(user=admin, name=ORDER_TYPE, prefix="DAY")
    kind = order_type_save(user=admin, type=kind, seen_revision=0, form=ORDER_FORM, flow=ORDER_FLOW)
    order_type_set(user=admin, type=kind, sla_minutes=ORDER_SLA)
    order_type_publish(user=admin, type=kind, seen_revision=1)
