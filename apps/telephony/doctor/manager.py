"""A small, blocking manager connection for one diagnosis.

Not `ami.connection.AmiLink`: that one reconnects for ever and hides why, while the doctor must tell
"nothing listens" from "wrong secret" from "address not permitted". Source: Asterisk 22 AMI, Login,
Ping, ListCommands; manager.c (FullyBooted is sent after a log-in that may read `system`).
"""

import socket
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

from apps.telephony.quoting import ami_value

TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 20_000_000

Message = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """The response to one action, and the events of a list."""

    response: Message
    items: list[Message] = field(default_factory=list)

    @property
    def is_success(self) -> bool:
        """Return whether Asterisk did it."""
        return self.response.get("Response") in ("Success", "Follows", "Goodbye")


class Manager(Protocol):
    """What the checks ask of a node; a fake answers in unit tests."""

    def ask(self, action: str, **fields: str) -> Answer:
        """Send one action and return its answer; OSError when the connection is lost."""
        ...

    def has_event(self, name: str) -> bool:
        """Return whether an event with this name has come since the log-in."""
        ...


class LoginRefusedError(Exception):
    """Asterisk answered and said no."""


class NotAsteriskError(Exception):
    """Something listens there, but it does not speak AMI."""


class ManagerConnection:
    """A logged-in connection; use it as a context manager."""

    def __init__(self, host: str, port: int, user: str, secret: str) -> None:
        """Connect and log in; OSError, NotAsteriskError or LoginRefusedError."""
        self._socket = socket.create_connection((host, port), TIMEOUT_S)
        self._buffer = b""
        self._number = 0
        self._events: list[Message] = []
        try:
            greeting = self._read_until(b"\r\n")
            if not greeting.startswith(b"Asterisk Call Manager"):
                raise NotAsteriskError(greeting[:60].decode("utf-8", "replace"))
            answer = self.ask("Login", Username=user, Secret=secret, Events="on")
            if not answer.is_success:
                raise LoginRefusedError(answer.response.get("Message", ""))
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> "ManagerConnection":
        """Return the connection."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it; Asterisk notices."""
        self._socket.close()

    def ask(self, action: str, **fields: str) -> Answer:
        """Send one action; wait for its answer and, when it is a list, for the end of it."""
        self._number += 1
        action_id = f"doctor-{self._number}"
        lines = {"Action": action, "ActionID": action_id, **fields}
        text = "".join(f"{name}: {ami_value(value)}\r\n" for name, value in lines.items())
        self._socket.sendall(text.encode() + b"\r\n")
        response: Message | None = None
        items: list[Message] = []
        deadline = time.monotonic() + 2 * TIMEOUT_S
        while True:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{action}: no answer")
            message = self._read_message()
            if message.get("ActionID") != action_id:
                self._events.append(message)
            elif "Response" in message:
                response = message
                if message.get("EventList") != "start":
                    return Answer(response)
            elif message.get("EventList") == "Complete":
                return Answer(response or {}, items)
            else:
                items.append(message)

    def has_event(self, name: str) -> bool:
        """Look through the events that came so far."""
        return any(message.get("Event") == name for message in self._events)

    def _read_message(self) -> Message:
        lines = self._read_until(b"\r\n\r\n").decode("utf-8", "replace").splitlines()
        pairs = (line.split(":", 1) for line in lines if ":" in line)
        return {name.strip(): value.strip() for name, value in pairs}

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionResetError("the manager closed the connection")
            self._buffer += chunk
            if len(self._buffer) > MAX_ANSWER_BYTES:
                raise NotAsteriskError("an answer without an end")
        found, _, self._buffer = self._buffer.partition(end)
        return found
