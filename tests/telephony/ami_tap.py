"""Listen to AMI as the product's user does, and ask it things."""

import contextlib
import itertools
import socket
import threading
from collections.abc import Callable

from tests.telephony.waiting import until

Message = dict[str, str]


class AmiTap:
    """Hold one AMI connection: every event in order in `events`, answers by ActionID."""

    def __init__(self, address: str, port: int, secret: str, user: str = "huawu") -> None:
        self.events: list[Message] = []
        self.answers: dict[str, list[Message]] = {}
        self.peer = (address, port)
        self._numbers = itertools.count(1)
        self._socket = socket.create_connection((address, port), timeout=10)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        answer = self.action("Login", Username=user, Secret=secret)
        if answer[0]["Response"] != "Success":
            self.close()
            raise PermissionError(answer[0]["Message"])

    def _read(self) -> None:
        message: Message = {}
        try:
            for line in self._socket.makefile(encoding="utf-8", errors="replace", newline="\r\n"):
                name, colon, value = line.rstrip("\r\n").partition(": ")
                if colon:
                    message[name] = value
                elif not line.strip() and message:
                    self._keep(message)
                    message = {}
        except (OSError, ValueError):
            return

    def _keep(self, message: Message) -> None:
        number = message.get("ActionID", "")
        if number in self.answers:
            self.answers[number].append(message)
        else:
            self.events.append(message)

    def send(self, name: str, **headers: str) -> str:
        """Send an action and give its number."""
        number = f"tap-{next(self._numbers)}"
        self.answers[number] = []
        lines = [
            f"Action: {name}",
            f"ActionID: {number}",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return number

    def action(self, name: str, timeout: float = 5.0, **headers: str) -> list[Message]:
        """Send an action; give its response, followed by the list's items when it has a list."""
        number = self.send(name, **headers)

        def complete() -> bool:
            got = self.answers[number]
            if not got:
                return False
            if got[0].get("EventList", "").lower() != "start":
                return True
            return got[-1].get("EventList", "").lower() in ("complete", "cancelled")

        until(complete, timeout, f"answer to {name}")
        return self.answers[number]

    def names(self, since: int = 0) -> list[str]:
        """Give the names of the events so far, for a test's message."""
        return [e.get("UserEvent") or e.get("Event", "?") for e in self.events[since:]]

    def mark(self) -> int:
        """Give the place in `events` from which a later `wait` shall look."""
        return len(self.events)

    def wait(
        self,
        match: Callable[[Message], bool],
        timeout: float = 10.0,
        *,
        since: int = 0,
        what: str = "",
    ) -> Message:
        """Give the first event after `since` that matches."""
        return until(
            lambda: next((e for e in list(self.events[since:]) if match(e)), None),
            timeout,
            lambda: f"{what or 'event'} among {self.names(since)}",
        )

    def wait_event(
        self, name: str, timeout: float = 10.0, *, since: int = 0, **headers: str
    ) -> Message:
        """Give the first event `name` whose headers are these."""

        def match(event: Message) -> bool:
            same = all(event.get(key) == value for key, value in headers.items())
            return event.get("Event") == name and same

        return self.wait(match, timeout, since=since, what=f"{name} {headers}")

    def wait_user_event(self, name: str, timeout: float = 10.0, *, since: int = 0) -> Message:
        """Give the first UserEvent of this name."""
        return self.wait_event("UserEvent", timeout, since=since, UserEvent=name)

    def wait_queued(self, caller: str = "", timeout: float = 30.0, *, since: int = 0) -> Message:
        """Give the first event that tells of a caller in a queue, whoever serves it."""
        return self.wait(
            lambda event: is_queued(event) and event["CallerIDNum"].startswith(caller),
            timeout,
            since=since,
            what=f"{caller} waits in a queue",
        )

    def close(self) -> None:
        """End the connection and the reading thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


def is_queued(event: Message) -> bool:
    """Say whether an event tells that a caller has just joined a queue."""
    if event.get("UserEvent") == "HuawuWaiting":
        return event.get("Why") == "joined"
    return event.get("Event") == "QueueCallerJoin"
