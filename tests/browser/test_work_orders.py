"""A work order's whole life in Chromium: agent, lead and admin, in both languages."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect

from tests.browser.desk_page import Desk
from tests.browser.web_only import WebOnly


@contextmanager
def at_desk(chromium: Browser, web: WebOnly, login: str, language: str) -> Iterator[Desk]:
    desk = Desk(chromium.new_page(viewport={"width": 1366, "height": 768}), web.url)
    desk.context.add_cookies(
        [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
    )
    desk.sign_in(login)
    yield desk
    assert desk.faults == []
    desk.context.close()


def fill(desk: Desk, name: str, value: str) -> None:
    desk.page.locator(f'#work [name="v-{name}"]').fill(value)


def test_agent_asks_for_a_refund_lead_returns_it_and_both_bring_it_to_an_end(
    chromium: Browser, web: WebOnly
) -> None:
    with at_desk(chromium, web, "1001", "zh-hans") as agent:
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

        with at_desk(chromium, web, "1101", "en") as lead:
            expect(lead.at("orders-todo")).to_have_text("1")
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

        with at_desk(chromium, web, "1101", "en") as lead:
            lead.at("nav-work-orders").click()
            lead.page.get_by_role("link", name=number).click()
            lead.at("act-approve").click()
            expect(lead.at("order-todo")).to_have_count(0)

        agent.page.reload()
        fill(agent, "solution", "已补寄滤网")
        agent.at("act-approve").click()
        expect(agent.at("order-state")).to_have_attribute("data-state", "completed")
        expect(agent.at("order-events")).to_contain_text("Which order number?")


def test_admin_designs_a_type_tries_it_and_publishes(chromium: Browser, web: WebOnly) -> None:
    with at_desk(chromium, web, "admin", "zh-hans") as admin:
        admin.at("nav-order-types").click()
        new = admin.at("type-new")
        new.locator('[name="name"]').fill("投诉处理单")
        new.locator('[name="number_prefix"]').fill("ts")
        new.get_by_role("button").click()
        admin.at("add-text").click()
        expect(admin.at("field-problem").first).to_be_visible()
        card = admin.at("field-card").first
        card.locator('[name="f0.label"]').fill("投诉内容")
        card.locator('[name="f0.key"]').fill("complaint")
        admin.at("draft-save").click()
        expect(admin.at("field-problem")).to_have_count(0)
        admin.page.get_by_role("link", name="流程").last.click()
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
        expect(admin.at("order-type").filter(has_text="投诉处理单")).to_be_visible()
