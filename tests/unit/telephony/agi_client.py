"""Play Asterisk's side of FastAGI over a socket."""

import contextlib
import socket
from collections.abc import Iterable, Iterator

FIRST = 'GET FULL VARIABLE "'
LINKEDID = "pbx1-1700000000.1"
HEADERS = {
    "agi_request": "agi://127.0.0.1/enter",
    "agi_channel": "PJSIP/trunk-carrier-00000001",
    "agi_language": "zh",
    "agi_type": "PJSIP",
    "agi_uniqueid": "pbx1-1700000000.1",
    "agi_version": "22.10",
    "agi_callerid": "13800138000",
    "agi_calleridname": "unknown",
    "agi_dnid": "4008001000",
    "agi_context": "huawu-from-trunk",
    "agi_extension": "4008001000",
    "agi_priority": "7",
    "agi_enhanced": "0.0",
    "agi_threadid": "140000000000",
    "agi_arg_1": "4008001000",
    "agi_arg_2": "trunk-carrier",
}


def header(**changed: str) -> bytes:
    """Give a whole header; names without `agi_`."""
    values = HEADERS | {f"agi_{name}": value for name, value in changed.items()}
    return "".join(f"{name}: {value}\n" for name, value in values.items()).encode() + b"\n"


class AsteriskSide:
    """Send a header, read commands, answer them."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.settimeout(10)
        self._lines = connection.makefile("rb")

    @classmethod
    def connect(cls, port: int) -> "AsteriskSide":
        """Connect as Asterisk does."""
        return cls(socket.create_connection(("127.0.0.1", port), timeout=10))

    def send(self, data: bytes) -> None:
        """Send bytes as they are; a server that has closed already is not an error."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.sendall(data)

    def command(self) -> str:
        """Give the next command, '' when the server closed the connection.

        The server's first question, with a number used once, is answered as Asterisk does.
        """
        try:
            found = self._lines.readline().decode().rstrip("\n")
        except ConnectionResetError:
            return ""
        if found.startswith(FIRST):
            once = found.removeprefix(FIRST).partition(" ")[0]
            self.answer(f"200 result=1 ({once} {LINKEDID})")
            return self.command()
        return found

    def answer(self, text: str = "200 result=0") -> None:
        """Answer the command read last."""
        self.send(text.encode() + b"\n")

    def converse(self, answers: dict[str, Iterable[str]]) -> list[str]:
        """Answer every command until the server closes; give the commands.

        `answers` maps a command's beginning to its answers one after the other; others get 0.
        """
        left: dict[str, Iterator[str]] = {name: iter(texts) for name, texts in answers.items()}
        commands = []
        while command := self.command():
            commands.append(command)
            known = next((texts for name, texts in left.items() if command.startswith(name)), None)
            self.answer("200 result=0" if known is None else next(known, "200 result=0"))
        return commands

    def is_closed(self) -> bool:
        """Wait for the server to close and say whether it did so without a word."""
        return self.command() == ""

    def close(self) -> None:
        """Go away."""
        self._lines.close()
        self.connection.close()
