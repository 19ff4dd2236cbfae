"""The rule editor's pages: what they draw, keep and publish, and for whom."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.choices import Role
from apps.acd.engine.rules import MOST_RULES, rules_parse, rules_raw
from apps.acd.models import Skill
from apps.calls.models import Call, CallFact
from apps.console.rule_form import document_change
from apps.core.tenancy import tenant_scope
from apps.ivr.models import RuleSet, RuleSetVersion
from apps.ivr.routing import RulesPlan
from apps.ivr.rule_trial import rules_differences
from apps.ivr.simulator import CompanyWorld, route_in_company
from tests.factories import (
    ApiTokenFactory,
    CallFactory,
    CustomerFactory,
    CustomerNumberFactory,
    EntryPointFactory,
    QueueFactory,
    RuleSetFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NAMES = ("rule-set", "rule-publish", "rule-versions", "rule-delete")
POSTS = ("rule-edit", "rule-numbers", "rule-publish", "rule-versions", "rule-delete")
BUSY = {"fact": "queues.7001.waiting", "op": "more", "value": 25}
VIP = {"fact": "customer.level", "op": "equals", "value": "vip"}
NIGHT = {"fact": "time.clock", "op": "between", "value": ["22:00", "06:00"]}
DOCUMENT: dict[str, Any] = {
    "rules": [
        {
            "id": "a",
            "name": "VIP",
            "is_on": True,
            "when": {
                "all": [
                    VIP,
                    {"any": [BUSY, {"not": NIGHT}]},
                    {"fact": "customer.tags", "op": "has", "value": ["gold", "old"]},
                    {"fact": "time.weekday", "op": "in", "value": ["1", "2"]},
                    {"fact": "caller.known", "op": "is", "value": True},
                    {"fact": "variables.card", "op": "known"},
                    {"fact": "waited_s", "op": "between", "value": [1, 2.5]},
                ]
            },
            "then": {
                "kind": "queue",
                "queue": "7001",
                "priority": 5,
                "wanted": "owner",
                "wanted_s": 30,
                "needs": [
                    {
                        "skill": "english",
                        "steps": [{"after_s": 0, "level": 80}, {"after_s": 30, "level": 0}],
                    }
                ],
            },
        },
        {
            "id": "b",
            "name": "Nobody",
            "is_on": False,
            "when": {"not": {"all": [VIP]}},
            "then": {"kind": "refuse"},
        },
        {
            "id": "c",
            "name": "Mobile",
            "is_on": True,
            "when": {"any": [VIP]},
            "then": {"kind": "external", "number": "13900139000", "ring_s": 20},
        },
    ]
}


@pytest.fixture
def rules(admin: Any) -> RuleSet:
    tenant = admin.user.tenant
    QueueFactory(tenant=tenant, number="7001")
    with tenant_scope(tenant.pk):
        Skill.objects.create(tenant=tenant, name="english")
    made: RuleSet = RuleSetFactory(tenant=tenant, name="Entry", draft=DOCUMENT)
    return made


def fields(html: str) -> dict[str, list[str]]:
    """Give what a browser would send of the form on a page, or of what the form holds."""
    form = html.partition('id="rules-form"')[2] or html
    form = form.partition("</form>")[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and not ('type="checkbox"' in tag and " checked" not in tag):
            found.setdefault(name[1], []).append(value[1] if value else "")
    for name, inside in re.findall(r'<select[^>]* name="([^"]*)".*?>(.*?)</select>', form):
        chosen = re.findall(r'<option value="([^"]*)" selected>', inside)
        is_multiple = f'name="{name}" aria-label="Value" multiple' in form
        first = re.findall(r'<option value="([^"]*)"', inside)[:1]
        found[name] = chosen or ([] if is_multiple else first)
    return found


def edit(client: Any, rules: RuleSet, do: str, data: dict[str, Any] | None = None) -> Any:
    """Press a button of the editor."""
    if data is None:
        data = fields(client.get(reverse("console:rule-set", args=[rules.pk])).content.decode())
    return client.post(reverse("console:rule-edit", args=[rules.pk]), {**data, "do": do})


# --- Who may ---


@pytest.mark.parametrize("role", [Role.AGENT, Role.TEAM_LEAD, Role.INSPECTOR])
def test_only_admins_see_or_change_rules(rules: RuleSet, role: Role) -> None:
    client = Client()
    client.force_login(UserFactory(tenant=rules.tenant, role=role))
    for name in NAMES:
        assert client.get(reverse(f"console:{name}", args=[rules.pk])).status_code == 403
    for name in POSTS:
        assert client.post(reverse(f"console:{name}", args=[rules.pk])).status_code == 403
    assert client.get(reverse("console:rules")).status_code == 403
    assert client.post(reverse("console:rule-new"), {"name": "x"}).status_code == 403
    assert "nav-rules" not in client.get("/").content.decode()


def test_another_companys_rules_are_not_there(admin: Any) -> None:
    theirs = RuleSetFactory(tenant=TenantFactory(), name="Theirs", draft=DOCUMENT)
    for name in NAMES:
        assert admin.get(reverse(f"console:{name}", args=[theirs.pk])).status_code == 404
    for name in POSTS:
        assert admin.post(reverse(f"console:{name}", args=[theirs.pk])).status_code == 404
    assert "Theirs" not in admin.get(reverse("console:rules")).content.decode()


def test_the_list_and_a_new_one(admin: Any, rules: RuleSet) -> None:
    page = admin.get(reverse("console:rules")).content.decode()
    assert "Entry" in page
    assert "never published" in page
    assert "nav-rules" in page
    made = admin.post(reverse("console:rule-new"), {"name": "Night"})
    with tenant_scope(rules.tenant_id):
        night = RuleSet.objects.get(name="Night")
    assert made.url == reverse("console:rule-set", args=[night.pk])
    taken = admin.post(reverse("console:rule-new"), {"name": "Night"}, follow=True)
    assert "that no other rules have" in taken.content.decode()


# --- The form and the document ---


def test_the_page_sends_back_the_document_that_it_drew(admin: Any, rules: RuleSet) -> None:
    page = admin.get(reverse("console:rule-set", args=[rules.pk])).content.decode()
    found = edit(admin, rules, "save", fields(page))
    assert "rules-kept" in found.content.decode()
    rules.refresh_from_db()
    assert rules.draft == DOCUMENT
    assert rules_raw(rules_parse(rules.draft)) == rules_raw(rules_parse(DOCUMENT))


def test_in_chinese_too(admin: Any, rules: RuleSet) -> None:
    address = reverse("console:rule-set", args=[rules.pk])
    page = admin.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    for word in ("路由规则", "添加规则", "等待人数", "进入队列", "归属坐席"):
        assert word in page


@pytest.mark.parametrize(
    ("wish", "ids"),
    [
        ("up b", ["b", "a", "c"]),
        ("down a", ["b", "a", "c"]),
        ("up a", ["a", "b", "c"]),
        ("remove-rule b", ["a", "c"]),
        ("up nobody", ["a", "b", "c"]),
        ("nonsense", ["a", "b", "c"]),
        ("remove r.nobody.w.0", ["a", "b", "c"]),
        ("add-leaf r.a.w.99.x", ["a", "b", "c"]),
    ],
)
def test_buttons_order_rules(wish: str, ids: list[str]) -> None:
    copy = {"rules": [dict(rule) for rule in DOCUMENT["rules"]]}
    assert [rule["id"] for rule in document_change(copy, wish)["rules"]] == ids


def test_buttons_change_conditions_and_skills(admin: Any, rules: RuleSet) -> None:
    found = edit(admin, rules, "add-leaf r.a.w.1")
    assert found.content.decode().count('data-testid="condition"') == 11
    data = fields(found.content.decode())
    assert data["r.a.w.1.n"] == ["3"]
    data = fields(edit(admin, rules, "remove r.a.w.1.0", data).content.decode())
    assert data["r.a.w.1.n"] == ["2"]
    data = fields(edit(admin, rules, "add-group r.a.w", data).content.decode())
    assert data["r.a.w.7.type"] == ["group"]
    data = fields(edit(admin, rules, "remove-need a 1", data).content.decode())
    assert data["r.a.needs.n"] == ["1"]
    data = fields(edit(admin, rules, "add-need a", data).content.decode())
    assert data["r.a.needs.n"] == ["2"]
    data = fields(edit(admin, rules, "add-rule", data).content.decode())
    assert len(data["order"]) == 4
    rules.refresh_from_db()
    assert rules.draft == DOCUMENT, "nothing is kept before it is saved"


def test_another_fact_has_its_own_comparisons(admin: Any, rules: RuleSet) -> None:
    page = admin.get(reverse("console:rule-set", args=[rules.pk])).content.decode()
    data = fields(page) | {"r.a.w.0.field": ["queues.{queue}.idle"]}
    found = edit(admin, rules, "", data)
    html = found.content.decode()
    assert fields(html)["r.a.w.0.op"] == ["more"] or fields(html)["r.a.w.0.op"] == ["equals"]
    assert 'name="r.a.w.0.param"' in html
    # A queue has to be chosen yet.
    assert "Choose what is compared." in html


def test_problems_are_told_while_editing(admin: Any, rules: RuleSet) -> None:
    page = admin.get(reverse("console:rule-set", args=[rules.pk])).content.decode()
    assert "No problems." in page
    data = fields(page) | {"r.a.queue": ["7999"], "r.c.number": ["12x"]}
    html = edit(admin, rules, "", data).content.decode()
    assert "This is not complete (not_a_number)." not in html
    data |= {"r.c.number": ["13900139000"]}
    html = edit(admin, rules, "", data).content.decode()
    assert "There is no queue 7999 in use." in html


def test_nothing_that_is_typed_breaks_the_page(admin: Any, rules: RuleSet) -> None:
    attack = "</script><script>alert(1)</script>"
    data: dict[str, Any] = {
        "order": ["x", attack],
        "r.x.name": attack,
        "r.x.w.type": "group",
        "r.x.w.n": "9999999999",
        "r.x.w.0.type": "leaf",
        "r.x.w.0.field": attack,
        "r.x.w.0.op": attack,
        "r.x.kind": attack,
        "revision": "-1",
    }
    html = edit(admin, rules, "save", data).content.decode()
    assert attack not in html
    assert "rules-conflict" in html or "rules-problems" in html


# --- Keeping ---


def test_who_saves_over_somebody_else_is_told(admin: Any, rules: RuleSet) -> None:
    page = admin.get(reverse("console:rule-set", args=[rules.pk])).content.decode()
    mine = fields(page) | {"r.a.name": ["Mine"]}
    theirs = fields(page) | {"r.a.name": ["Theirs"]}
    edit(admin, rules, "save", theirs)
    html = edit(admin, rules, "save", mine).content.decode()
    assert "rules-conflict" in html
    assert admin.user.display_name in html
    rules.refresh_from_db()
    assert rules.draft["rules"][0]["name"] == "Theirs"
    edit(admin, rules, "overwrite", fields(html) | {"r.a.name": ["Mine"]})
    rules.refresh_from_db()
    assert rules.draft["rules"][0]["name"] == "Mine"


def test_publishing_shows_the_difference_and_takes_a_note(admin: Any, rules: RuleSet) -> None:
    address = reverse("console:rule-publish", args=[rules.pk])
    page = admin.get(address).content.decode()
    assert page.count('data-kind="added"') == 3
    done = admin.post(address, {"revision": rules.revision, "note": "first"}, follow=True)
    assert "Version 1 is in force." in done.content.decode()
    with tenant_scope(rules.tenant_id):
        assert RuleSetVersion.objects.get().note == "first"
    assert "Nothing is different." in admin.get(address).content.decode()
    again = admin.post(address, {"revision": rules.revision}, follow=True).content.decode()
    assert "Nothing differs from the version in force." in again
    stale = admin.post(address, {"revision": 77}, follow=True).content.decode()
    assert "Somebody else has saved these rules meanwhile." in stale


def test_what_is_wrong_is_not_published(admin: Any, rules: RuleSet) -> None:
    rules.draft = {"rules": [{**DOCUMENT["rules"][0], "then": {"kind": "queue", "queue": "79"}}]}
    rules.save()
    address = reverse("console:rule-publish", args=[rules.pk])
    page = admin.post(address, {"revision": rules.revision}, follow=True).content.decode()
    assert "There is no queue 79 in use." in page
    with tenant_scope(rules.tenant_id):
        assert not RuleSetVersion.objects.exists()


def test_an_earlier_version_is_put_in_force_again(admin: Any, rules: RuleSet) -> None:
    publish = reverse("console:rule-publish", args=[rules.pk])
    admin.post(publish, {"revision": 0})
    rules.draft = {"rules": DOCUMENT["rules"][1:]}
    rules.save()
    admin.post(publish, {"revision": 0})
    address = reverse("console:rule-versions", args=[rules.pk])
    page = admin.get(address).content.decode()
    assert 'data-kind="removed"' in page
    done = admin.post(address, {"number": "1"}, follow=True).content.decode()
    assert "Version 3 is in force." in done
    assert "Roll-back to version 1" in done
    assert admin.post(address, {"number": "77"}).status_code == 302


def test_a_new_sets_versions_are_an_empty_list(admin: Any, rules: RuleSet) -> None:
    assert admin.get(reverse("console:rule-versions", args=[rules.pk])).status_code == 200


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rule-publish", {"revision": "9" * 5000}),
        ("rule-publish", {"revision": "1", "note": "a\x00b"}),
        ("rule-versions", {"number": "9" * 5000}),
        ("rule-numbers", {"number": ["\x00", "9" * 100]}),
        ("rule-edit", {"do": "save", "revision": "9" * 5000, "order": ["a\x00"]}),
    ],
)
def test_what_no_page_sends_is_no_server_error(
    admin: Any, rules: RuleSet, name: str, data: dict[str, Any]
) -> None:
    answer = admin.post(reverse(f"console:{name}", args=[rules.pk]), data)
    assert answer.status_code in (200, 302, 404)


def test_a_name_that_cannot_be_kept_is_refused(admin: Any) -> None:
    answer = admin.post(reverse("console:rule-new"), {"name": "a\x00"}, follow=True)
    assert "Give the rules a name" in answer.content.decode()


def test_as_many_rules_as_there_may_be_are_saved(admin: Any, rules: RuleSet) -> None:
    ids = [f"r{n}" for n in range(MOST_RULES)]
    data: dict[str, Any] = {"do": "save", "revision": rules.revision, "order": ids}
    for one in ids:
        place = f"r.{one}"
        data |= {f"{place}.name": one, f"{place}.kind": "refuse"}
        data |= {f"{place}.w.type": "group", f"{place}.w.how": "all", f"{place}.w.n": "1"}
        data |= {f"{place}.w.0.type": "leaf", f"{place}.w.0.field": "caller.number"}
        data |= {f"{place}.w.0.op": "begins_with", f"{place}.w.0.value": "138"}
    assert admin.post(reverse("console:rule-edit", args=[rules.pk]), data).status_code == 200
    with tenant_scope(rules.tenant_id):
        rules.refresh_from_db()
    assert len(rules.draft["rules"]) == MOST_RULES


def test_the_list_asks_no_more_for_more_sets(admin: Any, rules: RuleSet) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            admin.get(reverse("console:rules"))
        return len(asked)

    queries()
    before = queries()
    for n in range(4):
        RuleSetFactory(tenant=rules.tenant, name=f"More {n}")
    assert queries() == before


def test_differences_name_what_moved_and_changed() -> None:
    rules = DOCUMENT["rules"]
    changed = {"rules": [rules[1], {**rules[0], "then": {"kind": "refuse"}}, rules[2]]}
    kinds = {one.name: one.kind for one in rules_differences(DOCUMENT, changed)}
    assert kinds == {"Nobody": "moved", "VIP": "changed"}


def test_numbers_ask_the_rules(admin: Any, rules: RuleSet) -> None:
    mine = EntryPointFactory(tenant=rules.tenant)
    theirs = EntryPointFactory(tenant=TenantFactory())
    numbers = [mine.did.number, theirs.did.number]
    address = reverse("console:rule-numbers", args=[rules.pk])
    admin.post(address, {"number": numbers})
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.rule_set_id, theirs.rule_set_id) == (rules.pk, None)
    page = admin.get(reverse("console:rule-set", args=[rules.pk])).content.decode()
    assert f'id="number-{mine.did.number}" checked' in page
    refused = admin.post(reverse("console:rule-delete", args=[rules.pk]), follow=True)
    assert "still asks these rules" in refused.content.decode()
    admin.post(address, {})
    mine.refresh_from_db()
    assert mine.rule_set_id is None
    gone = admin.post(reverse("console:rule-delete", args=[rules.pk]), follow=True)
    assert "Deleted." in gone.content.decode()


# --- Trying ---


def test_a_dry_run_says_each_rules_verdict(admin: Any, rules: RuleSet) -> None:
    tenant = rules.tenant
    customer = CustomerFactory(tenant=tenant, level="vip")
    CustomerNumberFactory(tenant=tenant, customer=customer, as_typed="13800138000")
    rules.draft = {
        "rules": [
            {"id": "a", "name": "Busy", "when": BUSY, "then": {"kind": "refuse"}},
            {"id": "b", "name": "VIP", "when": VIP, "then": {"kind": "queue", "queue": "7001"}},
        ]
    }
    rules.save()
    page = admin.get(reverse("console:rule-set", args=[rules.pk])).content.decode()
    data = fields(page) | {"try.caller": ["13800138000"]}
    found = edit(admin, rules, "try", data)
    trial = found.context["trial"]
    assert (trial.rule, [one.code for one in trial.verdicts]) == ("VIP", ["false", "decided"])
    assert "Queue: callers waiting (7001) is more than 25 (was: 0)" in found.content.decode()
    # Assumed, without 26 callers.
    assumed = data | {"try.f.queues.7001.waiting": ["26"]}
    found = edit(admin, rules, "try", assumed)
    assert found.context["trial"].rule == "Busy"
    assert 'value="26"' in found.content.decode()
    stranger = edit(admin, rules, "try", data | {"try.caller": ["13911112222"]})
    assert "No rule decides" in stranger.content.decode()


def test_unfinished_rules_are_not_tried(admin: Any, rules: RuleSet) -> None:
    page = admin.get(reverse("console:rule-set", args=[rules.pk])).content.decode()
    found = edit(admin, rules, "try", fields(page) | {"r.a.queue": [""]})
    assert "Complete the rules before you try them." in found.content.decode()


# --- The call's page and API ---


@pytest.fixture
def ruled(admin: Any, rules: RuleSet) -> Call:
    """Give a call about which the rules said something."""
    document = {
        "rules": [
            {"id": "a", "name": "Busy", "when": BUSY, "then": {"kind": "refuse"}},
            {"id": "b", "name": "Rest", "then": {"kind": "queue", "queue": "7001"}},
        ]
    }
    tenant = rules.tenant
    call: Call = CallFactory(tenant=tenant)
    with tenant_scope(tenant.pk):
        RuleSetVersion.objects.create(tenant=tenant, rule_set=rules, number=4, document=document)
        plan = RulesPlan("Entry", 4, rules_parse(document))
        world = CompanyWorld(tenant.pk, timezone.now())
        record = route_in_company(world, plan, {"caller.number": "13800138000"}).record
        CallFact.objects.create(
            tenant=tenant,
            node=call.node,
            linkedid=call.linkedid,
            key="ruled",
            kind="ruled",
            at=timezone.now(),
            source="agi",
            uniqueid=call.linkedid,
            data=dict(record),
        )
    return call


def test_the_calls_page_says_what_the_rules_said(admin: Any, ruled: Call) -> None:
    page = admin.get(reverse("console:call", args=[ruled.pk])).content.decode()
    assert "What the routing rules said" in page
    assert "Entry version 4" in page
    assert "Wait in a queue: 7001" in page
    assert "✗ Queue: callers waiting (7001) is more than 25 (was: 0)" in page
    assert "say something else" not in page


def test_the_api_says_it_too_and_to_nobody_else(ruled: Call) -> None:
    ApiTokenFactory(tenant=ruled.tenant, token="t-mine")
    ApiTokenFactory(token="t-other")
    address = f"/api/v1/calls/{ruled.pk}/rulings/"
    (told,) = Client(HTTP_AUTHORIZATION="Token t-mine").get(address).json()
    assert (told["rules"], told["version"], told["rule"]) == ("Entry", 4, "Rest")
    assert told["is_same"] is True
    assert [one["code"] for one in told["verdicts"]] == ["false", "decided"]
    assert Client(HTTP_AUTHORIZATION="Token t-other").get(address).status_code == 404
    assert Client().get(address).status_code == 401
