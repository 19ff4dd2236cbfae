"""What goes wrong at the desk is said, and mends itself: no microphone, an event that got lost."""

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import People
from tests.browser.office import Office

PING_MS = 10_000


def test_missing_microphone_is_said(office: Office, person: People) -> None:
    desk = person("1001")
    desk.take_calls()
    desk.page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia ="
        " () => Promise.reject(new DOMException('refused', 'NotAllowedError')); }"
    )
    desk.at("dial-input").fill("13900139000")
    desk.at("dial").click()
    expect(desk.at("toast")).to_contain_text("麦克风", timeout=10_000)
    # Nothing was dialled, and the phone is as it was.
    assert office.channels() == 0
    expect(desk.at("phone-state")).to_have_attribute("data-mood", "good")


def lose(page: Page, kind: str) -> list[str]:
    """Lose every envelope of this kind on its way to the page; give the list of those lost."""
    lost: list[str] = []

    def join(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            text = message if isinstance(message, str) else message.decode()
            if f'"{kind}"' in text:
                lost.append(text)
            else:
                socket.send(text)

        server.on_message(pass_on)

    page.route_web_socket("**/ws/desk/", join)
    return lost


def test_lost_last_event_is_noticed_at_the_next_ping(office: Office, person: People) -> None:
    desk = person("1001")
    desk.take_calls()
    lost = lose(desk.page, "agent.changed")
    desk.page.reload()
    desk.wait_state("ready")
    desk.at("pause").click()
    # No event tells it; the pong's number is ahead, so the page asks for a snapshot.
    expect(desk.at("desk-state")).to_have_attribute(
        "data-state", "paused", timeout=2 * PING_MS + 5_000
    )
    assert len(lost) == 1
