"""Customers in Chromium: each role walks all that it may do, in both languages."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk_page import LANGUAGES, LOGINS, Desk, signed_in
from tests.browser.made_calls import MadeDesk, card
from tests.browser.web_only import WebOnly

FIELD = """
from apps.core.tenancy import all_tenants, tenant_scope
from apps.accounts.models import User
from apps.customers.definitions import customer_field_save
with all_tenants("test"):
    admin = User.objects.get(username="admin")
with tenant_scope(admin.tenant_id):
    customer_field_save(tenant_id=admin.tenant_id, actor=admin, values={
        "key": "contract", "kind": "text", "label": "合同号", "is_searchable": True,
        "in_list": True})
"""
LOOKS = """
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants
with all_tenants("test"):
    row = AuditEntry.objects.filter(action="customer.number_reveal").latest("pk")
    print(row.actor.username, row.detail["reason"], row.detail["number"])
"""
# What a worker does: these pages are served without one.
WORK = """
from apps.core.tenancy import all_tenants
from apps.imports.models import ExportRun
from apps.imports.tasks import export_work_task
with all_tenants("test"):
    waiting = list(ExportRun.objects.filter(state="waiting").values_list("tenant_id", "pk"))
for one in waiting:
    export_work_task(*one)
"""
WORDS = {
    "zh-hans": {
        "customers": "客户",
        "figures": "客户统计",
        "blacklist": "黑名单",
        "duplicates": "重复数据",
        "deleted": "已删除客户",
    },
    "en": {
        "customers": "Customers",
        "figures": "Customer figures",
        "blacklist": "Blacklist",
        "duplicates": "Duplicates",
        "deleted": "Deleted customers",
    },
}
WORKED_MS = 20_000
walk = pytest.mark.parametrize("language", LANGUAGES)
everybody = pytest.mark.parametrize("role", LOGINS)
managers = pytest.mark.parametrize("role", ["lead", "admin"])


@pytest.fixture(scope="module")
def office(web: WebOnly) -> WebOnly:
    """Give the demo company a field of its own."""
    web.manage("shell", "--no-imports", "-c", FIELD)
    return web


@pytest.fixture
def desk(chromium: Browser, office: WebOnly, role: str, language: str) -> Iterator[Desk]:
    """Sign the role in."""
    with signed_in(chromium, office.url, LOGINS[role], language) as found:
        yield found


def made(desk: Desk, name: str, *numbers: str, **values: str) -> int:
    """Make a customer as a program of the company does; return his id."""
    answer = desk.page.request.post(
        f"{desk.url}/api/v1/customers/",
        headers={"Authorization": "Token demo-admin-token"},
        data={"name": name, "numbers": [{"number": number} for number in numbers], **values},
    )
    assert answer.status == 201, answer.text()
    return int(answer.json()["id"])


def headed(desk: Desk, language: str, word: str) -> None:
    expect(desk.page.locator("#work h1").first).to_have_text(WORDS[language][word])


def tail(role: str, language: str, kind: int) -> str:
    """Give the last digits of a number that no other walk uses."""
    return f"{kind}{list(LOGINS).index(role)}{LANGUAGES.index(language)}"


@walk
@everybody
def test_customer_is_made_found_counted_and_kept_company(
    desk: Desk, role: str, language: str
) -> None:
    name, contract = f"周{role}{language[:2]}", f"HT-{role}-{language[:2]}"
    mobile, landline = f"13912340{tail(role, language, 1)}", f"0755-2688{tail(role, language, 1)}0"
    desk.at("nav-customers").click()
    headed(desk, language, "customers")
    desk.at("customer-new").click()
    # What is wrong stands beside its field, and nothing typed is lost.
    form = desk.at("customer-form")
    form.locator('[name="numbers"]').fill("abc")
    form.locator('[name="custom.contract"]').fill(contract)
    desk.at("customer-save").click()
    for field in ("name", "numbers"):
        expect(form.locator(f'[data-testid="field-error"][data-field="{field}"]')).to_be_visible()
    expect(form.locator('[name="custom.contract"]')).to_have_value(contract)
    form.locator('[name="numbers"]').fill(f"{mobile}\n{landline}")
    form.locator('[name="level"]').select_option("vip")
    form.locator('[name="tags"]').fill(f"老客户, {contract}")
    form.locator('[name="name"]').fill(name)
    form.locator('[name="name"]').press("Enter")
    expect(desk.page.locator("#work h1").first).to_contain_text(name)
    expect(desk.at("customer-number")).to_have_count(2)
    expect(desk.at("customer-number").first).to_contain_text(mobile)
    expect(desk.at("customer-tags")).to_contain_text(contract)
    expect(desk.page.locator("#work .facts")).to_contain_text(contract)
    expect(desk.page).to_have_url(re.compile(r"/customers/[0-9]+/$"))
    page = desk.page.url

    desk.page.locator("#new-note").fill("下周回访")
    desk.at("note-add").click()
    expect(desk.at("timeline-row").filter(has_text="下周回访")).to_be_visible()

    # Found by the end of a number, by the company's own field and by tag; others are not there.
    rows = desk.at("customer-row")
    for search in ({"q": mobile[-6:]}, {"q": contract}, {"tag": contract, "level": "vip"}):
        desk.page.goto(f"{desk.url}/customers/")
        for key, value in search.items():
            box = desk.page.locator(f'#work .filters [name="{key}"]')
            (box.fill if key == "q" else box.select_option)(value)
        desk.at("customer-search").click()
        expect(rows).to_have_count(1)
        expect(rows.first).to_contain_text(name)
        expect(rows.first).to_contain_text(contract)

    # A figure leads to exactly the customers that it counts.
    desk.page.goto(f"{desk.url}/customers/figures/?by=level&tag={contract}")
    headed(desk, language, "figures")
    expect(desk.at("figure-total")).to_have_text("1")
    desk.at("figure-row").filter(has_text="VIP").get_by_test_id("figure-count").click()
    headed(desk, language, "customers")
    expect(rows).to_have_count(1)
    rows.first.get_by_role("link", name=name).click()
    expect(desk.page).to_have_url(page)


@walk
def test_agent_sees_no_way_to_what_is_not_his_and_the_address_does_not_help(
    chromium: Browser, office: WebOnly, language: str
) -> None:
    with signed_in(chromium, office.url, LOGINS["agent"], language) as desk:
        pk = made(desk, f"冯{language[:2]}", f"13800{LANGUAGES.index(language)}31001")
        desk.page.goto(f"{desk.url}/customers/{pk}/")
        for name in ("customer-delete", "customer-export", "customer-erase"):
            expect(desk.at(name)).to_have_count(0)
        refused = ("duplicates/", "deleted/", "settings/", "settings/fields/new/")
        own = (f"{pk}/delete/", f"{pk}/erase/", f"{pk}/merge/1/")
        for path in (*refused, *own):
            assert desk.status_of(f"/customers/{path}") == 404, path
        assert desk.status_of("/customers/999999/") == 404
    with signed_in(chromium, office.url, LOGINS["lead"], language) as desk:
        desk.page.goto(f"{desk.url}/customers/{pk}/")
        expect(desk.at("customer-delete")).to_be_visible()
        expect(desk.at("customer-erase")).to_have_count(0)
        for path in (f"{pk}/erase/", "settings/"):
            assert desk.status_of(f"/customers/{path}") == 404, path


@walk
@managers
def test_two_of_one_number_are_proposed_merged_field_by_field_and_parted_again(
    desk: Desk, role: str, language: str
) -> None:
    number = f"13712350{tail(role, language, 2)}"
    first = made(desk, f"郑甲{role}{language[:2]}", number, city="深圳", address="福田")
    second = made(desk, f"郑乙{role}{language[:2]}", number, city="广州", address="天河")
    desk.at("nav-customers").click()
    desk.at("customer-duplicates").click()
    headed(desk, language, "duplicates")
    group = desk.at("duplicate-group").filter(has_text=f"郑甲{role}{language[:2]}")
    group.get_by_test_id("merge-look").click()
    table = desk.at("merge-table")
    expect(table).to_contain_text("福田")
    table.locator('[name="city"][value="absorbed"]').check()
    table.locator('[name="address"][value="kept"]').check()
    desk.at("merge-confirm").click()
    facts = desk.page.locator("#work .facts")
    expect(facts).to_contain_text("广州 福田")
    expect(desk.page.locator("#work h1").first).to_contain_text("郑甲")
    # Who has the old address of the other comes to the one that stayed.
    desk.page.goto(f"{desk.url}/customers/{second}/")
    expect(desk.page).to_have_url(f"{desk.url}/customers/{first}/")
    desk.at("merge-undo").click()
    expect(facts).to_contain_text("深圳 福田")
    assert len(desk.asked) == 1
    desk.page.goto(f"{desk.url}/customers/{second}/")
    expect(facts).to_contain_text("广州 天河")


@walk
@everybody
def test_number_is_refused_for_a_reason_and_a_lead_lets_it_call_again(
    desk: Desk, role: str, language: str
) -> None:
    number = f"13612360{tail(role, language, 3)}"
    pk = made(desk, f"吴{role}{language[:2]}", number)
    desk.page.goto(f"{desk.url}/customers/{pk}/")
    desk.at("customer-more").click()
    desk.at("number-refuse").click()
    headed(desk, language, "blacklist")
    expect(desk.page.locator("#black-number")).to_have_value(number)
    desk.page.locator("#black-reason").fill("骚扰")
    desk.page.locator("#black-days").select_option("7")
    desk.at("blacklist-add").click()
    row = desk.at("blacklist-row").filter(has_text=number)
    expect(row).to_contain_text("骚扰")
    if role == "agent":
        expect(row.get_by_test_id("blacklist-remove")).to_have_count(0)
        return
    row.get_by_test_id("blacklist-remove").click()
    expect(row).to_have_count(0)
    assert len(desk.asked) == 1


@walk
@managers
def test_list_and_one_person_are_exported_and_a_deleted_one_comes_back(
    desk: Desk, office: WebOnly, role: str, language: str
) -> None:
    name = f"钱{role}{language[:2]}"
    pk = made(desk, name, f"13512370{tail(role, language, 4)}")
    desk.page.goto(f"{desk.url}/customers/{pk}/")
    desk.at("customer-export").click()
    expect(desk.at("export-page")).to_be_visible()
    office.manage("shell", "--no-imports", "-c", WORK)
    link = desk.at("export-file")
    expect(link).to_be_visible(timeout=WORKED_MS)
    with desk.page.expect_download() as told:
        link.click()
    with zipfile.ZipFile(told.value.path()) as archive:
        assert json.loads(archive.read("customer.json"))["name"] == name
    desk.page.goto(f"{desk.url}/customers/?q={name}")
    form = desk.at("export-form")
    form.locator('[name="kind"]').select_option("csv")
    form.get_by_test_id("export").click()
    link = desk.at("export-file")
    expect(link).to_be_visible(timeout=WORKED_MS)
    with desk.page.expect_download() as told:
        link.click()
    lines = told.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert name in lines[1]

    desk.page.goto(f"{desk.url}/customers/{pk}/")
    desk.at("customer-delete").click()
    expect(desk.page.locator("#work h1").first).to_contain_text(name)
    desk.at("delete-confirm").click()
    headed(desk, language, "customers")
    desk.at("customers-deleted").click()
    headed(desk, language, "deleted")
    desk.at("deleted-row").filter(has_text=name).get_by_test_id("restore").click()
    expect(desk.page.locator("#work h1").first).to_contain_text(name)


@walk
def test_admin_masks_numbers_agent_looks_with_a_reason_and_the_look_is_kept(
    chromium: Browser, office: WebOnly, language: str
) -> None:
    end = LANGUAGES.index(language)
    number, reason = f"1341238{end}001", f"核对-{language}"
    with signed_in(chromium, office.url, "admin", language) as admin:
        pk = made(admin, f"孙{language[:2]}", number)
        try:
            mask(admin, is_on=True)
            with signed_in(chromium, office.url, LOGINS["agent"], language) as agent:
                agent.page.goto(f"{agent.url}/customers/{pk}/")
                line = agent.at("customer-number").first
                expect(line).to_contain_text("****")
                assert number not in agent.page.content()
                line.locator('[name="reason"]').fill(reason)
                line.locator('[name="reason"]').press("Enter")
                expect(agent.at("revealed")).to_have_text(number)
                # Who edits cannot overwrite what he does not see, nor find it by its parts.
                agent.at("customer-edit").click()
                expect(agent.at("customer-form")).to_be_visible()
                expect(agent.page.locator('[name="numbers"]')).to_have_count(0)
                agent.page.goto(f"{agent.url}/customers/?q={number[-6:]}")
                expect(agent.at("customer-row")).to_have_count(0)
        finally:
            mask(admin, is_on=False)
    assert office.manage("shell", "--no-imports", "-c", LOOKS).split()[-3:-1] == ["1001", reason]


def mask(admin: Desk, *, is_on: bool) -> None:
    """Switch masking for agents on the page of settings."""
    admin.page.goto(f"{admin.url}/customers/settings/")
    policy = admin.at("customer-policy")
    policy.locator('[name="masked_roles"][value="agent"]').set_checked(is_on)
    policy.get_by_role("button").click()
    expect(admin.at("notice").first).to_be_visible()


def asks_second(admin: Desk, choice: str) -> None:
    """Say whether forgetting a person needs a second one."""
    admin.page.goto(f"{admin.url}/")
    admin.at("nav-erasures").click()
    admin.page.locator("#second-person").select_option(choice)
    admin.at("erasure-policy").click()
    expect(admin.at("notice").first).to_be_visible()


@walk
def test_admin_defines_a_field_and_forgets_a_person_after_typing_his_name(
    chromium: Browser, office: WebOnly, language: str
) -> None:
    name, key = f"卫{language[:2]}", f"car_{language[:2]}"
    with signed_in(chromium, office.url, "admin", language) as admin:
        admin.at("nav-customers").click()
        admin.at("customer-definitions").click()
        admin.at("field-new").click()
        form = admin.at("field-form")
        form.locator('[name="label"]').fill(f"车牌{language[:2]}")
        form.locator('[name="key"]').fill("Car!")
        admin.at("field-save").click()
        expect(form.get_by_role("alert").first).to_be_visible()
        form.locator('[name="key"]').fill(key)
        admin.at("field-save").click()
        expect(admin.at("custom-fields")).to_contain_text(key)

        asks_second(admin, "always")
        pk = made(admin, name, f"1331239{LANGUAGES.index(language)}001")
        admin.page.goto(f"{admin.url}/customers/{pk}/")
        admin.at("customer-erase").click()
        admin.page.locator("#erase-reason").fill("by letter")
        admin.page.locator("#erase-name").fill("王芳")
        admin.at("erase-confirm").click()
        expect(admin.page.locator("#work").get_by_role("alert")).to_be_visible()
        assert admin.status_of(f"/customers/{pk}/") == 200
        expect(admin.page.locator("#erase-reason")).to_have_value("by letter")
        admin.page.locator("#erase-name").fill(name)
        admin.at("erase-confirm").click()
        # Somebody else must confirm it: who proposed can only take it back.
        admin.at("erasure-row").get_by_role("link", name=name).click()
        expect(admin.at("erasure-confirm")).to_have_count(0)
        admin.at("erasure-withdraw").click()
        expect(admin.at("erasure-row")).to_have_count(1)  # the sample's
        asks_second(admin, "never")
        admin.page.goto(f"{admin.url}/customers/{pk}/erase/")
        admin.page.locator("#erase-name").fill(name)
        admin.at("erase-confirm").click()
        headed(admin, language, "customers")
        assert admin.status_of(f"/customers/{pk}/") == 404
        admin.page.goto(f"{admin.url}/customers/?q={name}")
        expect(admin.at("customer-row")).to_have_count(0)


@walk
@everybody
def test_card_of_a_call_opens_its_customer_beside_it(
    chromium: Browser, office: WebOnly, role: str, language: str
) -> None:
    name = f"沈{role}{language[:2]}"
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies(
        [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
    )
    desk = MadeDesk(context.new_page())
    pk = made(Desk(desk.page, office.url), name, f"13212380{tail(role, language, 5)}")
    customer = {**card()["customer"], "id": pk, "name": name}
    desk.open(office.url, card("plain", customer=customer), login=LOGINS[role])
    desk.page.get_by_test_id("customer-link").click()
    expect(desk.page.locator("#work h1").first).to_contain_text(name)
    expect(desk.page.get_by_test_id("call-card")).to_have_attribute("data-state", "talking")
    context.close()


@walk
@pytest.mark.parametrize("width", [1366, 390])
def test_pages_of_customers_stay_within_the_screen(
    chromium: Browser, office: WebOnly, language: str, width: int
) -> None:
    with signed_in(chromium, office.url, "admin", language, width=width) as desk:
        pk = made(desk, f"一位名字特别特别长的客户有限责任公司{language}{width}", "13112390001")
        names = ("customers", "customer-new", "customer-figures", "duplicates", "blacklist")
        paths = [office.pages[f"console:{name}"] for name in names]
        for path in (*paths, f"/customers/{pk}/", f"/customers/{pk}/erase/"):
            desk.page.goto(desk.url + path)
            expect(desk.page.locator("#work h1").first).to_be_visible()
            assert desk.page.evaluate("document.documentElement.scrollWidth") <= width, path
