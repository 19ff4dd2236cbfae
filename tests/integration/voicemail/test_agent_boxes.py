"""An agent's box: who may open it, who is told, what calls it takes, what is rendered."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.acd.selectors import queue_boxes_for
from apps.acd.voicemail_news import voicemail_announce
from apps.core.events import stream_seq, user_stream
from apps.core.tenancy import all_tenants, tenant_scope
from apps.telephony.agi.dial import dial_plan
from apps.telephony.conf.render import dids_conf
from apps.telephony.conf.rows import conf_fingerprint, conf_rows
from apps.voicemail.models import VoicemailBox
from apps.voicemail.pins import pin_set
from apps.voicemail.selectors import voicemail_list_for
from apps.voicemail.services import voicemail_left
from tests.factories import AgentFactory, TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(settings: Any, tmp_path: Path) -> Any:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    found = AgentFactory(tenant=TenantFactory(slug="company"), number="1001", sip_username="1001")
    pin_set(agent=found, pin="4711")
    return found


def test_message_in_his_box_is_his_and_only_he_is_told(agent: Any, tmp_path: Path) -> None:
    colleague = AgentFactory(tenant=agent.tenant)
    message = voicemail_left(
        linkedid="pbx1-1.1",
        box="company-1001",
        path=str(tmp_path / "voicemail/company-1001/a.wav"),
        duration_ms=2000,
        at=timezone.now(),
        caller="13800138000",
        call=None,
    )
    assert message is not None
    assert message.department_id == agent.user.department_id
    voicemail_announce(message)
    assert (stream_seq(user_stream(agent.user_id)), stream_seq(user_stream(colleague.user_id))) == (
        1,
        0,
    )
    with tenant_scope(agent.tenant_id):
        for user, count in ((agent.user, 1), (colleague.user, 0)):
            assert voicemail_list_for(user=user, boxes=queue_boxes_for(user)).count() == count


@pytest.mark.parametrize(
    ("values", "box"),
    [({}, "company-1001"), ({"takes_unanswered": False}, ""), ({"is_active": False}, "")],
)
def test_unanswered_call_goes_to_the_box_that_takes_it(
    agent: Any, values: dict[str, bool], box: str
) -> None:
    colleague = AgentFactory(tenant=agent.tenant, sip_username="1002")
    with all_tenants("test"):
        VoicemailBox.objects.filter(agent=agent).update(**({"max_s": 60} | values))
    assert dial_plan(colleague.endpoint_desk, "1001").box == box


def test_box_reaches_asterisk_with_its_greeting_and_length(agent: Any) -> None:
    before = conf_fingerprint()
    with all_tenants("test"):
        box = VoicemailBox.objects.get(agent=agent)
        box.greeting, box.max_s = "closed-greeting", 45
        box.save()
    assert conf_fingerprint() != before
    boxes = dids_conf(conf_rows()).partition("[huawu-boxes]")[2]
    assert "exten => company-1001,1,Set(HW_VM_GREETING=huawu/closed-greeting)\n" in boxes
    assert "Set(HW_VM_MAX_S=45)\n" in boxes
