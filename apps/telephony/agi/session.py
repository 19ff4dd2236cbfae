"""One AGI session over a socket: pyst2's vocabulary, repaired.

Repairs (pyst2 0.5.1): its constructor installs a signal handler (only possible in the main thread);
it writes every line, PIN digits included, to stderr; end of file, `HANGUP`, `100` and `511` gave a
ValueError or an unknown error; values were quoted without escaping; nothing had a time limit.
"""

import secrets
import socket
import time

from asterisk.agi import AGI, AGIError

from apps.ivr.engine.voice import CallerGoneError
from apps.telephony.quoting import agi_quote

MAX_LINE = 4096
MAX_HEADERS = 100
HEADER_TIMEOUT_S = 5.0
# Longer than any prompt. A peer that vanished is found by keep-alive probes long before.
COMMAND_TIMEOUT_S = 900.0
# Source: Asterisk 22 res_agi.c AGI_BUF_LEN 2048; what is longer would be read as two commands.
MAX_COMMAND_BYTES = 2046
GONE = ("HANGUP", "511")
TRYING = "100"
USAGE_FOLLOWS = "520-"
KEEPALIVE = ((socket.TCP_KEEPIDLE, 20), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))

Result = dict[str, tuple[str, str]]


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
    """pyst2's AGI on an accepted connection. Raises CallerGoneError when the caller has gone.

    A command that Asterisk refuses (510, 520) is our fault and raises pyst2's AGIError.
    """

    def __init__(self, connection: socket.socket) -> None:
        # Not AGI.__init__: see the module's repairs.
        self._connection = connection
        self._received = bytearray()
        self._got_sighup = False
        self.stderr = Silent()
        self.env: dict[str, str] = {}
        self.linkedid = ""
        # Answers are single small lines: waiting to fill a segment would only add delay.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        self._get_agi_env()

    @property
    def uniqueid(self) -> str:
        """Return the channel's Uniqueid."""
        return self.env.get("agi_uniqueid", "")

    def argument(self, number: int) -> str:
        """Return an argument of the dialplan's AGI(), counted from 1; '' when there is none."""
        return self.env.get(f"agi_arg_{number}", "")

    def _get_agi_env(self) -> None:
        deadline = time.monotonic() + HEADER_TIMEOUT_S
        for _ in range(MAX_HEADERS):
            try:
                line = self._read_line(deadline)
            except TimeoutError as error:
                raise NotAgiError("no AGI header in time") from error
            if line is None:
                if not self.env and not self._received:
                    raise EmptyConnectionError
                raise NotAgiError("the header ends early")
            line = line.strip()
            if not line:
                if "agi_request" not in self.env:
                    raise NotAgiError("no agi_request in the header")
                return
            name, colon, value = line.partition(":")
            if not colon or not name.startswith("agi_"):
                raise NotAgiError(f"not an AGI header: {line[:40]!r}")
            if name in self.env:
                # Asterisk does not escape: a newline in the caller's number would be a header.
                raise NotAgiError(f"{name[:40]!r} comes twice: a value with a newline in it")
            self.env[name] = value.strip()
        raise NotAgiError("too many headers")

    def synchronise(self) -> None:
        r"""Ask for the call's linkedid with a number used once; NotAgiError when lines are forged.

        Asterisk 22.10 unescapes `sip:138%0a%0a200%20result=49@…` and puts the caller's number into
        the AGI header as it is: he could end the header and answer commands himself. The number
        that he cannot know says that what we read answers what we asked.
        """
        once = secrets.token_hex(8)
        question = f"{once} ${{CHANNEL(linkedid)}}"
        try:
            _, data = self.execute("GET FULL VARIABLE", agi_quote(question))["result"]
        except AGIError as error:
            raise NotAgiError(f"more header after its end: {error}") from error
        answer, _, self.linkedid = data.partition(" ")
        if answer != once:
            raise NotAgiError("an answer that is none to our question")

    def _read_line(self, deadline: float) -> str | None:
        """Return one line without its end, None at the end of the stream; raises TimeoutError."""
        while True:
            end = self._received.find(b"\n")
            if end >= 0:
                line = self._received[:end].decode("utf-8", "replace")
                del self._received[: end + 1]
                return line
            if len(self._received) > MAX_LINE:
                raise NotAgiError("a line is too long")
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            piece = self._connection.recv(MAX_LINE)
            if not piece:
                return None
            self._received += piece

    def _quote(self, string: object) -> str:
        return agi_quote(string)

    def send_command(self, command: str, *args: object) -> None:
        """Send one command; ValueError for what Asterisk would not read as exactly one."""
        line = " ".join([command, *map(str, args)]).strip().encode("utf-8", "replace")
        if b"\n" in line or b"\0" in line or len(line) > MAX_COMMAND_BYTES:
            raise ValueError(f"not one AGI command: {line[:80]!r}")
        self._connection.sendall(line + b"\n")

    def execute(self, command: str, *args: object) -> Result:
        """Send one command and return its result; every way of losing the caller is one error."""
        try:
            self.send_command(command, *args)
            return self.get_result()
        except OSError as error:
            raise CallerGoneError(str(error)) from error

    def get_result(self, stdin: object = None) -> Result:
        """Read one answer. `HANGUP` lines and the end of the stream mean the caller has gone."""
        deadline = time.monotonic() + COMMAND_TIMEOUT_S
        line = self._read_line(deadline)
        while line is not None and line.startswith(TRYING):
            line = self._read_line(deadline)
        if line is None or line.startswith(GONE):
            raise CallerGoneError("hung up")
        refused = line
        while line is not None and refused.startswith(USAGE_FOLLOWS):
            line = self._read_line(deadline)
            if line is None or line.startswith("520 "):
                break
        if not refused.startswith("200"):
            raise AGIError(refused.strip()[:200])
        value, _, rest = refused.partition("result=")[2].rstrip().partition(" ")
        if value == "-1" or rest.startswith("(hangup)"):
            raise CallerGoneError("hung up")
        return {"result": (value, rest.removeprefix("(").removesuffix(")"))}

    def set(self, name: str, value: object) -> None:
        """Set a channel variable."""
        self.execute("SET VARIABLE", name, agi_quote(value))

    def variable(self, name: str) -> str:
        """Return a channel variable or function, '' when it is not set."""
        value, data = self.execute("GET VARIABLE", agi_quote(name))["result"]
        return data if value == "1" else ""

    def close(self) -> None:
        """Close the connection: Asterisk goes on in the dialplan."""
        self._connection.close()
