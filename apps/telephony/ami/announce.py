"""Tell the desks of signed-in agents that the link to Asterisk went or came back."""

from datetime import datetime

from django.db import transaction

from apps.acd.models import AgentSession
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.tenancy import all_tenants


def link_announce(*, node: str, is_up: bool, since: datetime) -> None:
    """Publish `link.changed` to every open session's stream. 1 query and 1 for each session."""
    data = {"up": is_up, "node": node, "since": since.isoformat(timespec="milliseconds")}
    with all_tenants("a node serves every company"), transaction.atomic():
        users = AgentSession.objects.filter(signed_out_at=None).values_list(
            "agent__user_id", "tenant_id"
        )
        publish_on_commit(
            StreamEvent(
                stream=user_stream(user_id), kind="link.changed", tenant_id=tenant_id, data=data
            )
            for user_id, tenant_id in users
        )
