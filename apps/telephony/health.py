"""`GET /healthz`: is everything there that a call needs."""

import logging
import secrets
import socket
from collections.abc import Callable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.core.node_status import node_status

logger = logging.getLogger(__name__)

TIMEOUT_S = 2.0


def check_database() -> None:
    """Ask the database for 1."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def check_channel_layer() -> None:
    """Send a message to nobody."""
    layer = get_channel_layer()
    async_to_sync(layer.group_send)(f"health.{secrets.token_hex(4)}", {"type": "health"})


def check_ami() -> None:
    """Ask whether the node's process holds a link to Asterisk's manager."""
    if not node_status(settings.HUAWU_NODE).is_up:
        raise ConnectionError("no link to the manager interface; is run_ami running?")


def check_agi() -> None:
    """Open and close a connection to FastAGI."""
    address = (str(settings.HUAWU_AGI["host"]), int(str(settings.HUAWU_AGI["port"])))
    with socket.create_connection(address, TIMEOUT_S):
        pass


def check_asterisk() -> None:
    """Ask whether Asterisk said its version after the last log-in and has our configuration."""
    status = node_status(settings.HUAWU_NODE)
    if not (status.is_up and status.asterisk_version):
        raise ConnectionError("Asterisk has not said that it is up")
    if not status.is_configured:
        raise ConnectionError("Asterisk has not read the rendered configuration yet")


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "channel_layer": check_channel_layer,
    "ami": check_ami,
    "agi": check_agi,
    "asterisk": check_asterisk,
}


@never_cache
@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every check passes, else 503; `checks` says which, the log why."""
    results = {}
    for name, check in CHECKS.items():
        try:
            check()
        except Exception as error:  # noqa: BLE001 - whatever is wrong is the answer
            logger.warning("health check %s failed: %s", name, error)
            results[name] = "failed"
        else:
            results[name] = "ok"
    healthy = all(value == "ok" for value in results.values())
    return JsonResponse(
        {"status": "ok" if healthy else "failed", "checks": results},
        status=200 if healthy else 503,
    )
