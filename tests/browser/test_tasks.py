"""A bad score on a real call: the team lead's page shows the task by itself, and he closes it."""

from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.browser.office import Office
from tools.sipp import Keys, Pause, WaitBye, caller_scenario

CALLER = "13606200001"


def test_bad_score_appears_at_the_team_lead_who_closes_it_as_recovered(
    office: Office, person: People
) -> None:
    lead = person("1101")
    expect(lead.at("connection")).to_have_attribute("data-mood", "good", timeout=15_000)
    before = lead.text("tasks-todo")
    lead.at("nav-tasks").click()
    expect(lead.page.locator("#task-list")).to_be_visible()

    desk = person("1001")
    desk.take_calls()
    # Presses 1 all the time: in the menu, past the agent's ears, and to the survey's question.
    steps = [Pause(1500), *[Keys("1"), Pause(3500)] * 12, WaitBye()]
    office.sipp.start(caller_scenario(steps, caller=CALLER), service="4008001000")
    desk.answer()
    desk.at("hangup").click()
    desk.wait_call("ended")
    expect(desk.at("dial")).to_be_enabled()

    row = lead.at("task-row").filter(has_text=CALLER)
    expect(row).to_be_visible(timeout=30_000)
    expect(lead.at("tasks-todo")).to_have_text(str(int(before or 0) + 1))
    row.locator('a[href^="/tasks/"]').click()
    expect(lead.at("score")).to_have_text("1")
    lead.page.locator("#result-recovered").check()
    lead.page.locator("#task-note").fill("已致歉")
    lead.at("task-close").click()
    expect(lead.at("task-result")).to_have_attribute("data-result", "recovered")
    expect(lead.at("tasks-todo")).to_have_text(before, timeout=10_000)
    lead.at("nav-tasks").click()
    expect(lead.page.locator("#task-list")).to_be_visible()
    expect(row).to_have_count(0)
    assert person("1102").at("task-row").count() == 0
