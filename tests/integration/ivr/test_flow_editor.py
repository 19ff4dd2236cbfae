"""The flow editor's pages and commands: what they keep, what they refuse, and to whom."""

import inspect
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Role
from apps.audit.models import AuditEntry
from apps.core.tenancy import tenant_scope
from apps.ivr.draft_check import TEXTS
from apps.ivr.engine import check
from apps.ivr.models import Flow, FlowVersion
from tests.factories import (
    EntryPointFactory,
    FlowFactory,
    FlowVersionFactory,
    QueueFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

END = {"start": "end", "nodes": {"end": {"kind": "hangup"}}}
COMMANDS = ("check", "draft", "publish", "versions", "version", "roll-back", "simulate", "tests")
ATTACK = "</script><script>alert(1)</script>"


def ask(client: Client, command: str, flow: Flow, **body: Any) -> Any:
    """Post JSON to one of the editor's addresses."""
    address = reverse(f"console:flow-{command}", args=[flow.pk])
    return client.post(address, json.dumps(body), content_type="application/json")


def config(client: Client, flow: Flow) -> dict[str, Any]:
    """Give what the editor's page begins with."""
    return dict(client.get(reverse("console:flow", args=[flow.pk])).context["config"])


def problems(client: Client, flow: Flow, document: dict[str, Any]) -> set[tuple[str, str]]:
    """Give node and code of each problem."""
    found = ask(client, "check", flow, document=document).json()["problems"]
    return {(one["node"], one["code"]) for one in found}


@pytest.fixture
def flow(admin: Any) -> Flow:
    """Give a flow of the admin's company."""
    made: Flow = FlowFactory(tenant=admin.user.tenant, name="Main", draft=END)
    return made


def signed_in(role: Role, flow: Flow) -> Client:
    """Give a person of the flow's company."""
    client = Client()
    client.force_login(UserFactory(tenant=flow.tenant, role=role))
    return client


@pytest.mark.parametrize("role", [Role.AGENT, Role.TEAM_LEAD, Role.INSPECTOR])
def test_only_admins_see_or_change_flows(flow: Flow, role: Role) -> None:
    client = signed_in(role, flow)
    for name in ("flow", "flow-rename", "flow-copy", "flow-delete", "flow-download"):
        assert client.get(reverse(f"console:{name}", args=[flow.pk])).status_code == 403
    assert client.get(reverse("console:flows")).status_code == 403
    assert client.post(reverse("console:flow-new"), {"name": "x"}).status_code == 403
    for command in COMMANDS:
        assert ask(client, command, flow, document=END).status_code == 403


def test_another_companys_flow_is_not_there(admin: Any) -> None:
    theirs = FlowFactory(tenant=TenantFactory(), draft=END)
    for name in ("flow", "flow-delete", "flow-download"):
        assert admin.get(reverse(f"console:{name}", args=[theirs.pk])).status_code == 404
    for command in COMMANDS:
        assert ask(admin, command, theirs, document=END, number=1).status_code == 404


def test_post_without_token_of_the_form_is_refused(flow: Flow) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(tenant=flow.tenant, role=Role.ADMIN))
    assert ask(client, "draft", flow, document=END).status_code == 403


def test_draft_is_kept_with_places_and_who_did_it(admin: Any, flow: Flow) -> None:
    document = {**END, "layout": {"end": [10, 20]}}
    answer = ask(admin, "draft", flow, document=document, token=config(admin, flow)["token"])
    assert answer.status_code == 200
    again = config(admin, flow)
    assert again["document"] == {**document, "name": "Main"}
    assert again["token"] == answer.json()["token"]
    with tenant_scope(flow.tenant_id):
        assert AuditEntry.objects.get(action="flow.draft_save").actor == admin.user


def test_second_of_two_editors_learns_who_was_first_and_may_overwrite(
    admin: Any, flow: Flow
) -> None:
    token = config(admin, flow)["token"]
    colleague = Client()
    colleague.force_login(
        UserFactory(tenant=flow.tenant, role=Role.ADMIN, username="wang", first_name="Wang")
    )
    theirs = {**END, "language": "en"}
    assert ask(colleague, "draft", flow, document=theirs, token=token).status_code == 200
    refused = ask(admin, "draft", flow, document=END, token=token)
    assert refused.status_code == 409
    said = refused.json()
    assert "Wang" in said["who"]
    assert said["document"]["language"] == "en"
    assert ask(admin, "draft", flow, document=END, token=None).status_code == 200
    assert "language" not in config(admin, flow)["document"]


def test_unfinished_draft_is_kept_and_every_problem_stands_at_its_node(
    admin: Any, flow: Flow
) -> None:
    document = {
        "start": "menu",
        "nodes": {
            "menu": {"kind": "menu", "keys": {"1": "", "2": "gone", "3": "round"}},
            "round": {"kind": "play", "prompts": ["nowhere-to-hear"], "to": "round"},
            "q": {"kind": "queue", "queue": "9999"},
            "p": {"kind": "play"},
            "s": {"kind": "speak", "variable": "x", "as": "song", "to": "q"},
        },
    }
    assert ask(admin, "draft", flow, document=document, token=None).status_code == 200
    found = problems(admin, flow, document)
    assert found >= {
        ("menu", "no_target"),
        ("menu", "no_on_failed"),
        ("round", "missing_prompt"),
        ("round", "endless"),
        ("q", "unknown_queue"),
        ("q", "unreachable"),
        ("p", "no_target"),
        ("s", "structure"),
    }


def test_pin_and_service_that_are_gone_are_told_while_drawing_as_publishing_tells_them(
    admin: Any, flow: Flow
) -> None:
    document = {
        "start": "ask",
        "nodes": {
            "ask": {"kind": "pin", "pin": "夜间", "to": "order", "on_failed": "end"},
            "order": {"kind": "http", "lookup": "订单", "to": "end", "on_failed": "end"},
            "end": {"kind": "hangup"},
        },
    }
    token = ask(admin, "draft", flow, document=document, token=None).json()["token"]
    found = ask(admin, "check", flow, document=document).json()["problems"]
    assert [(one["node"], one["code"]) for one in found] == [
        ("ask", "unknown_pin"),
        ("order", "unknown_http_lookup"),
    ]
    refused = ask(admin, "publish", flow, token=token)
    assert refused.status_code == 422
    assert refused.json()["problems"] == found
    assert refused.json()["reasons"] == []


def test_every_problem_of_the_engines_check_has_words_of_its_own() -> None:
    given = set(re.findall(r'"([a-z_]+)", f?["t]', inspect.getsource(check)))
    assert {"unknown_pin", "endless", "no_on_failed", "missing_prompt"} <= given
    assert given - TEXTS.keys() == set()


def test_node_that_cannot_be_read_does_not_make_those_after_it_unreachable(
    admin: Any, flow: Flow
) -> None:
    document = {
        "start": "hours",
        "nodes": {
            "hours": {"kind": "calendar", "calendar": "", "open": "end", "closed": "rule"},
            "rule": {
                "kind": "branch",
                "cases": [{"all": [{"variable": "", "is": "empty"}], "to": ""}],
                "otherwise": "end",
            },
            "end": {"kind": "hangup"},
        },
    }
    assert problems(admin, flow, document) == {
        ("hours", "no_value"),
        ("rule", "no_target"),
        ("rule", "structure"),
    }


def test_draft_without_problems_has_none(admin: Any, flow: Flow) -> None:
    assert problems(admin, flow, END) == set()


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, "empty"),
        ({"start": "x", "nodes": {"end": {"kind": "hangup"}}}, "no_start"),
        ({"start": "end", "language": "fr", "nodes": END["nodes"]}, "structure"),
        ({"start": "end", "nodes": {"end": {"kind": "no such"}}}, "structure"),
        ({"start": "end", "nodes": {"end": 5}}, "structure"),
        ({"start": ["end"], "nodes": {"end": {"kind": "menu", "keys": 5}}}, "structure"),
        ({"start": "end", "nodes": {"e" * 100: {"kind": "hangup"}}}, "no_start"),
    ],
)
def test_any_shape_is_looked_over_without_a_fault(
    admin: Any, flow: Flow, document: dict[str, Any], code: str
) -> None:
    assert code in {found for _node, found in problems(admin, flow, document)}


@pytest.mark.parametrize("body", ["[]", "{", "7", '{"document": 5}', '{"document": {"nodes": 1}}'])
def test_body_that_is_no_document_is_refused(admin: Any, flow: Flow, body: str) -> None:
    address = reverse("console:flow-check", args=[flow.pk])
    assert admin.post(address, body, content_type="application/json").status_code == 400


def test_document_larger_than_any_flow_is_refused(admin: Any, flow: Flow) -> None:
    huge = {**END, "nodes": {"end": {"kind": "hangup", "note": "x" * 1_000_001}}}
    assert ask(admin, "draft", flow, document=huge, token=None).status_code == 413
    assert (
        ask(admin, "check", flow, document={"nodes": {}, "x": "y" * 2_100_000}).status_code == 413
    )


@pytest.mark.parametrize(
    "inside", ['"\\u0000"', '"\\ud800"', "NaN", "1e999", "[" * 900 + "]" * 900]
)
def test_what_the_database_cannot_hold_is_refused_not_a_fault(
    admin: Any, flow: Flow, inside: str
) -> None:
    body = f'{{"token": null, "document": {{"start": "e", "nodes": {{}}, "x": {inside}}}}}'
    for command in ("draft", "check"):
        address = reverse(f"console:flow-{command}", args=[flow.pk])
        answer = admin.post(address, body, content_type="application/json")
        assert answer.status_code in ({200, 400, 422} if command == "check" else {400, 422})


def test_text_that_only_looks_like_a_forbidden_character_is_kept(admin: Any, flow: Flow) -> None:
    document = {"start": "end", "nodes": {"end": {"kind": "hangup", "note": "\\u0000 \\"}}}
    assert ask(admin, "draft", flow, document=document, token=None).status_code == 200
    assert config(admin, flow)["document"]["nodes"] == document["nodes"]


def test_text_of_people_never_becomes_markup(admin: Any, flow: Flow) -> None:
    document = {"start": ATTACK, "nodes": {ATTACK: {"kind": "hangup", "note": ATTACK}}}
    ask(admin, "draft", flow, document=document, token=None)
    with tenant_scope(flow.tenant_id):
        Flow.objects.filter(pk=flow.pk).update(name=ATTACK[:60])
    for page in (reverse("console:flow", args=[flow.pk]), reverse("console:flows")):
        assert "<script>alert" not in admin.get(page).content.decode()


def test_publish_puts_the_kept_draft_in_force_and_roll_back_the_one_before(
    admin: Any, flow: Flow
) -> None:
    first = ask(admin, "publish", flow, token=config(admin, flow)["token"]).json()
    assert first["number"] == 1
    answer = ask(admin, "draft", flow, document={**END, "language": "en"}, token=None).json()
    assert ask(admin, "publish", flow, token=answer["token"]).json()["number"] == 2
    assert ask(admin, "roll-back", flow, number=1).json()["number"] == 3
    listed = ask(admin, "versions", flow).json()["versions"]
    assert [row["number"] for row in listed] == [3, 2, 1]
    assert ask(admin, "version", flow, number=2).json()["document"]["language"] == "en"
    with tenant_scope(flow.tenant_id):
        newest = FlowVersion.objects.filter(flow=flow).order_by("-number")[0]
        assert "language" not in newest.document
    assert config(admin, flow)["document"]["language"] == "en"


def test_publish_is_refused_when_the_page_shows_another_draft(admin: Any, flow: Flow) -> None:
    assert ask(admin, "publish", flow, token="old").status_code == 409


def test_publish_of_what_is_in_force_says_so_and_makes_no_version(admin: Any, flow: Flow) -> None:
    token = config(admin, flow)["token"]
    assert ask(admin, "publish", flow, token=token).status_code == 200
    again = ask(admin, "publish", flow, token=token)
    assert (again.status_code, again.json()["code"]) == (422, "ivr.flow_unchanged")
    assert again.json()["reasons"] == ["Nothing differs from version 1, which is in force."]
    assert len(ask(admin, "versions", flow).json()["versions"]) == 1


def test_publish_is_refused_with_the_reasons(admin: Any, flow: Flow) -> None:
    lost = {"start": "q", "nodes": {"q": {"kind": "queue", "queue": "9999"}}}
    token = ask(admin, "draft", flow, document=lost, token=None).json()["token"]
    answer = ask(admin, "publish", flow, token=token)
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["problems"]] == ["unknown_queue"]


@pytest.mark.parametrize("number", [0, 7, -1, 2**40, "1", None, True])
def test_version_that_is_not_there_is_not_found(admin: Any, flow: Flow, number: object) -> None:
    assert ask(admin, "version", flow, number=number).status_code == 404


def test_flow_is_made_renamed_copied_and_deleted(admin: Any) -> None:
    for template in ("empty", "menu", "hours", "voicemail"):
        admin.post(reverse("console:flow-new"), {"name": template, "template": template})
    with tenant_scope(admin.user.tenant_id):
        made = Flow.objects.get(name="menu")
        assert Flow.objects.get(name="empty").draft["nodes"] == {}
    admin.post(reverse("console:flow-rename", args=[made.pk]), {"name": "Hello"})
    admin.post(reverse("console:flow-copy", args=[made.pk]), {"name": "Hello 2"})
    with tenant_scope(admin.user.tenant_id):
        copy = Flow.objects.get(name="Hello 2")
        assert copy.draft["nodes"] == Flow.objects.get(name="Hello").draft["nodes"]
    admin.post(reverse("console:flow-delete", args=[made.pk]))
    with tenant_scope(admin.user.tenant_id):
        assert not Flow.objects.filter(pk=made.pk).exists()
        acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert acts >= {"flow.create", "flow.rename", "flow.delete"}


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "Main", "a\x00b", "a\nb"])
def test_name_that_is_empty_long_or_taken_is_refused(admin: Any, flow: Flow, name: str) -> None:
    admin.post(reverse("console:flow-copy", args=[flow.pk]), {"name": name})
    with tenant_scope(flow.tenant_id):
        assert Flow.objects.count() == 1


def test_flow_that_something_leads_to_is_not_deleted(admin: Any, flow: Flow) -> None:
    entry = EntryPointFactory(tenant=flow.tenant, flow=flow)
    page = admin.get(reverse("console:flow-delete", args=[flow.pk])).content.decode()
    assert entry.did.number in page
    admin.post(reverse("console:flow-delete", args=[flow.pk]))
    with tenant_scope(flow.tenant_id):
        assert Flow.objects.filter(pk=flow.pk).exists()


def test_flow_that_another_enters_keeps_its_name(admin: Any, flow: Flow) -> None:
    calling = {"start": "a", "nodes": {"a": {"kind": "goto", "flow": "Main"}}}
    other = FlowFactory(tenant=flow.tenant, name="Other", draft=END)
    FlowVersionFactory(tenant=flow.tenant, flow=other, number=1, document=calling)
    admin.post(reverse("console:flow-rename", args=[flow.pk]), {"name": "New"})
    admin.post(reverse("console:flow-delete", args=[flow.pk]))
    with tenant_scope(flow.tenant_id):
        assert Flow.objects.get(pk=flow.pk).name == "Main"


def test_fields_offer_the_companys_own_things_only(admin: Any, flow: Flow) -> None:
    QueueFactory(tenant=flow.tenant, number="7001")
    QueueFactory(tenant=TenantFactory(), number="7999")
    choices = config(admin, flow)["pickers"]["queue"]
    assert [one["value"] for one in choices] == ["7001"]


def test_simulated_call_goes_the_way_of_its_keys(admin: Any, flow: Flow) -> None:
    document = {
        "start": "menu",
        "nodes": {
            "menu": {"kind": "menu", "keys": {"1": "end"}, "on_failed": "end"},
            "end": {"kind": "hangup"},
        },
        "tests": [{"name": "one", "steps": ["press 1"], "expect": {"next": "hangup"}}],
    }
    story = ask(admin, "simulate", flow, document=document, caller="1", dialled="2", inputs=[])
    assert story.json()["waits"]["node"] == "menu"
    keyed = ask(admin, "simulate", flow, document=document, inputs=[{"keys": "1"}]).json()
    assert keyed["decision"]["next"] == "hangup"
    assert ask(admin, "simulate", flow, document=document, inputs="x").json()["error"]
    assert ask(admin, "tests", flow, document=document).json()["results"] == [
        {"name": "one", "faults": []}
    ]


@pytest.mark.parametrize(
    ("node", "field", "text"),
    [
        ({"kind": "menu", "keys": {"1": "end"}, "tries": 99}, "tries", "须为 1 至 10。"),
        ({"kind": "menu", "keys": {"1": "end"}, "back": "1"}, "keys", "同一按键"),
        ({"kind": "hangup", "colour": "red"}, "", "colour"),
        ({"kind": "goto"}, "", "请填写"),
        ({"kind": "agent", "agent": "1"}, "agent", "3 至 20 位数字"),
    ],
)
def test_engines_complaint_is_told_in_chinese_at_its_field(
    admin: Any, flow: Flow, node: dict[str, Any], field: str, text: str
) -> None:
    admin.user.language = "zh-hans"
    admin.user.save()
    document = {"start": "n", "nodes": {"n": node, "end": {"kind": "hangup"}}}
    address = reverse("console:flow-check", args=[flow.pk])
    answer = admin.post(
        address,
        json.dumps({"document": document}),
        content_type="application/json",
        headers={"accept-language": "zh-hans"},
    )
    told = [one for one in answer.json()["problems"] if one["code"] == "structure"]
    assert [one["field"] for one in told] == [field]
    assert text in told[0]["text"]


@pytest.mark.parametrize(
    "node",
    [
        {"kind": "collect", "variable": "X y", "to": "end", "on_failed": "end"},
        {"kind": "collect", "variable": "caller", "to": "end", "on_failed": "end"},
        {"kind": "queue", "queue": "sales"},
        {"kind": "calendar", "calendar": "x" * 61, "open": "end", "closed": "end"},
        {"kind": "speak", "variable": "x", "as": "song", "to": "end"},
        {"kind": "set", "variable": "x", "value": "1", "from": "y", "to": "end"},
        {"kind": "set", "variable": "x", "value": "1" * 201, "to": "end"},
        {"kind": "nonsense"},
        {"kind": "menu", "keys": {"1": "end"}, "timeout_s": "long"},
        {"kind": "pin", "pin": "x" * 61, "to": "end", "on_failed": "end"},
        {"kind": "http", "lookup": "x" * 61, "to": "end", "on_failed": "end"},
        {"kind": "branch", "cases": [], "otherwise": "end"},
        {"kind": "branch", "cases": [{"to": "end"}], "otherwise": "end"},
        {
            "kind": "branch",
            "cases": [{"all": [{"variable": "x", "is": "in"}], "to": "end"}],
            "otherwise": "end",
        },
        {
            "kind": "branch",
            "cases": [{"all": [{"variable": "x", "is": "less", "value": "a"}], "to": "end"}],
            "otherwise": "end",
        },
    ],
)
def test_what_a_form_can_get_wrong_is_never_told_in_the_engines_words(
    admin: Any, flow: Flow, node: dict[str, Any]
) -> None:
    document = {"start": "n", "nodes": {"n": node, "end": {"kind": "hangup"}}}
    told = ask(admin, "check", flow, document=document).json()["problems"]
    texts = [one["text"] for one in told if one["node"] == "n" and one["level"] == "error"]
    assert texts
    assert not [text for text in texts if "cannot run as it is" in text]


def test_test_that_fails_stops_publishing_and_says_why(admin: Any, flow: Flow) -> None:
    expecting = {**END, "tests": [{"name": "t", "expect": {"next": "queue"}}]}
    token = ask(admin, "draft", flow, document=expecting, token=None).json()["token"]
    answer = ask(admin, "publish", flow, token=token)
    assert answer.status_code == 422
    assert "t" in answer.json()["reasons"][0]
    assert "hangup" in answer.json()["reasons"][0]


def test_list_says_what_is_in_force_and_what_is_wrong(admin: Any, flow: Flow) -> None:
    FlowVersionFactory(tenant=flow.tenant, flow=flow, number=4, document=END)
    entry = EntryPointFactory(tenant=flow.tenant, flow=flow)
    wrong = {"start": "q", "nodes": {"q": {"kind": "queue", "queue": "1"}}}
    ask(admin, "draft", flow, document=wrong, token=None)
    (row,) = admin.get(reverse("console:flows")).context["rows"]
    assert row["flow"].newest_number == 4
    assert row["is_changed"]
    assert row["uses"].numbers == (entry.did.number,)
    assert row["errors"] == 1
