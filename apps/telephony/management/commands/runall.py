"""Run web, FastAGI, AMI listener and task worker in one process: the demo and small offices."""

import logging
import threading
from typing import Any

from channels.routing import get_default_application
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.events import publisher
from apps.telephony.agi.service import make_agi_service
from apps.telephony.ami.service import make_ami_service
from apps.telephony.worker_thread import WorkerThread

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """`manage.py runall`: everything in one process, SQLite and the in-memory layer welcome."""

    help = "Run web, FastAGI, AMI listener and task worker in one process."

    def handle(self, *args: Any, **options: Any) -> None:
        """Start everything, serve until SIGTERM or Ctrl-C, stop in the order callers need."""
        # Daphne's server module installs the reactor on import: only here, not for --help.
        from daphne.server import Server, twisted_loop

        agi = make_agi_service()
        ami = make_ami_service(node=settings.HUAWU_NODE)
        worker = WorkerThread()
        started = threading.Event()

        def listening() -> None:
            publisher.bind(twisted_loop)
            agi.start()
            ami.start()
            worker.start()
            started.set()
            logger.info("huawu serves http://%s:%d", settings.HUAWU_BIND, settings.HUAWU_HTTP_PORT)

        server = Server(
            get_default_application(),
            endpoints=[f"tcp:port={settings.HUAWU_HTTP_PORT}:interface={settings.HUAWU_BIND}"],
            ready_callable=listening,
            server_name="huawu",
            application_close_timeout=5,
        )
        try:
            server.run()
        finally:
            if started.is_set():
                agi.stop(grace_s=3)
                worker.stop()
                ami.stop()
        if server.abort_start:
            raise CommandError(f"port {settings.HUAWU_HTTP_PORT} cannot be listened on")
