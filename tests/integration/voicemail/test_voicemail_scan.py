"""Files without a row become messages, but not an empty mailbox nor a message half recorded."""

import os
import time
import wave
from pathlib import Path
from typing import Any

import pytest

from apps.core.tenancy import all_tenants
from apps.voicemail.models import VoicemailMessage
from apps.voicemail.scan import VoicemailScan
from tests.factories import CallFactory, TenantFactory, VoicemailMessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    TenantFactory(slug="company")
    return tmp_path / "voicemail" / "company-7001"


@pytest.fixture
def voicemail_scan() -> VoicemailScan:
    return VoicemailScan()


def message(folder: Path, linkedid: str, duration_ms: int) -> None:
    """Make a file as Asterisk's Record does, untouched for a minute."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{linkedid}.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\1" * (8 * duration_ms))
    os.utime(path, (time.time() - 60, time.time() - 60))


def test_message_without_a_row_is_found_once(folder: Path, voicemail_scan: VoicemailScan) -> None:
    message(folder, "pbx1-1.1", 3000)
    assert [found.duration_ms for found in voicemail_scan()] == [3000]
    assert voicemail_scan() == []


@pytest.mark.parametrize("duration_ms", [0, 499])
def test_caller_who_hung_up_at_the_beep_left_no_message(
    folder: Path, voicemail_scan: VoicemailScan, duration_ms: int
) -> None:
    message(folder, "pbx1-1.1", duration_ms)
    assert voicemail_scan() == []
    with all_tenants("test"):
        assert not VoicemailMessage.objects.exists()


def test_message_that_is_being_left_is_not_taken_in_half(
    folder: Path, voicemail_scan: VoicemailScan
) -> None:
    with all_tenants("test"):
        call = CallFactory(linkedid="pbx1-1.1", ended_at=None, status="voicemail")
    message(folder, "pbx1-1.1", 3000)
    assert voicemail_scan() == []
    with all_tenants("test"):
        type(call).objects.filter(pk=call.pk).update(ended_at=call.started_at)
    assert len(voicemail_scan()) == 1


def test_last_take_with_a_sound_is_the_message_and_only_it(
    folder: Path, voicemail_scan: VoicemailScan
) -> None:
    message(folder, "pbx1-1.1", 3000)
    message(folder, "pbx1-1.1~2", 2000)
    message(folder, "pbx1-1.1~3", 100)
    assert [found.path for found in voicemail_scan()] == ["company-7001/pbx1-1.1~2.wav"]
    assert voicemail_scan() == []


def test_take_of_a_known_message_makes_no_second_one(
    folder: Path, voicemail_scan: VoicemailScan
) -> None:
    VoicemailMessageFactory(linkedid="pbx1-1.1", path="company-7001/pbx1-1.1~2.wav")
    message(folder, "pbx1-1.1", 3000)
    assert voicemail_scan() == []


def test_empty_files_are_read_once_and_cost_no_query(
    folder: Path, voicemail_scan: VoicemailScan, django_assert_num_queries: Any
) -> None:
    for number in range(20):
        message(folder, f"pbx1-1.{number}", 0)
    with django_assert_num_queries(2):
        assert voicemail_scan() == []
    with django_assert_num_queries(0):
        assert voicemail_scan() == []
    message(folder, "pbx1-1.7", 2000)
    assert len(voicemail_scan()) == 1, "a file that grew is looked at again"


def test_known_messages_cost_one_query_however_many(
    folder: Path, voicemail_scan: VoicemailScan, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        message(folder, f"pbx1-1.{number}", 2000)
    assert len(voicemail_scan()) == 20
    with django_assert_max_num_queries(2):
        assert voicemail_scan() == []
