"""What goes wrong at the desk is said, and mends itself: no microphone, an event that got lost."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import People
from tests.browser.office import Office

PING_MS = 5_000


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


@dataclass
class Loss:
    """What is lost on its way to the page, once it has begun."""

    has_begun: bool = False
    lost: list[str] = field(default_factory=list)


def lose(page: Page, kind: str) -> Loss:
    """Stand ready to lose every envelope of this kind on its way to the page."""
    loss = Loss()

    def join(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            text = message if isinstance(message, str) else message.decode()
            if loss.has_begun and f'"{kind}"' in text:
                loss.lost.append(text)
            else:
                socket.send(text)

        server.on_message(pass_on)

    page.route_web_socket(re.compile(r"/ws/desk/"), join)
    return loss


def test_lost_last_event_is_noticed_at_the_next_ping(office: Office, person: People) -> None:
    desk = person("1001")
    desk.take_calls()
    loss = lose(desk.page, "agent.changed")
    desk.page.reload()
    # The page that goes takes its phone with it: until the new one is there he is unreachable.
    desk.take_calls()
    loss.has_begun = True
    desk.at("pause").click()
    # No event tells it; the pong's number is ahead, so the page asks for a snapshot.
    expect(desk.at("desk-state")).to_have_attribute(
        "data-state", "paused", timeout=2 * PING_MS + 5_000
    )
    assert loss.lost
