"""The FastAGI server: a thread for each call, with bounds on everything that a network can do.

Why threads: docs/adr/0005. A connection that says nothing is dropped after `HEADER_TIMEOUT_S`; over
`max_calls` a connection is closed at once, and the dialplan's fall-back takes the caller.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from prometheus_client import Counter, Gauge

from apps.ivr.engine.voice import CallerGoneError
from apps.telephony.agi.session import AgiSession, EmptyConnectionError, NotAgiError

logger = logging.getLogger(__name__)

BACKLOG = 1024
QUIET_S = 5.0

LIVE = Gauge("huawu_agi_live", "AGI sessions now")
SERVED = Counter("huawu_agi_served", "AGI sessions served", ["script"])
REFUSED = Counter("huawu_agi_refused", "Connections refused", ["why"])
FAILED = Counter("huawu_agi_failed", "AGI sessions that ended with an error")

Handler = Callable[[AgiSession], None]


class FastAgiServer:
    """Accepts on one address; `handlers` by script name (`enter` for agi://host/enter)."""

    def __init__(
        self, host: str, port: int, handlers: Mapping[str, Handler], *, max_calls: int = 2000
    ) -> None:
        self._handlers = handlers
        self._max_calls = max_calls
        self._live: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._quiet_until = 0.0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        self._socket.listen(BACKLOG)
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, name="agi-accept", daemon=True)

    @property
    def live(self) -> int:
        """Return the number of sessions now."""
        return len(self._live)

    def start(self) -> None:
        """Start accepting, in a thread."""
        self._thread.start()

    def stop(self, grace_s: float = 30.0) -> None:
        """Stop accepting; wait for the calls in menus to end, up to `grace_s`."""
        self._stopping.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            logger.debug("listening socket was closed already")
        self._socket.close()
        self._thread.join(5)
        end = time.monotonic() + grace_s
        with self._lock:
            waiting = list(self._live)
        for thread in waiting:
            thread.join(max(0.0, end - time.monotonic()))

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, address = self._socket.accept()
            except OSError:
                if self._stopping.is_set():
                    return
                # Out of file handles, for one: wait for some to be closed, never spin.
                logger.exception("accept failed")
                self._stopping.wait(0.2)
                continue
            if self.live >= self._max_calls:
                self._refuse("full", address[0], f"{self._max_calls} sessions are live")
                connection.close()
                continue
            thread = threading.Thread(
                target=self._serve, args=(connection, address[0]), name="agi", daemon=True
            )
            with self._lock:
                self._live.add(thread)
            LIVE.set(self.live)
            try:
                thread.start()
            except RuntimeError:
                self._refuse("no thread", address[0], "the system gives no more threads")
                self._forget(thread)
                connection.close()

    def _serve(self, connection: socket.socket, peer: str) -> None:
        try:
            # Answers are single small lines: waiting to fill a segment would only add delay.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = AgiSession(connection)
        except EmptyConnectionError:
            connection.close()
        except (NotAgiError, OSError, ValueError) as error:
            self._refuse("not AGI", peer, str(error))
            connection.close()
        else:
            self._run(session)
            session.close()
        finally:
            self._forget(threading.current_thread())

    def _run(self, session: AgiSession) -> None:
        script = urlsplit(session.env["agi_request"]).path.strip("/")
        ids = {"uniqueid": session.env.get("agi_uniqueid", "")}
        handler = self._handlers.get(script)
        if handler is None:
            logger.error("no AGI script %.60r", script, extra=ids)
            return
        SERVED.labels(script).inc()
        try:
            handler(session)
        except CallerGoneError:
            return
        except Exception:
            # No HW_NEXT was set: the dialplan's fall-back takes the caller.
            FAILED.inc()
            logger.exception("AGI script %s failed", script, extra=ids)

    def _forget(self, thread: threading.Thread) -> None:
        with self._lock:
            self._live.discard(thread)
        LIVE.set(self.live)

    def _refuse(self, why: str, peer: str, detail: str) -> None:
        REFUSED.labels(why).inc()
        now = time.monotonic()
        # A flood of nonsense is one line every few seconds, not a full disk.
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET_S
            logger.warning("connection from %s refused (%s): %s", peer, why, detail)
