"""A work order's whole life in Chromium: agent, lead and admin, in both languages."""

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.desk_page import LANGUAGES, LOGINS, Desk, signed_in
from tests.browser.web_only import WebOnly

BOARD = """
from apps.accounts.models import User
from apps.core.tenancy import all_tenants, tenant_scope
from apps.workorders.services import work_order_create
from tests.factories import OrderTypeFactory, OrderTypeVersionFactory
with all_tenants("test"):
    people = {one.username: one for one in User.objects.filter(tenant__slug="demo")}
agent = people["1001"]
def step(key, who):
    approvers = {"by": "person", "ids": [people[who].pk]}
    return {"key": key, "kind": "approval", "name": key, "approvers": approvers}
with tenant_scope(agent.tenant_id):
    version = OrderTypeVersionFactory(
        tenant=agent.tenant,
        type=OrderTypeFactory(tenant=agent.tenant, prefix="BLANGUAGE", name="Board LANGUAGE"),
        form={"version": 1, "fields": [{"key": "fault", "type": "text", "label": "Fault"}]},
        flow={"version": 1, "steps": [step("check", "1101"), step("repair", "1001")]})
    for _number in range(2):
        work_order_create(user=agent, type=version.type, values={"fault": "x"}, submit=True)
print(version.type_id)
"""
# What the browser tells of a drag: Debian's Chromium begins none for Playwright's mouse.
DRAG = """([card, column]) => {
  const dataTransfer = new DataTransfer();
  const tell = (at, kind) =>
    at.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  tell(card, "dragstart");
  if (tell(column, "dragover")) return false;
  tell(column, "drop");
  tell(card, "dragend");
  return true;
}"""
walk = pytest.mark.parametrize("language", LANGUAGES)


def other(language: str) -> str:
    return LANGUAGES[1 - LANGUAGES.index(language)]


def fill(desk: Desk, name: str, value: str) -> None:
    desk.page.locator(f'#work [name="v-{name}"]').fill(value)


@walk
def test_agent_asks_for_a_refund_lead_returns_it_and_both_bring_it_to_an_end(
    chromium: Browser, web: WebOnly, language: str
) -> None:
    with signed_in(chromium, web.url, "1001", language) as agent:
        agent.at("nav-work-orders").click()
        agent.at("order-new").click()
        agent.at("order-type").filter(has_text="售后").click()
        form = agent.at("order-form")
        # The amount is asked for only when money goes back.
        expect(form.locator('[name="v-amount"]')).to_have_count(0)
        form.locator('[name="v-request"]').select_option("refund")
        expect(form.locator('[name="v-amount"]')).to_be_visible()
        agent.at("order-submit").click()
        expect(agent.at("field-error").first).to_be_visible()
        fill(agent, "contact", "王芳")
        fill(agent, "telephone", "13800138000")
        fill(agent, "product", "空气净化器")
        fill(agent, "amount", "399.00")
        fill(agent, "description", "滤网缺失")
        agent.at("order-submit").click()
        expect(agent.at("order-state")).to_have_attribute("data-state", "running")
        number = (agent.page.locator("#work h1").text_content() or "").split()[0]

        with signed_in(chromium, web.url, "1101", other(language)) as lead:
            expect(lead.at("orders-todo")).not_to_be_empty()
            lead.at("nav-work-orders").click()
            lead.page.get_by_role("link", name=number).click()
            lead.at("order-todo").locator('[name="opinion"]').fill("Which order number?")
            lead.at("act-return").click()
            expect(lead.at("order-state")).to_have_attribute("data-state", "returned")

        # The agent's page asked for itself anew when the order came back.
        expect(agent.at("order-state")).to_have_attribute("data-state", "returned")
        agent.page.reload()
        fill(agent, "order_number", "A-1001")
        agent.at("act-submit").click()
        expect(agent.at("order-state")).to_have_attribute("data-state", "running")

        with signed_in(chromium, web.url, "1101", other(language)) as lead:
            lead.at("nav-work-orders").click()
            lead.page.get_by_role("link", name=number).click()
            lead.at("act-approve").click()
            expect(lead.at("order-todo")).to_have_count(0)

        agent.page.reload()
        fill(agent, "solution", "已补寄滤网")
        agent.at("act-approve").click()
        expect(agent.at("order-state")).to_have_attribute("data-state", "completed")
        expect(agent.at("order-events")).to_contain_text("Which order number?")


@walk
def test_admin_designs_a_type_tries_it_and_publishes(
    chromium: Browser, web: WebOnly, language: str
) -> None:
    name = f"投诉处理单{language[:2]}"
    with signed_in(chromium, web.url, "admin", language) as admin:
        admin.at("nav-order-types").click()
        new = admin.at("type-new")
        new.locator('[name="name"]').fill(name)
        new.locator('[name="number_prefix"]').fill(f"t{language[0]}")
        new.get_by_role("button").click()
        admin.at("add-text").click()
        expect(admin.at("field-problem").first).to_be_visible()
        card = admin.at("field-card").first
        card.locator('[name="f0.label"]').fill("投诉内容")
        card.locator('[name="f0.key"]').fill("complaint")
        admin.at("draft-save").click()
        expect(admin.at("field-problem")).to_have_count(0)
        admin.page.locator("#work .nav-tabs").locator('a[href$="/flow/"]').click()
        admin.at("add-step-approval").click()
        step = admin.at("step-card").first
        step.locator('[name="s0.name"]').fill("主管审批")
        admin.at("draft-publish").click()
        expect(admin.at("publish-form")).to_be_visible()
        admin.at("dry-run-go").click()
        expect(admin.at("dry-run-result")).to_have_attribute("data-status", "completed")
        admin.at("publish-now").click()
        expect(admin.at("versions")).to_contain_text("1")
        admin.at("nav-work-orders").click()
        admin.at("order-new").click()
        expect(admin.at("order-type").filter(has_text=name)).to_be_visible()


@walk
@pytest.mark.parametrize("role", LOGINS)
def test_each_role_makes_finds_and_urges_what_its_rights_allow(
    chromium: Browser, web: WebOnly, role: str, language: str
) -> None:
    with signed_in(chromium, web.url, LOGINS[role], language) as desk:
        desk.at("nav-work-orders").click()
        desk.at("order-new").click()
        desk.at("order-type").filter(has_text="派工").click()
        form = desk.at("order-form")
        expect(form).to_be_visible()
        desk.at("order-draft").click()
        expect(desk.at("order-state")).to_have_attribute("data-state", "draft")
        number = (desk.page.locator("#work h1").text_content() or "").split()[0]
        desk.page.goto(f"{desk.url}/work-orders/?text={number}")
        row = desk.at("order-row")
        expect(row).to_have_count(1)
        row.get_by_role("checkbox").check()
        desk.page.locator("#bulk-priority").select_option("urgent")
        desk.page.locator('#bulk [value="priority"]').click()
        expect(desk.at("notice").first).to_be_visible()
        desk.at("board-link").click()
        expect(desk.at("order-board")).to_be_visible()
        # Types are the admin's alone.
        assert desk.status_of("/work-orders/types/") == (200 if role == "admin" else 403)
        expect(desk.at("nav-order-types")).to_have_count(1 if role == "admin" else 0)


@walk
def test_card_is_dragged_or_moved_by_keys_and_refused_with_the_reason(
    chromium: Browser, web: WebOnly, language: str
) -> None:
    script = BOARD.replace("LANGUAGE", language[:2].upper())
    order_type = web.manage("shell", "--no-imports", "-c", script).split()[-1]
    board = f"/work-orders/board/?type={order_type}"
    with signed_in(chromium, web.url, "1101", language) as lead:
        lead.page.goto(web.url + board, wait_until="networkidle")

        def column(key: str) -> Locator:
            return lead.page.locator(f'[data-testid="board-column"][data-column="{key}"]')

        def drag(card: Locator, to: Locator) -> None:
            places = [card.element_handle(), to.element_handle()]
            assert lead.page.evaluate(DRAG, places), "the column takes no card"

        check, repair = column("check"), column("repair")
        cards = check.get_by_test_id("board-card")
        expect(cards).to_have_count(2)
        # The flow does not end after the check: nothing has moved, and the page says why.
        drag(cards.first, column("@completed"))
        expect(lead.at("notice")).to_contain_text("repair")
        expect(cards).to_have_count(2)
        drag(cards.first, repair)
        expect(repair.get_by_test_id("board-card")).to_have_count(1)
        expect(cards).to_have_count(1)

        pick = cards.first.get_by_test_id("board-pick")
        here = repair.locator("[data-move-here]")
        pick.focus()
        lead.page.keyboard.press("Enter")
        expect(here).to_be_visible()
        expect(column("@returned").locator("[data-move-here]")).to_be_focused()
        lead.page.keyboard.press("Escape")
        expect(here).to_be_hidden()
        expect(pick).to_be_focused()
        lead.page.keyboard.press("Enter")
        here.focus()
        lead.page.keyboard.press("Enter")
        expect(repair.get_by_test_id("board-card")).to_have_count(2)
        # Now they wait for the agent: the lead moves them no more.
        expect(lead.at("board-pick")).to_have_count(0)
