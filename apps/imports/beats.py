"""A sign of life from inside a long transaction, over a connection of its own."""

import threading

from django.db import connection
from django.utils import timezone

from apps.core.tenancy import tenant_scope
from apps.imports.choices import State
from apps.imports.models import ImportRun

EVERY_S = 2.0


class Beats:
    """Tell every two seconds how far a run is, and hear whether it was cancelled.

    The run's row must not be written by the transaction itself before `end`: the two would wait
    for each other. SQLite has one writer, so there nothing is told until the end.
    """

    def __init__(self, run: ImportRun) -> None:
        self._run = run
        self._reached = 0
        self._is_over = threading.Event()
        self._is_stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "Beats":
        if connection.vendor == "postgresql":
            self._thread = threading.Thread(target=self._beat, name="import-beats", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def reached(self, rows: int) -> None:
        """Note how many rows are done. Raises StoppedError when nobody wants them any more."""
        from apps.imports.worker import StoppedError

        self._reached = rows
        if self._is_stopped.is_set():
            raise StoppedError

    def end(self) -> None:
        """Tell nothing more; harmless the second time."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _beat(self) -> None:
        try:
            with tenant_scope(self._run.tenant_id):
                while not self._is_over.wait(EVERY_S):
                    now = timezone.now()
                    mine = ImportRun.objects.filter(
                        pk=self._run.pk, token=self._run.token, state=State.RUNNING
                    )
                    if not mine.update(heartbeat_at=now, progress=self._reached, updated_at=now):
                        self._is_stopped.set()
                        return
        finally:
            connection.close()
