"""Run the FastAGI server: IVR menus and dialling decisions."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from apps.telephony.agi.service import make_agi_service

logger = logging.getLogger(__name__)

GRACE_S = 30.0


class Command(BaseCommand):
    """`manage.py run_fastagi`; SIGTERM lets callers finish their menus."""

    help = "Answer the dialplan's AGI requests."

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        service = make_agi_service()
        service.start()
        logger.info("FastAGI listens on port %d", service.server.port)
        ended.wait()
        service.stop(GRACE_S)
        logger.info("FastAGI ended")
