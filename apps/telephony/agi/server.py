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

from apps.ivr.engine.voice import CallerGoneError, LookupFailedError
from apps.telephony.agi.session import AgiSession, EmptyConnectionError, NotAgiError

logger = logging.getLogger(__name__)

BACKLOG = 1024
QUIET_S = 5.0
CUT_OFF_S = 2.0

LIVE = Gauge("huawu_agi_live", "AGI sessions now")
SERVED = Counter("huawu_agi_served", "AGI sessions served", ["script"])
REFUSED = Counter("huawu_agi_refused", "Connections refused", ["why"])
EMPTY = Counter("huawu_agi_empty", "Connections closed without a byte (health checks)")
FAILED = Counter("huawu_agi_failed", "AGI sessions that ended with an error")

Handler = Callable[[AgiSession], None]


class FastAgiServer:
    """Accepts on one address; `handlers` by script name (`enter` for agi://host/enter)."""

    def __init__(
        self, host: str, port: int, handlers: Mapping[str, Handler], *, max_calls: int = 2000
    ) -> None:
        self._handlers = handlers
        self._max_calls = max_calls
        self._live: dict[threading.Thread, socket.socket] = {}
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

    @property
    def is_serving(self) -> bool:
        """Say whether callers are taken: it accepts, and has room for one more."""
        return self._thread.is_alive() and self.live < self._max_calls

    def start(self) -> None:
        """Start accepting, in a thread."""
        self._thread.start()

    def stop(self, grace_s: float = 30.0) -> None:
        """Stop accepting; let the callers in menus finish within `grace_s`, then cut them off.

        Who is cut off is taken by the dialplan's fall-back.
        """
        self._stopping.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            logger.debug("listening socket was closed already")
        self._socket.close()
        if self._thread.ident is not None:
            self._thread.join(5)
        self._join(grace_s)
        with self._lock:
            left = list(self._live.values())
        if left:
            logger.warning("%d callers did not finish within %.0f s, cut off", len(left), grace_s)
        for connection in left:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._join(CUT_OFF_S)

    def _join(self, limit_s: float) -> None:
        end = time.monotonic() + limit_s
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
            self._start_session(connection, address[0])

    def _start_session(self, connection: socket.socket, peer: str) -> None:
        thread = threading.Thread(
            target=self._serve, args=(connection, peer), name="agi", daemon=True
        )
        with self._lock:
            self._live[thread] = connection
            LIVE.set(len(self._live))
        try:
            thread.start()
        except RuntimeError:
            self._refuse("no thread", peer, "the system gives no more threads")
            self._forget(thread)
            connection.close()

    def _serve(self, connection: socket.socket, peer: str) -> None:
        try:
            self._run(AgiSession(connection))
        except EmptyConnectionError:
            EMPTY.inc()
        except (NotAgiError, OSError) as error:
            self._refuse("not AGI", peer, str(error))
        except CallerGoneError:
            logger.debug("caller gone at once")
        finally:
            # Forgotten first: whoever counts sessions must not count a closed one.
            self._forget(threading.current_thread())
            connection.close()

    def _run(self, session: AgiSession) -> None:
        script = urlsplit(session.env["agi_request"]).path.strip("/")
        session.synchronise()
        ids = {"uniqueid": session.uniqueid, "linkedid": session.linkedid}
        handler = self._handlers.get(script)
        if handler is None:
            logger.error("no AGI script %.60r", script, extra=ids)
            return
        SERVED.labels(script).inc()
        try:
            handler(session)
        except CallerGoneError as gone:
            logger.debug("caller gone: %s", gone, extra=ids)
        except LookupFailedError as error:
            FAILED.inc()
            logger.error("AGI script %s gives up: %s", script, error, extra=ids)
        except Exception:
            # No HW_NEXT was set: the dialplan's fall-back takes the caller.
            FAILED.inc()
            logger.exception("AGI script %s failed", script, extra=ids)

    def _forget(self, thread: threading.Thread) -> None:
        with self._lock:
            self._live.pop(thread, None)
            LIVE.set(len(self._live))

    def _refuse(self, why: str, peer: str, detail: str) -> None:
        REFUSED.labels(why).inc()
        now = time.monotonic()
        # A flood of nonsense is one line every few seconds, not a full disk.
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET_S
            logger.warning("connection from %s refused (%s): %s", peer, why, detail)
