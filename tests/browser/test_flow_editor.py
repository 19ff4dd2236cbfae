"""An admin draws the main menu from nothing, publishes it, a real call goes through it."""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PICTURES, People
from tests.browser.desk_page import Desk
from tests.browser.office import Office
from tests.telephony.waiting import until
from tools.sipp import HangUp, Keys, Pause, caller_scenario

NUMBER, FLOW = "4008002000", "技术支持直线"
TOKEN = "demo-admin-token"
ONE_KEY = {
    "start": "menu",
    "nodes": {
        "menu": {"kind": "menu", "prompts": ["main-menu"], "keys": {"1": "end"}},
        "end": {"kind": "hangup"},
    },
}
MENU_KEYS = {
    "1": ("排队", "sales", "7001", "queue-sales"),
    "2": ("菜单", "support", "", "support-menu"),
    "3": ("账户余额", "account", "", ""),
    "8": ("留言", "leave", "7000", ""),
    "0": ("排队", "operator", "7000", "queue-operator"),
}
SUPPORT_KEYS = {
    "1": ("排队", "hardware", "7021", "queue-hardware"),
    "2": ("排队", "software", "7022", "queue-software"),
}


def told(desk: Desk, status: int) -> None:
    """Take back the browser's own complaint about an answer that the test asked for."""
    fault = f"status of {status} "
    until(lambda: [one for one in desk.faults if fault in one], 5, f"an answer {status}")
    desk.faults[:] = [one for one in desk.faults if fault not in one]


class Editor:
    """The flow editor in a browser."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.desk, self.page = desk, desk.page
        self.page.goto(f"{desk.url}/flows/")
        link = desk.at("flow-row").get_by_role("link", name=name, exact=True)
        self.page.goto(desk.url + str(link.get_attribute("href")))
        expect(desk.at("problem-count")).not_to_be_empty()

    def node(self, name: str) -> Any:
        """Find a step on the graph."""
        return self.page.locator(f'[data-node="{name}"]')

    def name(self, name: str) -> None:
        """Rename the step whose form is open, with the keyboard."""
        self.desk.at("step-name").fill(name)
        self.page.keyboard.press("Enter")
        expect(self.node(name)).to_be_visible()

    def field(self, name: str) -> Any:
        """Find a field of the open form by its path in the document."""
        return self.page.locator(f'[data-path="{name}"]')

    def key(self, menu: str, key: str, kind: str) -> str:
        """Press a key on a menu and let it lead to a new step; give its first name."""
        before = self.names()
        self.node(menu).focus()
        self.page.keyboard.press(key)
        expect(self.field(f"keys.{key}")).to_be_focused()
        self.field(f"keys.{key}").select_option(label=f"+ {kind}")
        (made,) = self.names() - before
        return made

    def names(self) -> set[str]:
        """Give the names of all steps."""
        found = self.page.locator("[data-node]").evaluate_all("all => all.map(n => n.dataset.node)")
        return set(found)

    def open(self, name: str) -> None:
        """Open a step's form with the keyboard."""
        self.node(name).focus()
        self.page.keyboard.press("Enter")
        expect(self.desk.at("step-name")).to_have_value(name)

    def lead(self, port: str, source: str, target: str) -> None:
        """Draw a way out to another step with the mouse."""
        self.page.locator('[data-do="fit"]').click()
        dot = self.node(source).locator(f'[data-port="{port}"]')
        dot.drag_to(self.node(target).locator(".flow-id"))
        expect(self.page.locator(f'[data-from="{source}"][data-to="{target}"]')).not_to_have_count(
            0
        )

    def tab(self, name: str) -> None:
        """Open a panel."""
        self.page.locator(f'[data-tab="{name}"]').click()


def draw_keys(editor: Editor, menu: str, keys: dict[str, tuple[str, str, str, str]]) -> None:
    for key, (kind, name, number, prompt) in keys.items():
        made = editor.key(menu, key, kind)
        editor.open(made)
        editor.name(name)
        if number:
            editor.field("queue" if kind == "排队" else "box").select_option(number)
        if prompt:
            editor.field("prompts").select_option(prompt)


def draw_main_menu(editor: Editor) -> None:
    """Draw what 4008001000 answers with, from an empty graph."""
    graph = editor.desk.at("graph")
    editor.page.locator('[data-kind="menu"][draggable]').drag_to(
        graph, target_position={"x": 140, "y": 300}
    )
    expect(editor.node("menu")).to_be_focused()
    editor.open("menu")
    editor.name("main")
    editor.field("prompts").select_option("main-menu")
    editor.field("repeat").select_option("9")
    editor.field("back").select_option("*")
    draw_keys(editor, "main", MENU_KEYS)
    draw_keys(editor, "support", SUPPORT_KEYS)
    editor.open("support")
    editor.field("repeat").select_option("9")
    editor.field("back").select_option("*")
    editor.open("account")
    editor.field("to").select_option("main")
    editor.page.locator('[data-do="arrange"]').click()
    for menu in ("main", "support", "account"):
        editor.lead("on_failed", menu, "operator")


def call(office: Office, caller: str, keys: list[str]) -> Callable[[], list[dict[str, Any]]]:
    """Dial with keys; give what then says how the call went (newest first)."""
    steps = [step for key in keys for step in (Pause(1800), Keys(key))]
    office.sipp.start(
        caller_scenario([*steps, Pause(9000), HangUp()], caller=caller), service=NUMBER
    )

    def found() -> list[dict[str, Any]]:
        query = urllib.parse.urlencode({"caller": caller})
        asked = urllib.request.Request(  # noqa: S310 - our own server
            f"{office.url}/api/v1/calls/?{query}", headers={"Authorization": f"Token {TOKEN}"}
        )
        with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310 - our own server
            rows: list[dict[str, Any]] = json.load(answer)["results"]
        return [row for row in rows if row["ended_at"]]

    return found


def test_admin_draws_the_main_menu_and_the_next_call_hears_it(
    office: Office, person: People
) -> None:
    desk = person("admin")
    editor = Editor(desk, FLOW)
    page = desk.page
    editor.node("support").focus()
    page.keyboard.press("Delete")
    expect(desk.at("graph-empty")).to_be_visible()
    draw_main_menu(editor)
    expect(desk.at("problem-count")).to_have_text("✓")

    # A problem comes with what causes it and goes with it, by undo and redo too.
    editor.open("sales")
    editor.field("queue").select_option("")
    expect(editor.node("sales")).to_have_attribute("data-level", "error")
    editor.tab("problems")
    expect(desk.at("problems")).to_contain_text("请填写此项。")
    page.screenshot(path=PICTURES / "flow-problems.png")
    page.keyboard.press("Control+z")
    expect(editor.node("sales")).to_have_attribute("data-level", "")
    expect(desk.at("problem-count")).to_have_text("✓")

    simulate_and_keep(editor)
    publish_after_refusal(editor)
    called = call(office, "13606300001", ["2", "2"])
    until(lambda: called(), 30, "the call through the drawn menu has ended")
    (row,) = called()
    assert [step["node"] for step in row["path"]] == ["main", "support", "software"]
    assert row["queue"] == "7022"
    see_figures(editor)

    roll_back(editor)
    called = call(office, "13606300002", ["2"])
    until(lambda: called(), 30, "the call through the old flow has ended")
    (row,) = called()
    assert [step["node"] for step in row["path"]] == ["support"]
    assert row["queue"] == "7002"


def see_figures(editor: Editor) -> None:
    """The call just made is counted on the graph and in the table, which leads to it.

    Other tests' calls may have gone through the flow before.
    """
    desk, page = editor.desk, editor.page
    desk.at("figures").select_option("1")
    for step in ("main", "support", "software"):
        expect(editor.node(step).locator(".flow-figure")).to_have_text(re.compile("^[1-9]"))
    expect(editor.node("main")).to_have_attribute("aria-label", re.compile("2×[1-9]"))
    expect(editor.node("sales").locator(".flow-figure")).to_have_count(0)
    page.screenshot(path=PICTURES / "flow-figures.png")
    address = str(desk.at("figures-table").get_attribute("href"))
    desk.at("figures").select_option("")
    expect(editor.node("main").locator(".flow-figure")).to_have_count(0)
    other = page.context.new_page()
    other.goto(f"{desk.url}{address}?days=1")
    for step in ("main", "support", "software"):
        expect(other.locator(f'[data-node="{step}"]')).to_have_count(1)
    other.locator('[data-node="main"] a').first.click()
    expect(other.get_by_test_id("call-row").filter(has_text="13606300001")).to_have_count(1)
    other.close()


def simulate_and_keep(editor: Editor) -> None:
    """Dial without a phone: 2, then 2; keep it as a test beside none of the old."""
    desk, page = editor.desk, editor.page
    editor.tab("tests")
    desk.at("test-row").get_by_role("button").click()
    expect(desk.at("test-row")).to_have_count(0)
    editor.tab("try")
    desk.at("sim-dial").click()
    expect(editor.node("main")).to_have_attribute("data-now", "true")
    page.keyboard.press("2")
    expect(editor.node("support")).to_have_attribute("data-now", "true")
    desk.at("sim-keypad").get_by_role("button", name="2").click()
    expect(desk.at("sim-decision")).to_contain_text("7022")
    expect(editor.node("software")).to_have_attribute("data-lit", "true")
    page.screenshot(path=PICTURES / "flow-simulator.png")
    page.locator("#sim-test").fill("软件问题")
    desk.at("sim-keep").click()
    editor.tab("tests")
    desk.at("run-tests").click()
    expect(desk.at("tests-said")).to_have_text("1 个测试全部通过。")


def publish_after_refusal(editor: Editor) -> None:
    """A draft with an error is refused with the reason; put right, it is in force."""
    desk, page = editor.desk, editor.page
    editor.open("leave")
    editor.field("box").select_option("")
    page.locator('[data-do="publish"]').click()
    page.locator('[data-answer="yes"]').click()
    expect(desk.at("refused")).to_contain_text("leave")
    told(desk, 422)
    page.locator('[data-answer=""]').click()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+s")
    expect(desk.at("save-state")).to_have_attribute("data-mood", "good")
    page.locator('[data-do="publish"]').click()
    expect(desk.at("difference")).to_contain_text("+ main")
    page.screenshot(path=PICTURES / "flow-publish.png")
    page.locator('[data-answer="yes"]').click()
    expect(desk.at("in-force")).to_contain_text("版本 2")
    editor.tab("step")
    page.locator('[data-do="fit"]').click()
    editor.open("main")
    page.screenshot(path=PICTURES / "flow-editor.png")


def roll_back(editor: Editor) -> None:
    """Put the first version in force again."""
    desk, page = editor.desk, editor.page
    page.locator('[data-do="versions"]').click()
    desk.at("roll-back-1").click()
    expect(desk.at("difference")).to_contain_text("− main")
    page.locator('[data-answer="yes"]').click()
    expect(desk.at("in-force")).to_contain_text("版本 3")


def new_flow(desk: Desk, name: str, template: str = "empty") -> Page:
    """Make a flow and open it."""
    desk.page.goto(f"{desk.url}/flows/")
    desk.at("flow-name").fill(name)
    desk.at("flow-template").select_option(template)
    desk.at("flow-new").click()
    expect(desk.at("problem-count")).not_to_be_empty()
    return desk.page


def test_text_of_people_is_shown_as_text_everywhere(person: People) -> None:
    attack = '<img src=x onerror="document.title=1"><script>alert(1)</script>'
    desk = person("admin")
    page = new_flow(desk, attack[:60])
    page.locator('[data-kind="hangup"][draggable]').click()
    desk.at("step-name").fill(attack)
    page.keyboard.press("Enter")
    page.locator('[data-path="note"]').fill(attack)
    page.locator('[data-kind="menu"][draggable]').click()
    page.locator('[data-tab="problems"]').click()
    page.locator('[data-do="publish"]').click()
    page.locator('[data-answer="yes"]').click()
    expect(desk.at("refused")).to_be_visible()
    told(desk, 422)
    assert page.locator("img").count() == 0
    assert page.title() != "1"
    page.locator('[data-answer=""]').click()
    page.goto(f"{desk.url}/flows/")
    expect(desk.at("flow-row").filter(has_text="<img")).to_be_visible()
    assert page.locator("img").count() == 0


def test_keyboard_alone_moves_takes_back_and_removes(person: People) -> None:
    desk = person("admin")
    page = new_flow(desk, "键盘", "voicemail")
    node = page.locator('[data-node="message"]')
    node.focus()
    before = str(node.get_attribute("transform"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(node).not_to_have_attribute("transform", before)
    page.keyboard.press("Control+z")
    expect(node).to_have_attribute("transform", before)
    page.keyboard.press("Control+Shift+z")
    expect(node).not_to_have_attribute("transform", before)
    page.keyboard.press("Delete")
    expect(node).to_have_count(0)
    page.keyboard.press("Control+z")
    node.focus()
    page.keyboard.press("Enter")
    expect(desk.at("step-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(node).to_be_focused()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{desk.url}/flows/")
    assert asked == ["beforeunload"]


def test_whoever_saves_second_is_told_and_chooses(person: People) -> None:
    first, second = person("admin"), person("admin")
    page = new_flow(first, "两人同时")
    second.page.goto(page.url)
    second.page.locator('[data-kind="hangup"][draggable]').click()
    second.page.keyboard.press("Control+s")
    expect(second.at("save-state")).to_have_attribute("data-mood", "good")
    page.locator('[data-kind="tone"][draggable]').click()
    page.keyboard.press("Control+s")
    page.locator('[data-answer="load"]').click()
    told(first, 409)
    expect(page.locator('[data-node="hangup"]')).to_be_visible()
    expect(page.locator('[data-node="tone"]')).to_have_count(0)


def test_late_answer_of_the_simulator_never_covers_a_later_one(person: People) -> None:
    desk = person("admin")
    page = new_flow(desk, "慢答")
    desk.at("upload").set_input_files(
        {"name": "m.json", "mimeType": "application/json", "buffer": json.dumps(ONE_KEY).encode()}
    )
    page.locator('[data-tab="try"]').click()
    desk.at("sim-dial").click()
    keypad = desk.at("sim-keypad")
    expect(keypad.get_by_role("button", name="7")).to_be_enabled()
    held: list[Route] = []
    # Only the first of the two answers waits.
    page.route("**/simulate/", lambda route: held.append(route), times=1)
    with page.expect_request("**/simulate/"):
        page.keyboard.press("7")
    page.keyboard.press("1")
    expect(desk.at("sim-decision")).to_be_visible()
    with page.expect_response("**/simulate/") as late:
        held[0].continue_()
    late.value.finished()
    page.evaluate("() => new Promise(done => setTimeout(() => requestAnimationFrame(done), 100))")
    expect(desk.at("sim-decision")).to_be_visible()


def test_difference_is_to_the_version_in_force_now_not_when_the_page_was_opened(
    person: People,
) -> None:
    first, second = person("admin"), person("admin")
    page = new_flow(first, "别人已发布")
    page.locator('[data-kind="hangup"][draggable]').click()
    page.keyboard.press("Control+s")
    expect(first.at("save-state")).to_have_attribute("data-mood", "good")
    second.page.goto(page.url)
    second.page.locator('[data-do="publish"]').click()
    second.page.locator('[data-answer="yes"]').click()
    expect(second.at("in-force")).to_contain_text("版本 1")
    page.locator('[data-do="publish"]').click()
    expect(first.at("difference")).to_have_text("没有差异。")
    expect(first.at("in-force")).to_contain_text("版本 1")


@pytest.mark.parametrize(("locale", "word"), [("zh-CN", "保存草稿"), ("en-US", "Save draft")])
def test_editor_speaks_the_persons_language_and_fits(
    person: People, locale: str, word: str
) -> None:
    desk = person("admin", locale=locale)
    page = new_flow(desk, f"语言 {locale}", "hours")
    expect(page.locator('[data-do="save"]')).to_have_text(word)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    page.keyboard.press("?")
    expect(page.locator("#flow-keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.screenshot(path=PICTURES / f"flow-editor-{locale[:2]}.png")
