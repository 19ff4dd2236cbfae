"""Be a FastAGI server of twenty lines, so that the dialplan is tested without the product's Python.

A handler gets a Session and drives the call; when it returns the connection is closed.
`Session.die()` is what the dialplan sees when the server's process is killed.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable


class CallerGone(Exception):
    """The channel hung up, or Asterisk closed the connection."""


class Session:
    """Speak AGI for one call."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("r", encoding="utf-8", errors="replace", newline="\n")
        self.env: dict[str, str] = {}
        for line in self._lines:
            name, colon, value = line.rstrip("\n").partition(": ")
            if not colon:
                break
            self.env[name] = value

    def command(self, line: str) -> str:
        """Send one command, give the answer's result part; raise CallerGone at the hang-up."""
        self._connection.sendall(line.encode() + b"\n")
        answer = self._lines.readline()
        while answer.startswith("100"):
            answer = self._lines.readline()
        if not answer or answer.startswith(("HANGUP", "511")):
            raise CallerGone
        return answer.partition("result=")[2].strip()

    def set(self, **variables: str) -> None:
        """Set channel variables in this order."""
        for name, value in variables.items():
            self.command(f'SET VARIABLE {name} "{value}"')

    def keys(self, prompt: str, count: int, timeout_ms: int = 8000) -> str:
        """Play and read digits."""
        return self.command(f"GET DATA {prompt} {timeout_ms} {count}").partition(" ")[0]

    def close(self) -> None:
        """End the script; the reader is closed too, or the socket stays open and Asterisk waits."""
        self._lines.close()
        self._connection.close()

    def die(self) -> None:
        """Close with a reset, as the kernel does for a killed process."""
        linger = struct.pack("ii", 1, 0)
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close()
        raise CallerGone


Handler = Callable[[Session], None]


class ToyAgi:
    """Listen on a port; `handler` may be replaced by each test. `sessions` are all that came."""

    def __init__(self, port: int) -> None:
        self.handler: Handler = lambda _session: None
        self.sessions: list[Session] = []
        self.failures: list[BaseException] = []
        self._port = port
        self._listener: socket.socket | None = None

    def start(self) -> None:
        """Begin to accept."""
        self._listener = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        session = Session(connection)
        self.sessions.append(session)
        try:
            self.handler(session)
        except (CallerGone, OSError):
            pass
        except Exception as error:  # noqa: BLE001 - kept for the test, which looks
            self.failures.append(error)
        finally:
            session.close()
