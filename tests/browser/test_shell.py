"""The desk's shell: call buttons, transfer dialog, keyboard, sound, small screens, menu.

The socket's events are made here (made_calls.py); that Asterisk does what is asked, the telephony
tests say.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from apps.console.shortcuts import shortcut_actions
from tests.browser.made_calls import COLLEAGUE, CUSTOMER, MadeDesk, card
from tests.browser.web_only import WebOnly

SIZES = [(1366, 768), (390, 844)]
RINGING = {**COLLEAGUE, "state": "ringing"}
HELD = {**CUSTOMER, "state": "held"}


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Give a Chinese browser of the size of an office screen."""
    found = chromium.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", permissions=["microphone"]
    )
    yield found
    found.close()


@pytest.fixture
def desk(context: BrowserContext) -> MadeDesk:
    """Give a page that the test feeds."""
    return MadeDesk(context.new_page())


def at(desk: MadeDesk, name: str) -> Locator:
    return desk.page.locator(f'[data-testid="{name}"]')


def test_only_buttons_that_do_something_are_there_and_each_waits_for_its_event(
    web: WebOnly, desk: MadeDesk
) -> None:
    desk.open(web.url, card("plain"))
    for name in ("transfer", "park"):
        expect(at(desk, name)).to_be_visible()
    for name in ("swap", "complete", "cancel", "conference", "leave", "invite", "parties"):
        expect(at(desk, name)).to_be_hidden()
    hold = at(desk, "hold")
    hold.click()
    expect(hold).to_have_attribute("aria-busy", "true")
    expect(at(desk, "transfer")).to_be_disabled()
    # Asked once; nothing on the page says "held" before the event.
    expect(hold).to_have_attribute("aria-pressed", "false")
    assert desk.posts == [("1/hold/", "")]
    desk.change(card("held", HELD, state="held"))
    expect(hold).to_have_attribute("aria-pressed", "true")
    expect(at(desk, "transfer")).to_be_enabled()
    expect(hold).not_to_have_attribute("aria-busy", "true")


def test_refused_operation_says_why_and_can_be_asked_again(web: WebOnly, desk: MadeDesk) -> None:
    desk.open(web.url, card("plain"))
    desk.status, desk.detail = 409, "不能这样做"
    at(desk, "park").click()
    expect(at(desk, "toast")).to_contain_text("不能这样做")
    expect(at(desk, "park")).to_be_enabled()
    desk.page.keyboard.press("Alt+q")
    expect(at(desk, "park")).to_be_enabled()
    assert [path for path, _ in desk.posts] == ["1/park/", "1/park/"]


def test_call_is_given_away_by_keyboard_alone(web: WebOnly, desk: MadeDesk) -> None:
    desk.open(web.url, card("plain"))
    desk.page.keyboard.press("Alt+t")
    expect(at(desk, "transfer-input")).to_be_focused()
    lines = at(desk, "target")
    expect(lines.first).to_be_visible()
    # A part of a name finds; arrows and Enter choose.
    desk.page.keyboard.type("黄磊")
    expect(lines).to_have_count(1)
    expect(lines.first).to_have_attribute("aria-selected", "true")
    expect(lines.first).to_contain_text("1004")
    desk.page.keyboard.press("Control+Enter")
    expect(at(desk, "transfer-dialog")).to_be_hidden()
    assert desk.posts == [("1/consult/", "kind=agent&to=1004&note=")]

    # While he is asked, the customer waits; then all operations of a consultation.
    desk.change(card("consulting", HELD, RINGING, state="talking"))
    expect(at(desk, "party")).to_have_count(2)
    expect(at(desk, "party").nth(1)).to_have_attribute("data-state", "ringing")
    desk.change(card("consulting", HELD, COLLEAGUE))
    for key, name in (("s", "swap"), ("j", "conference"), ("x", "cancel"), ("c", "complete")):
        expect(at(desk, name)).to_be_enabled()
        desk.page.keyboard.press(f"Alt+{key}")
        expect(at(desk, name)).to_have_attribute("aria-busy", "true")
        desk.change(card("consulting", HELD, {**COLLEAGUE, "name": f"刘洋{key}"}))
        expect(at(desk, name)).to_be_enabled()
    asked = [path for path, _ in desk.posts[1:]]
    assert asked == ["1/swap/", "1/conference/", "1/cancel/", "1/complete/"]

    # Who was asked lately is on top the next time, as he is now.
    desk.change(card("plain"))
    desk.page.keyboard.press("Alt+t")
    expect(lines.first).to_contain_text("1004")
    expect(lines.first).to_contain_text("最近")
    desk.page.keyboard.press("Enter")
    expect(at(desk, "transfer-dialog")).to_be_hidden()
    assert desk.posts[-1] == ("1/transfer/", "kind=agent&to=1004&note=")


def test_number_outside_is_typed_and_a_queue_is_not_asked_first(
    web: WebOnly, desk: MadeDesk
) -> None:
    desk.open(web.url, card("plain"))
    at(desk, "transfer").click()
    at(desk, "transfer-input").fill("7001")
    expect(at(desk, "target").first).to_have_attribute("data-kind", "queue")
    desk.page.keyboard.press("Control+Enter")
    expect(at(desk, "transfer-message")).not_to_be_empty()
    expect(at(desk, "transfer-dialog")).to_be_visible()
    at(desk, "transfer-input").fill("139 0013 9000")
    expect(at(desk, "target")).to_have_count(1)
    desk.page.keyboard.press("Enter")
    expect(at(desk, "transfer-dialog")).to_be_hidden()
    assert desk.posts == [("1/transfer/", "kind=external&to=13900139000&note=")]


def test_dialog_closes_when_the_customer_has_gone(web: WebOnly, desk: MadeDesk) -> None:
    desk.open(web.url, card("plain"))
    at(desk, "transfer").click()
    expect(at(desk, "transfer-dialog")).to_be_visible()
    desk.change(card(state="ended"))
    expect(at(desk, "transfer-dialog")).to_be_hidden()


def test_one_is_put_out_of_a_conference_but_never_the_customer(
    web: WebOnly, desk: MadeDesk
) -> None:
    desk.open(web.url, card("conference", CUSTOMER, COLLEAGUE))
    expect(at(desk, "party")).to_have_count(2)
    expect(at(desk, "drop")).to_have_count(1)
    with desk.page.expect_response("**/calls/1/drop/"):
        at(desk, "drop").click()
    assert desk.posts == [("1/drop/", "party=k")]
    desk.change(card("conference", CUSTOMER))
    # One more is asked first, nothing can be given away.
    at(desk, "invite").click()
    expect(at(desk, "transfer-now")).to_be_hidden()
    at(desk, "transfer-input").fill("1003")
    expect(at(desk, "target").first).to_contain_text("1003")
    desk.page.keyboard.press("Enter")
    expect(at(desk, "transfer-dialog")).to_be_hidden()
    assert desk.posts[-1] == ("1/consult/", "kind=agent&to=1003&note=")


def test_enter_before_the_list_has_come_means_what_was_typed(web: WebOnly, desk: MadeDesk) -> None:
    desk.open(web.url, card("plain"))
    slow = desk.page.context.new_cdp_session(desk.page)
    slow.send("Network.enable")
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    at(desk, "transfer").click()
    expect(at(desk, "target").first).to_be_visible()
    desk.page.keyboard.type("1006")
    desk.page.keyboard.press("Enter")
    expect(at(desk, "transfer-dialog")).to_be_hidden(timeout=15_000)
    assert desk.posts == [("1/transfer/", "kind=agent&to=1006&note=")]


def test_parked_call_is_listed_beside_the_next_one_and_fetched(
    web: WebOnly, desk: MadeDesk
) -> None:
    parked = card("transferring", HELD, state="held")
    parked["control"]["operations"] = ["take-back", "unpark"]
    talk = card("plain", id=2, customer=None, linkedid="l2")
    desk.open(web.url, parked, talk)
    expect(at(desk, "sent-call")).to_contain_text("王芳")
    # The card and the buttons are those of the call in hand.
    expect(at(desk, "caller-name")).not_to_contain_text("王芳")
    expect(at(desk, "transfer")).to_be_visible()
    with desk.page.expect_response("**/calls/1/unpark/"):
        at(desk, "unpark").click()
    assert desk.posts == [("1/unpark/", "")]
    desk.change(card("plain"))
    expect(at(desk, "sent")).to_be_hidden()


def test_typing_is_never_a_command_and_keys_can_be_switched_off(
    web: WebOnly, desk: MadeDesk
) -> None:
    desk.open(web.url, card("plain"))
    at(desk, "dial-input").click()
    desk.page.keyboard.type("thoq?")
    expect(at(desk, "transfer-dialog")).to_be_hidden()
    assert desk.posts == []
    # The list of keys is reached by a key, and names each.
    desk.page.keyboard.press("Alt+/")
    keys = desk.page.locator("dialog#shortcuts")
    expect(keys).to_be_visible()
    expect(keys.locator("dt")).to_have_count(len(shortcut_actions()))
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("Alt+v")
    at(desk, "shortcuts-on").uncheck()
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("Alt+t")
    expect(at(desk, "transfer-dialog")).to_be_hidden()
    # Kept on this machine.
    desk.page.reload()
    expect(at(desk, "transfer")).to_be_visible()
    desk.page.keyboard.press("Alt+t")
    expect(at(desk, "transfer-dialog")).to_be_hidden()


def test_sound_is_chosen_tested_and_kept(web: WebOnly, desk: MadeDesk) -> None:
    desk.open(web.url)
    at(desk, "sound-open").click()
    at(desk, "ring-tone").select_option("bell")
    at(desk, "ring-volume").fill("20")
    at(desk, "ring-preview").click()
    # Chromium's false microphone beeps: it is heard, and the devices have names then.
    at(desk, "microphone-test").click()
    expect(at(desk, "microphone-result")).to_have_text("麦克风正常。", timeout=15_000)
    microphones = at(desk, "microphone-device").locator("option")
    assert microphones.count() > 1
    chosen = microphones.nth(1).get_attribute("value") or ""
    at(desk, "microphone-device").select_option(chosen)
    desk.page.keyboard.press("Escape")
    expect(at(desk, "sound-dialog")).to_be_hidden()
    desk.page.reload()
    at(desk, "sound-open").click()
    expect(at(desk, "ring-tone")).to_have_value("bell")
    expect(at(desk, "ring-volume")).to_have_value("20")
    expect(at(desk, "microphone-device")).to_have_value(chosen)


def test_notifications_are_asked_for_by_a_button_not_on_load(web: WebOnly, desk: MadeDesk) -> None:
    desk.page.add_init_script(
        "window.asked = 0; Object.defineProperty(Notification, 'permission', {get: () =>"
        " window.asked ? 'granted' : 'default'}); Notification.requestPermission = async () =>"
        " { window.asked += 1; return 'granted'; };"
    )
    desk.open(web.url)
    assert desk.page.evaluate("window.asked") == 0
    at(desk, "sound-open").click()
    at(desk, "allow-notices").click()
    expect(at(desk, "allow-notices")).to_be_hidden()
    assert desk.page.evaluate("window.asked") == 1


@pytest.mark.parametrize("size", SIZES, ids=["office", "phone"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_call_fits_the_screen_without_scrolling_sideways(
    web: WebOnly, context: BrowserContext, desk: MadeDesk, size: tuple[int, int], language: str
) -> None:
    width, height = size
    desk.page.set_viewport_size({"width": width, "height": height})
    context.add_cookies([{"name": "django_language", "value": language, "url": web.url}])
    outside = {"uniqueid": "x", "kind": "external", "number": "02188886666", "name": ""}
    desk.open(web.url, card("plain"))
    for now in (
        card("plain"),
        card("held", HELD, state="held"),
        card("consulting", HELD, COLLEAGUE),
        card("conference", CUSTOMER, COLLEAGUE, {**outside, "state": "ringing"}),
    ):
        desk.change(now)
        expect(at(desk, "call-card")).to_be_visible()
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
        # Whatever may be pressed is on the first screen.
        for button in at(desk, "call-operations").locator("button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height
    if width > 900:
        bar = desk.page.locator(".phone-bar").bounding_box()
        assert bar is not None
        assert bar["height"] < 80  # one line
    for opener in ("shortcuts-open", "sound-open"):
        desk.page.evaluate(f"document.querySelector('[data-testid={opener}]').click()")
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
        box = desk.page.locator("dialog[open]").bounding_box()
        assert box is not None
        assert box["width"] <= width
        assert box["height"] <= height
        desk.page.keyboard.press("Escape")


def test_pages_are_a_menu_on_a_phones_screen(web: WebOnly, desk: MadeDesk) -> None:
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.open(web.url)
    menu, history = at(desk, "nav-menu"), at(desk, "nav-history")
    expect(history).to_be_hidden()
    expect(at(desk, "pause")).to_be_hidden()
    menu.click()
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(at(desk, "pause")).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(history).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    history.click()
    desk.page.wait_for_url("**/history/")
    expect(history).to_be_hidden()
    expect(history).to_have_attribute("aria-current", "page")


def test_sections_of_the_menu_close_stay_closed_and_are_walked_by_keys(
    web: WebOnly, desk: MadeDesk
) -> None:
    desk.open(web.url)
    live, queues = at(desk, "section-live"), at(desk, "nav-queues")
    live.locator("summary").click()
    expect(queues).to_be_hidden()
    desk.page.reload()
    expect(live).not_to_have_attribute("open", "")
    # The section of the page that is open is never closed at first.
    desk.page.goto(f"{web.url}/queues/")
    expect(queues).to_be_visible()
    expect(queues).to_have_attribute("aria-current", "page")
    desk.page.goto(web.url)
    expect(queues).to_be_hidden()
    live.locator("summary").focus()
    desk.page.keyboard.press("ArrowRight")
    expect(queues).to_be_visible()
    desk.page.keyboard.press("ArrowDown")
    expect(live.locator("a").first).to_be_focused()
    desk.page.keyboard.press("ArrowDown")
    expect(live.locator("a").nth(1)).to_be_focused()
    desk.page.keyboard.press("ArrowLeft")
    expect(live.locator("summary")).to_be_focused()
    desk.page.keyboard.press("ArrowLeft")
    expect(queues).to_be_hidden()


def test_menu_on_a_phones_screen_has_only_the_pages_section_open(
    web: WebOnly, desk: MadeDesk
) -> None:
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.open(web.url)
    at(desk, "nav-menu").click()
    expect(at(desk, "nav-history")).to_be_visible()
    expect(at(desk, "nav-queues")).to_be_hidden()
    at(desk, "section-live").locator("summary").click()
    at(desk, "nav-queues").click()
    desk.page.wait_for_url("**/queues/")
    at(desk, "nav-menu").click()
    expect(at(desk, "nav-queues")).to_be_visible()
    expect(at(desk, "nav-history")).to_be_hidden()
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_screen_reader_hears_the_calls_steps_not_its_clock(web: WebOnly, desk: MadeDesk) -> None:
    desk.open(web.url, card("plain"))
    spoken = at(desk, "announce")
    expect(spoken).to_have_text("通话中: 王芳")
    desk.change(card("consulting", HELD, RINGING))
    expect(spoken).to_have_text("通话中: 王芳, 刘洋 振铃中")
    assert at(desk, "call-timer").evaluate("el => el.closest('[aria-live]')") is None


def test_card_says_who_gave_the_call(web: WebOnly, desk: MadeDesk) -> None:
    given = {"by": {"number": "1002", "name": "刘洋"}}
    desk.open(web.url, card(state="ringing", transfer=given))
    expect(at(desk, "transfer-packet")).to_contain_text("1002 刘洋")
    desk.change(card("plain"))
    expect(at(desk, "transfer-packet")).to_be_hidden()


def test_card_says_who_declined_and_why(web: WebOnly, desk: MadeDesk) -> None:
    no = {"by": {"number": "1002", "name": "刘洋"}, "reason": "technical"}
    desk.open(web.url, card("plain", declined=no))
    expect(at(desk, "declined")).to_have_text("1002 刘洋 已拒绝：电话或电脑故障")
    desk.change(card("plain"))
    expect(at(desk, "declined")).to_be_hidden()


@pytest.mark.parametrize("kind", ["task", "inspection"])
def test_alert_that_comes_moves_nothing_of_the_call(
    web: WebOnly, desk: MadeDesk, kind: str
) -> None:
    desk.open(web.url, card("plain"))
    places = "() => [...document.querySelectorAll('.call-panel a, .call-panel button')]" + (
        ".map((one) => one.getBoundingClientRect().top)"
    )
    before = desk.page.evaluate(places)
    shown = desk.page.locator(f"#{kind}-alerts")
    shown.evaluate("el => el.innerHTML = '<div class=\"alert task-alert\">!</div>'")
    expect(shown.locator(".alert")).to_be_visible()
    assert desk.page.evaluate(places) == before
