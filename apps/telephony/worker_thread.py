"""A Celery worker and beat as threads of this process, over the in-memory broker.

Only for `runall`; a deployment runs `celery -A config worker` and `beat` as processes.
"""

import logging
import threading

from celery import current_app
from celery.beat import Service

logger = logging.getLogger(__name__)


class WorkerThread:
    """One solo worker and one beat; both end with `stop`."""

    def __init__(self) -> None:
        self._worker = current_app.WorkController(
            pool="solo",
            concurrency=1,
            hostname="runall@huawu",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self._beat = Service(
            current_app, max_interval=5, schedule_filename="", scheduler_cls="celery.beat:Scheduler"
        )
        self._threads = [
            threading.Thread(target=self._worker.start, name="worker", daemon=True),
            threading.Thread(
                target=self._beat.start,
                kwargs={"embedded_process": False},
                name="beat",
                daemon=True,
            ),
        ]

    def start(self) -> None:
        """Start both threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop both; a running task may finish within 5 s."""
        self._beat.stop()
        self._worker.stop()
        for thread in self._threads:
            thread.join(5)
