"""Overflow rules and announcements on the console: who sees, who changes, what is refused."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.engine.conditions import condition_parse
from apps.acd.floor_rows import floor_rows
from apps.acd.models import OverflowRule, Queue
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants
from tests.factories import DepartmentFactory, QueueFactory, UserFactory

RULE = {"is_active": "on", "when": "waited", "limit": "20", "then": "voicemail"}
CONDITION = {"fact": "queues.7002.idle", "op": "at_least", "value": 4}
HOSTILE = [
    "[" * 100_000,
    '{"not":' * 5_000 + "{}" + "}" * 5_000,
    '{"fact": "waited_s", "op": "more", "value": ' + "9" * 5_000 + "}",
    '{"fact": "waited_s", "op": "known", "value": NaN}',
    '{"fact": "waited_s", "op": "known", "value": "\\u0000"}',
    '{"fact": "calendars.\\u0000", "op": "known"}',
    '{"fact": "calendars.\\ud800", "op": "known"}',
    '{"fact": "caller.region", "op": "equals", "value": "\\ud800"}',
]


@pytest.fixture
def queue(db: None) -> Queue:
    with all_tenants("test"):
        department = DepartmentFactory()
        found: Queue = QueueFactory(number="7001", tenant=department.tenant, department=department)
    return found


@pytest.fixture
def other(queue: Queue) -> Queue:
    with all_tenants("test"):
        found: Queue = QueueFactory(number="7002", tenant=queue.tenant)
    return found


def person(queue: Queue, role: str, **fields: Any) -> User:
    with all_tenants("test"):
        found: User = UserFactory(**{"tenant": queue.tenant, "role": role, **fields})
    return found


def admin(queue: Queue, client: Client) -> Client:
    client.force_login(person(queue, Role.ADMIN))
    return client


def rules(queue: Queue) -> list[OverflowRule]:
    with all_tenants("test"):
        return list(OverflowRule.objects.filter(queue=queue).order_by("position"))


def new(client: Client, queue: Queue, **fields: str) -> Any:
    path = reverse("console:overflow-rule-new", args=[queue.pk])
    return client.post(path, {**RULE, **fields})


def test_an_admin_makes_moves_changes_and_deletes_rules(
    queue: Queue, other: Queue, client: Client
) -> None:
    admin(queue, client)
    page = reverse("console:queue-waiting", args=[queue.pk])
    assert 'data-testid="no-rules"' in client.get(page).text
    form = client.get(reverse("console:overflow-rule-new", args=[queue.pk])).text
    assert ">\nnull" not in form, "no condition is an empty field"
    assert new(client, queue).status_code == 302
    wanted = {"then": "queue", "target_queue": str(other.pk), "keeps_place": "on", "limit": "40"}
    assert new(client, queue, **wanted).status_code == 302
    first, second = rules(queue)
    assert (second.limit, second.target_queue_id, second.keeps_place) == (40, other.pk, True)
    client.post(reverse("console:overflow-rule-up", args=[queue.pk, second.pk]))
    assert [rule.pk for rule in rules(queue)] == [second.pk, first.pk]
    edit = reverse("console:overflow-rule", args=[queue.pk, first.pk])
    assert client.post(edit, {**RULE, "when": "nobody", "limit": "99"}).status_code == 302
    assert rules(queue)[1].limit is None, "a limit that means nothing is not kept"
    client.post(reverse("console:overflow-rule-delete", args=[queue.pk, second.pk]))
    assert [rule.pk for rule in rules(queue)] == [first.pk]
    with all_tenants("test"):
        actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == [
        "queue.overflow_rule",
        "queue.overflow_rule",
        "queue.overflow_rule_moved",
        "queue.overflow_rule",
        "queue.overflow_rule_deleted",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": ""},
        {"limit": "-1"},
        {"limit": "999999"},
        {"when": "soon"},
        {"then": "queue"},
        {"then": "number"},
        {"then": "number", "number": "0;id"},
        {"when": "condition"},
        {"when": "condition", "condition": "{"},
        {"when": "condition", "condition": '{"fact": "moon", "op": "is", "value": true}'},
        {"then": "queue", "target_queue": "itself"},
        {"then": "queue", "target_queue": "strange"},
    ],
)
def test_what_makes_no_rule_is_said_at_its_field(
    queue: Queue, client: Client, fields: dict[str, str]
) -> None:
    admin(queue, client)
    with all_tenants("test"):
        strange = QueueFactory(number="7002")
    names = {"itself": str(queue.pk), "strange": str(strange.pk)}
    given = {name: names.get(value, value) for name, value in fields.items()}
    answer = new(client, queue, **given)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert rules(queue) == []


def test_a_condition_is_kept_and_reaches_the_board(
    queue: Queue, other: Queue, client: Client
) -> None:
    admin(queue, client)
    wanted = {"then": "queue", "target_queue": str(other.pk), "limit": ""}
    answer = new(client, queue, when="condition", condition=json.dumps(CONDITION), **wanted)
    assert answer.status_code == 302
    (row,) = [one for one in floor_rows().queues if one.id == queue.asterisk_name]
    (rule,) = row.ways.rules
    assert rule.condition == condition_parse(CONDITION)
    assert (rule.then, rule.target, rule.label) == ("queue", other.asterisk_name, "7002")
    assert (rule.wait_s, rule.extra) == (other.max_wait_s, other.asterisk_name)


def test_a_rule_that_cannot_be_read_or_done_is_left_out(queue: Queue) -> None:
    with all_tenants("test"):
        common = {"tenant": queue.tenant, "queue": queue}
        OverflowRule.objects.create(**common, when="condition", condition={"fact": "moon"})
        OverflowRule.objects.create(**common, when="nobody", then="number", number="13900139000")
        OverflowRule.objects.create(**common, when="nobody", is_active=False)
        kept = OverflowRule.objects.create(**common, when="waited", limit=5, then="voicemail")
    (row,) = [one for one in floor_rows().queues if one.id == queue.asterisk_name]
    assert [(rule.id, rule.target) for rule in row.ways.rules] == [(kept.pk, queue.asterisk_name)]


def test_announcements_are_set_and_out_of_range_is_refused(queue: Queue, client: Client) -> None:
    admin(queue, client)
    page = reverse("console:queue-waiting", args=[queue.pk])
    values = {
        "says_place": "on", "says_place_most": "5", "says_wait": "on", "says_wait_most_min": "20",
        "says_first_s": "15", "says_every_s": "45", "music_prompt": "",
    }  # fmt: skip
    assert client.post(page, values).status_code == 302
    (row,) = [one for one in floor_rows().queues if one.id == queue.asterisk_name]
    says = row.ways.says
    assert (says.place, says.most_place, says.wait, says.most_min) == (True, 5, True, 20)
    assert (says.first_s, says.every_s) == (15, 45)
    assert client.post(page, {**values, "says_every_s": "1"}).status_code == 200
    with all_tenants("test"):
        queue.refresh_from_db()
    assert queue.says_every_s == 45


def test_a_team_lead_of_the_department_reads_and_changes_nothing(
    queue: Queue, client: Client
) -> None:
    with all_tenants("test"):
        rule = OverflowRule.objects.create(
            tenant=queue.tenant, queue=queue, when="nobody", then="voicemail"
        )
    client.force_login(person(queue, Role.TEAM_LEAD, department=queue.department))
    page = reverse("console:queue-waiting", args=[queue.pk])
    shown = client.get(page)
    assert shown.status_code == 200
    assert "rule-new" not in shown.text
    assert client.post(page, {"says_place": "on"}).status_code == 403
    assert client.get(reverse("console:overflow-rule", args=[queue.pk, rule.pk])).status_code == 403
    assert new(client, queue).status_code == 403
    path = reverse("console:overflow-rule-delete", args=[queue.pk, rule.pk])
    assert client.post(path).status_code == 403
    assert len(rules(queue)) == 1


@pytest.mark.parametrize("who", ["agent", "lead elsewhere", "inspector", "stranger"])
def test_others_find_nothing(queue: Queue, client: Client, who: str) -> None:
    with all_tenants("test"):
        elsewhere = DepartmentFactory(tenant=queue.tenant)
        rule = OverflowRule.objects.create(
            tenant=queue.tenant, queue=queue, when="nobody", then="voicemail"
        )
        another = QueueFactory(number="7001")
    user = {
        "agent": lambda: person(queue, Role.AGENT),
        "lead elsewhere": lambda: person(queue, Role.TEAM_LEAD, department=elsewhere),
        "inspector": lambda: person(queue, Role.INSPECTOR),
        "stranger": lambda: person(another, Role.ADMIN),
    }[who]()
    client.force_login(user)
    assert client.get(reverse("console:queue-waiting", args=[queue.pk])).status_code == 404
    assert new(client, queue).status_code == 404
    path = reverse("console:overflow-rule-delete", args=[queue.pk, rule.pk])
    assert client.post(path).status_code == 404
    assert len(rules(queue)) == 1


def test_the_administration_takes_rules_of_the_queue_and_no_broken_condition(
    queue: Queue, client: Client
) -> None:
    client.force_login(person(queue, Role.ADMIN, is_staff=True))
    page = f"/admin/acd/queue/{queue.pk}/change/"
    shown = client.get(page)
    assert shown.status_code == 200
    form = shown.context["adminform"].form
    values = {
        name: "" if form[name].value() is None else form[name].value() for name in form.fields
    }
    for inline in shown.context["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        values |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    values = {name: value for name, value in values.items() if value is not False}
    rule = {"position": "1", "is_active": "on", "when": "condition", "then": "voicemail"}
    given = {f"overflow_rules-0-{name}": value for name, value in rule.items()}
    values |= {**given, "overflow_rules-TOTAL_FORMS": "1"}
    broken = client.post(page, {**values, "overflow_rules-0-condition": '{"fact": "moon"}'})
    assert broken.status_code == 200
    for typed in HOSTILE:
        answer = client.post(page, {**values, "overflow_rules-0-condition": typed})
        assert answer.status_code == 200
    assert rules(queue) == []
    fine = {"overflow_rules-0-condition": json.dumps(CONDITION)}
    answer = client.post(page, {**values, **fine})
    assert answer.status_code == 302, answer.context["errors"]
    (made,) = rules(queue)
    assert (made.condition, made.tenant_id) == (CONDITION, queue.tenant_id)


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_hostile_condition_is_told_and_not_kept(queue: Queue, client: Client, typed: str) -> None:
    answer = new(admin(queue, client), queue, when="condition", condition=typed)
    assert answer.status_code == 200
    assert 'class="text-danger" role="alert"' in answer.content.decode()
    assert rules(queue) == []
