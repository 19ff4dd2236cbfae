"""An agent's talk with a customer as facts, and buttons pressed in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from apps.accounts.models import Agent, User
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.models import Call

LINKED, LEG, OTHER = "pbx1-1790000000.1", "pbx1-1790000000.2", "pbx1-1790000000.3"
NOW = datetime.now(UTC) - timedelta(minutes=1)


def fact(name: str, after_s: float, leg: str, channel: str, **data: Any) -> Fact:
    return Fact(
        node="pbx1",
        linkedid=LINKED,
        key=f"{leg}:{name}:{after_s}",
        kind=name,
        at=NOW + timedelta(seconds=after_s),
        source=kinds.AMI,
        uniqueid=leg,
        data={"channel": channel, **data},
    )


def talk(agent: Agent) -> list[Fact]:
    caller, his = "PJSIP/trunk-carrier-01", f"PJSIP/{agent.endpoint_web}-02"
    return [
        fact(kinds.LEG_STARTED, 0, LINKED, caller, caller="13609200001", exten="4008002000"),
        fact(kinds.ENTERED, 0, LINKED, caller, tenant=agent.tenant.slug, did="4008002000"),
        fact(kinds.LEG_ANSWERED, 0, LINKED, caller),
        fact(kinds.LEG_STARTED, 1, LEG, his),
        fact(kinds.LEG_ANSWERED, 2, LEG, his),
        fact(kinds.BRIDGED, 2, LINKED, caller, bridge="b"),
        fact(kinds.BRIDGED, 2, LEG, his, bridge="b"),
    ]


def press(user: User, call: Call, operation: str, **fields: str) -> int:
    client = Client()
    client.force_login(user)
    return client.post(f"/calls/{call.pk}/{operation}/", fields).status_code
