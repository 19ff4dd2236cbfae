"""Run one node's listener: facts up, commands down, files kept."""

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.telephony.ami.service import make_ami_service

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """`manage.py run_ami --node pbx1`; SIGTERM ends it cleanly."""

    help = "Listen to one Asterisk's manager interface and carry out commands on it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the node's name."""
        parser.add_argument("--node", default=settings.HUAWU_NODE)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        service = make_ami_service(options["node"])
        service.start()
        logger.info("listener started", extra={"node": options["node"]})
        ended.wait()
        service.stop()
        logger.info("listener ended", extra={"node": options["node"]})
