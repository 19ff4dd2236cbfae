"""Every playable recording is measured once; who may hear it sees what stands out, and why."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.core.tenancy import tenant_scope
from apps.recordings.models import Recording, RecordingSound, RecordingState
from apps.recordings.sounds import VERSION, outlier_list_for, sounds_measure
from tests.factories import AgentFactory, RecordingFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/recordings/outliers/"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    (tmp_path / "recordings").mkdir()
    return tmp_path / "recordings"


def wav(folder: Path, recording: Recording, agent_s: int, other_s: int, channels: int = 2) -> None:
    """Write 40 s in which first the agent hums, then the other."""
    path = folder / recording.path
    path.parent.mkdir(parents=True, exist_ok=True)
    at = np.arange(40 * 8000)
    hum = 6000 * np.sin(2 * np.pi * 220 * at / 8000)
    agent = np.where(at < agent_s * 8000, hum, 0)
    other = np.where((at >= agent_s * 8000) & (at < (agent_s + other_s) * 8000), hum, 0)
    sides = np.stack([agent, other], axis=1)[:, :channels]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(sides.astype("<i2").tobytes())


def ready(**values: Any) -> Recording:
    return RecordingFactory(state=RecordingState.READY, **values)


def sound_of(recording: Recording) -> RecordingSound:
    with tenant_scope(recording.tenant_id):
        return RecordingSound.objects.get(recording=recording)


def test_each_is_measured_once_and_what_stands_out_says_why(folder: Path) -> None:
    ordinary, silent = ready(), ready()
    wav(folder, ordinary, 15, 20)
    wav(folder, silent, 5, 3)
    running = RecordingFactory(state=RecordingState.RUNNING)
    assert sounds_measure() == 2
    assert sounds_measure() == 0
    found = sound_of(ordinary)
    assert (found.agent_talk_ms, found.other_talk_ms) == (15_000, 20_000)
    assert (found.duration_ms, found.silence_ms, found.turns) == (40_000, 5_000, 1)
    assert (found.reasons, found.fault, found.tenant_id) == ("", "", ordinary.tenant_id)
    assert sound_of(silent).reasons == ",much_silence,long_silence,"
    with tenant_scope(running.tenant_id):
        assert not RecordingSound.objects.filter(recording=running).exists()


def test_an_older_measure_is_made_anew(folder: Path) -> None:
    recording = ready()
    wav(folder, recording, 10, 10)
    sounds_measure()
    with tenant_scope(recording.tenant_id):
        RecordingSound.objects.update(version=VERSION - 1, agent_talk_ms=1)
    assert sounds_measure() == 1
    assert sound_of(recording).agent_talk_ms == 10_000


@pytest.mark.parametrize("content", [None, b"", b"RIFF", b"\0" * 100, "mono"])
def test_a_damaged_file_is_kept_as_a_fault_and_the_next_is_measured(
    folder: Path, content: bytes | str | None
) -> None:
    good, bad = ready(), ready()
    wav(folder, good, 10, 10)
    wav(folder, bad, 10, 10, channels=1)
    if isinstance(content, bytes):
        (folder / bad.path).write_bytes(content)
    elif content is None:
        (folder / bad.path).unlink()
    assert sounds_measure() == 2
    assert sounds_measure() == 0
    assert sound_of(bad).fault
    assert (sound_of(bad).duration_ms, sound_of(bad).reasons) == (0, "")
    assert sound_of(good).agent_talk_ms == 10_000


def test_a_file_cut_in_the_middle_is_measured_as_far_as_it_goes(folder: Path) -> None:
    recording = ready()
    wav(folder, recording, 10, 10)
    path = folder / recording.path
    path.write_bytes(path.read_bytes()[: 44 + 12 * 8000 * 4 + 3])
    sounds_measure()
    found = sound_of(recording)
    assert (found.fault, found.agent_talk_ms) == ("", 10_000)
    assert found.duration_ms == 12_000


def outlying(folder: Path, agent: Any) -> Recording:
    recording = ready(tenant=agent.tenant, agent=agent, call__agent=agent)
    wav(folder, recording, 5, 3)
    return recording


def test_leads_see_their_own_and_agents_none(folder: Path, client: Client) -> None:
    agent = AgentFactory()
    tenant = agent.tenant
    mine = outlying(folder, agent)
    others = outlying(folder, AgentFactory(tenant=TenantFactory()))
    sounds_measure()
    admin = UserFactory(tenant=tenant, role=Role.ADMIN)
    with tenant_scope(tenant.pk):
        assert list(outlier_list_for(user=admin)) == [mine]
    client.force_login(admin)
    page = client.get(PAGE).content.decode()
    assert f'data-recording="{mine.pk}"' in page
    assert f'data-recording="{others.pk}"' not in page
    assert (
        f'data-recording="{mine.pk}"' in client.get(f"{PAGE}?reason=long_silence").content.decode()
    )
    assert "data-recording" not in client.get(f"{PAGE}?reason=clipped").content.decode()
    assert 'data-testid="sound"' in client.get(f"/calls/{mine.call_id}/").content.decode()
    client.force_login(agent.user)
    assert client.get(PAGE).status_code == 403


def test_list_takes_a_constant_number_of_queries(
    folder: Path, client: Client, django_assert_max_num_queries: Any
) -> None:
    agent = AgentFactory()
    for _ in range(4):
        outlying(folder, agent)
    sounds_measure()
    client.force_login(UserFactory(tenant=agent.tenant, role=Role.ADMIN))
    with django_assert_max_num_queries(18):
        assert client.get(PAGE, headers={"HX-Request": "true"}).status_code == 200
