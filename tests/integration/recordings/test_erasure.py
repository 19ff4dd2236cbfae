"""Who is forgotten is not heard any more; what was counted stays, and others keep their sound."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.choices import Role
from apps.core.tenancy import tenant_scope
from apps.customers.erasure import customer_erase
from apps.customers.models import Customer
from apps.recordings.models import Recording
from apps.voicemail.models import VoicemailMessage
from tests.factories import (
    AgentFactory,
    CallFactory,
    CustomerFactory,
    CustomerNumberFactory,
    RecordingFactory,
    UserFactory,
    VoicemailMessageFactory,
)

pytestmark = pytest.mark.django_db
NUMBER = "+8613800138000"


class Voices:
    """A customer with a recording by name, one by number, a message; and somebody else's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        agent = AgentFactory()
        self.tenant = agent.tenant
        self.admin = UserFactory(tenant=self.tenant, role=Role.ADMIN)
        with tenant_scope(self.tenant.pk):
            self.person: Customer = CustomerFactory(tenant=self.tenant)
            CustomerNumberFactory(tenant=self.tenant, customer=self.person, as_typed="13800138000")
            own = {"tenant": self.tenant, "agent": agent}
            calls = [
                CallFactory(**own, customer=self.person),
                CallFactory(**own, caller="13800138000", caller_lookup=NUMBER),
                CallFactory(**own, caller="13900139000", caller_lookup="+8613900139000"),
            ]
            self.recordings = [
                RecordingFactory(tenant=self.tenant, call=call, agent=agent, state="ready")
                for call in calls
            ]
            self.message = VoicemailMessageFactory(tenant=self.tenant, customer=self.person)
        for name, row in (*(("recordings", one) for one in self.recordings),):
            self.write(name, row.path)
        self.write("recordings", str(Path(self.recordings[0].path).with_suffix(".raw")))
        self.write("voicemail", self.message.path)

    def file(self, kind: str, path: str) -> Path:
        """Return where a file lies."""
        return self.folder / kind / path

    def write(self, kind: str, path: str) -> None:
        """Write a sound."""
        file = self.file(kind, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"sound")


@pytest.fixture
def voices(tmp_path: Path, settings: Any) -> Voices:
    """Make the company with its files."""
    settings.HUAWU_ASTERISK_DIR = str(tmp_path)
    return Voices(tmp_path)


def test_sound_of_his_recordings_and_messages_goes_others_stay(
    voices: Voices, django_capture_on_commit_callbacks: Any
) -> None:
    with tenant_scope(voices.tenant.pk):
        with django_capture_on_commit_callbacks(execute=True):
            done = customer_erase(customer=voices.person, actor=voices.admin)
        assert (done["recordings"], done["voicemail"]) == (2, 1)
        states = list(Recording.objects.order_by("pk").values_list("state", flat=True))
        assert states == ["missing", "missing", "ready"]
        message = VoicemailMessage.objects.get()
        assert (message.caller, message.deleted_at is None) == ("anonymous", False)
    theirs = [voices.file("recordings", row.path).exists() for row in voices.recordings]
    assert theirs == [False, False, True]
    assert not list(voices.folder.rglob("*.raw"))
    assert not voices.file("voicemail", voices.message.path).exists()


def test_erasure_that_is_rolled_back_has_lost_no_sound(voices: Voices) -> None:
    class StopError(Exception):
        """Ends the transaction."""

    def erase_and_fail() -> None:
        with transaction.atomic():
            customer_erase(customer=voices.person, actor=voices.admin)
            raise StopError

    with tenant_scope(voices.tenant.pk):
        with pytest.raises(StopError):
            erase_and_fail()
        assert set(Recording.objects.values_list("state", flat=True)) == {"ready"}
    assert all(voices.file("recordings", row.path).exists() for row in voices.recordings)
