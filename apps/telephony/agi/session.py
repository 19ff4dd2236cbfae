"""One AGI session over a socket: pyst2's vocabulary, repaired.

Repairs (pyst2 0.5.1): its constructor installs a signal handler (only possible in the main thread)
and writes every line, PIN digits included, to stderr; an end of file, `HANGUP` and `511` gave a
ValueError or an unknown error; values were quoted without escaping.
"""

import socket
from typing import IO

from asterisk.agi import AGI, AGIError

from apps.ivr.engine.voice import CallerGoneError
from apps.telephony.quoting import agi_quote

MAX_LINE = 4096
MAX_HEADERS = 100
HEADER_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 120.0
DEAD_CHANNEL = "511"
TRYING = "100"


class NotAgiError(Exception):
    """Whoever connected does not speak AGI."""


class EmptyConnectionError(NotAgiError):
    """Connected and went without a byte: a health check."""


class Silent:
    """A standard error that nobody reads: digits may be PINs."""

    def write(self, text: str) -> int:
        """Drop the text."""
        return len(text)


class AgiSession(AGI):
    """pyst2's AGI on an accepted connection. Raises CallerGoneError when the caller has gone."""

    def __init__(self, connection: socket.socket) -> None:
        # Not AGI.__init__: see the module's repairs.
        self._connection = connection
        connection.settimeout(HEADER_TIMEOUT_S)
        self._file: IO[str] = connection.makefile(
            "rw", encoding="utf-8", errors="replace", newline="\n"
        )
        self.stdin = self.stdout = self._file
        self.stderr = Silent()
        self._got_sighup = False
        self.env: dict[str, str] = {}
        self._get_agi_env()
        connection.settimeout(COMMAND_TIMEOUT_S)

    def _get_agi_env(self) -> None:
        for count in range(MAX_HEADERS):
            try:
                line = self._file.readline(MAX_LINE)
            except TimeoutError as error:
                raise NotAgiError("no AGI header in time") from error
            if not line and count == 0:
                raise EmptyConnectionError
            if not line.endswith("\n"):
                raise NotAgiError("the header ends early or is too long")
            line = line.strip()
            if not line:
                if "agi_request" not in self.env:
                    raise NotAgiError("no agi_request in the header")
                return
            name, colon, value = line.partition(":")
            if not colon or not name.startswith("agi_"):
                raise NotAgiError(f"not an AGI header: {line[:40]!r}")
            self.env[name] = value.strip()
        raise NotAgiError("too many headers")

    def _quote(self, string: object) -> str:
        return agi_quote(string)

    def execute(self, command: str, *args: object) -> dict[str, tuple[str, str]]:
        """Send one command and return its result; every way of losing the caller is one error."""
        try:
            answer: dict[str, tuple[str, str]] = super().execute(command, *args)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise CallerGoneError(str(error)) from error
        except AGIError as error:
            raise CallerGoneError(str(error)) from error
        return answer

    def get_result(self, stdin: object = None) -> dict[str, tuple[str, str]]:
        """Read one answer. `HANGUP` lines and the end of the file mean that the caller has gone."""
        while True:
            line = self._file.readline(MAX_LINE)
            if not line or line.startswith(("HANGUP", DEAD_CHANNEL)):
                raise CallerGoneError("hung up")
            if not line.startswith(TRYING):
                break
        if not line.startswith("200"):
            raise AGIError(line.strip())
        value, _, rest = line.partition("result=")[2].strip().partition(" ")
        if value == "-1" or "hangup" in rest:
            raise CallerGoneError("hung up")
        return {"result": (value, rest.strip("()"))}

    def variable(self, name: str) -> str:
        """Return a channel variable, '' when it is not set."""
        value, data = self.execute("GET VARIABLE", name)["result"]
        return data if value == "1" else ""

    def set(self, name: str, value: object) -> None:
        """Set a channel variable."""
        self.execute("SET VARIABLE", name, agi_quote(value))

    def close(self) -> None:
        """Close the connection: Asterisk goes on in the dialplan."""
        for close in (self._file.close, self._connection.close):
            try:
                close()
            except OSError:
                continue
