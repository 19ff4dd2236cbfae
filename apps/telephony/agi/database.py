"""Short visits to the database from AGI threads: few at once, and none while a caller listens.

A thread a caller would mean a connection a caller; so at most `MAX_AT_ONCE` threads are inside, and
the connection is closed on the way out.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from apps.ivr.engine.voice import LookupFailedError

T = TypeVar("T")

MAX_AT_ONCE = 8
WAIT_S = 3.0

_places = threading.BoundedSemaphore(MAX_AT_ONCE)


def visit(read: Callable[[], T]) -> T:
    """Return what `read` returns; LookupFailedError when the database is away or too busy."""
    if not _places.acquire(timeout=WAIT_S):
        raise LookupFailedError(f"the database was busy for {WAIT_S} s")
    try:
        close_old_connections()
        return read()
    except (DatabaseError, InterfaceError) as error:
        raise LookupFailedError(str(error)) from error
    finally:
        connection.close()
        _places.release()
