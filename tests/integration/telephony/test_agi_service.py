"""The FastAGI part of a process: what callers did is in the ledger when it has stopped."""

import threading
from typing import Any

import pytest
from django.db import connection

from apps.calls.models import CallFact
from apps.core.tenancy import all_tenants
from apps.demo.services import demo_companies_make
from apps.telephony.agi.service import make_agi_service
from tests.unit.telephony.agi_client import AsteriskSide, header

pytestmark = pytest.mark.django_db(transaction=True)


def test_stop_writes_what_callers_did_and_gives_every_connection_back(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.HUAWU_AGI = {"host": "127.0.0.1", "port": 0, "max_calls": 50}
    demo_companies_make()
    threads = set(threading.enumerate())
    service = make_agi_service()
    service.start()
    for number in range(20):
        far = AsteriskSide.connect(service.server.port)
        far.send(header(arg_1="4008002000", uniqueid=f"pbx1-1700000000.{number}"))
        assert far.converse({})[-1].startswith("SET VARIABLE HW_NEXT")
        far.close()
    service.stop(5)
    with all_tenants("test"):
        kinds = list(CallFact.objects.values_list("kind", flat=True))
    assert kinds.count("decided") == kinds.count("entered") == 20
    assert set(threading.enumerate()) <= threads
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone() == (0,)
