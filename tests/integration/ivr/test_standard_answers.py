"""Sending a caller to a standard answer: who may, what is asked of the phone system."""

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.calls.errors import NotTalkingError
from apps.calls.models import Call
from apps.core.tenancy import all_tenants, tenant_scope
from apps.ivr.standard_answers import NoAnswerPromptError, answer_transfer, standard_answers
from tests.factories import AgentFactory, CallFactory, PromptFactory
from tests.fixtures.fake_phone_system import FakePhoneSystem


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> FakePhoneSystem:
    fake = FakePhoneSystem()
    monkeypatch.setattr("apps.ivr.standard_answers.phone_system", lambda: fake)
    return fake


@pytest.fixture
def call(db: None, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Give a call that its agent talks in."""
    with all_tenants("test"):
        agent = AgentFactory()
        found: Call = CallFactory(tenant=agent.tenant, agent=agent)
    monkeypatch.setattr("apps.ivr.standard_answers.call_need_talk", lambda **_call: None)
    return found


def prompt(call: Call, name: str, **fields: object) -> None:
    with all_tenants("test"):
        PromptFactory(tenant=call.tenant, name=name, **{"kind": "answer", "revision": 3, **fields})


@pytest.mark.parametrize(("back", "endpoint"), [("1", "PJSIP/{}-web"), ("", "")])
def test_the_button_asks_the_phone_system_and_is_audited(
    call: Call, system: FakePhoneSystem, back: str, endpoint: str
) -> None:
    assert call.agent is not None
    prompt(call, "how-to-pay")
    client = Client()
    client.force_login(call.agent.user)
    monkey = {"name": "how-to-pay", "back": back}
    answer = client.post(f"/calls/{call.pk}/standard-answer/", monkey)
    assert answer.status_code == 204
    sound = f"huawu-company/{call.tenant.slug}/how-to-pay-3"
    args = {
        "uniqueid": call.linkedid,
        "sound": sound,
        "back": endpoint.format(call.agent.sip_username),
    }
    assert system.asked == [("call_to_answer", args)]
    with all_tenants("test"):
        entry = AuditEntry.objects.get(action="answer.transfer")
    assert entry.detail == {"answer": "how-to-pay", "is_back": back == "1"}


@pytest.mark.parametrize(
    "fields", [{"kind": "menu"}, {"revision": 0}, {"name": "another"}], ids=str
)
def test_only_a_playable_answer_is_played(
    call: Call, system: FakePhoneSystem, fields: dict[str, object]
) -> None:
    assert call.agent is not None
    prompt(call, str(fields.pop("name", "how-to-pay")), **fields)
    with tenant_scope(call.tenant_id), pytest.raises(NoAnswerPromptError):
        answer_transfer(call=call, agent=call.agent, name="how-to-pay", is_back=True)
    assert system.asked == []


def test_another_companys_answer_is_not_there(call: Call, system: FakePhoneSystem) -> None:
    assert call.agent is not None
    with all_tenants("test"):
        PromptFactory(name="how-to-pay", kind="answer", revision=3)
    with tenant_scope(call.tenant_id):
        assert standard_answers() == []
        with pytest.raises(NoAnswerPromptError):
            answer_transfer(call=call, agent=call.agent, name="how-to-pay", is_back=True)


def test_only_who_talks_with_the_caller_may(
    call: Call, system: FakePhoneSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert call.agent is not None
    prompt(call, "how-to-pay")
    with tenant_scope(call.tenant_id), pytest.raises(NotTalkingError):
        answer_transfer(call=call, agent=call.agent, name="how-to-pay", is_back=True)


def test_the_desk_offers_the_answers_by_their_titles(call: Call) -> None:
    assert call.agent is not None
    prompt(call, "how-to-pay", title="如何付款 <b>")
    prompt(call, "draft", revision=0, title="没有声音")
    client = Client()
    client.force_login(call.agent.user)
    page = client.get("/").content.decode()
    assert '<option value="how-to-pay">如何付款 &lt;b&gt;</option>' in page
    assert "没有声音" not in page
