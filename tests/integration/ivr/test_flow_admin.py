"""Publishing and rolling back in the admin: what is in force, what is refused and why."""

from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.core.tenancy import tenant_scope
from apps.ivr.models import Flow, FlowVersion
from tests.factories import FlowFactory

pytestmark = pytest.mark.django_db

OLD = {"start": "end", "nodes": {"end": {"kind": "hangup", "prompts": ["goodbye"]}}}
NEW = {"start": "end", "nodes": {"end": {"kind": "hangup"}}}


def act(admin: Any, flow: Flow, action: str) -> str:
    """Do an action on a flow; give the page that follows."""
    fields = {"action": action, "_selected_action": [flow.pk]}
    page: bytes = admin.post("/admin/ivr/flow/", fields, follow=True).content
    return page.decode()


def documents(flow: Flow) -> list[Any]:
    """Give the published documents, oldest first."""
    with tenant_scope(flow.tenant_id):
        found = FlowVersion.objects.filter(flow=flow).order_by("number")
        return list(found.values_list("document", flat=True))


def test_draft_is_published_and_taken_back(admin: Any) -> None:
    flow = FlowFactory(tenant=admin.user.tenant, name="Main", draft=OLD)
    assert "Main: version 1 is in force." in act(admin, flow, "publish_draft")
    assert "no version before" in act(admin, flow, "roll_back")
    with tenant_scope(flow.tenant_id):
        Flow.objects.filter(pk=flow.pk).update(draft=NEW)
    act(admin, flow, "publish_draft")
    assert "Main: version 3 is in force." in act(admin, flow, "roll_back")
    assert documents(flow) == [OLD, NEW, OLD]
    with tenant_scope(flow.tenant_id):
        trail = AuditEntry.objects.filter(action="flow.publish").order_by("pk")
        assert [entry.detail["version"] for entry in trail] == [1, 2, 3]


def test_draft_that_is_in_force_already_makes_no_version(admin: Any) -> None:
    flow = FlowFactory(tenant=admin.user.tenant, draft=OLD)
    act(admin, flow, "publish_draft")
    page = act(admin, flow, "publish_draft")
    assert "Nothing differs from version 1, which is in force." in page
    assert documents(flow) == [OLD]


def test_draft_that_would_lose_a_caller_is_refused_with_the_reason(admin: Any) -> None:
    lost = {"start": "n", "nodes": {"n": {"kind": "queue", "queue": "9999"}}}
    flow = FlowFactory(tenant=admin.user.tenant, draft=lost)
    page = act(admin, flow, "publish_draft")
    assert "was not published" in page
    assert "there is no queue" in page
    assert documents(flow) == []


def test_another_companys_flow_is_not_published(admin: Any) -> None:
    theirs = FlowFactory(draft=OLD)
    act(admin, theirs, "publish_draft")
    assert documents(theirs) == []
