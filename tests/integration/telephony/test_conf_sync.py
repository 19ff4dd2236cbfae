"""A changed row reaches Asterisk's files once, by whatever way it was changed."""

from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.acd.models import Queue
from apps.core.tenancy import all_tenants
from apps.telephony.conf.sync import ConfSync
from tests.factories import (
    AgentFactory,
    EntryPointFactory,
    PromptFactory,
    QueueFactory,
    QueueMemberFactory,
)

pytestmark = pytest.mark.django_db


class Recorder:
    """Remember reloads and member rounds; fail the first reload when told to."""

    def __init__(self) -> None:
        self.reloads: list[str] = []
        self.members = 0
        self.failures = 0

    def reload(self, module: str) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("link down")
        self.reloads.append(module)

    def members_changed(self) -> None:
        self.members += 1


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def sync(tmp_path: Path, recorder: Recorder) -> ConfSync:
    return ConfSync(
        folder=tmp_path,
        media_address="127.0.0.1",
        reload=recorder.reload,
        members_changed=recorder.members_changed,
    )


def test_first_round_writes_all_files_and_the_second_nothing(
    sync: ConfSync, recorder: Recorder, tmp_path: Path
) -> None:
    QueueFactory(number="7001", tenant__slug="demo")
    sync.round()
    assert recorder.reloads == [
        "res_musiconhold.so",
        "res_pjsip.so",
        "app_queue.so",
        "pbx_config.so",
    ]
    assert "[demo-7001]" in (tmp_path / "queues_huawu.conf").read_text()
    sync.round()
    assert len(recorder.reloads) == 4


def test_only_the_changed_file_is_reloaded(sync: ConfSync, recorder: Recorder) -> None:
    queue = QueueFactory()
    sync.round()
    recorder.reloads.clear()
    queue.wrap_up_s = 33
    queue.save()
    sync.round()
    assert recorder.reloads == ["app_queue.so"]


def test_a_deleted_row_leaves_the_file(sync: ConfSync, recorder: Recorder, tmp_path: Path) -> None:
    queue = QueueFactory(number="7009", tenant__slug="gone")
    sync.round()
    with all_tenants("test"):
        Queue.objects.filter(pk=queue.pk).delete()
    sync.round()
    assert "gone-7009" not in (tmp_path / "queues_huawu.conf").read_text()


def test_a_renamed_person_changes_the_phones_caller_id(
    sync: ConfSync, recorder: Recorder, tmp_path: Path
) -> None:
    agent = AgentFactory()
    sync.round()
    recorder.reloads.clear()
    User.objects.filter(pk=agent.user_id).update(first_name="新名字")
    sync.round()
    assert recorder.reloads == ["res_pjsip.so"]
    assert "新名字" in (tmp_path / "pjsip_huawu.conf").read_text()


def test_a_failed_reload_is_tried_again(sync: ConfSync, recorder: Recorder) -> None:
    EntryPointFactory()
    recorder.failures = 1
    with pytest.raises(ConnectionError):
        sync.round()
    sync.round()
    modules = ["res_musiconhold.so", "res_pjsip.so", "app_queue.so", "pbx_config.so"]
    assert recorder.reloads == modules


def test_a_new_membership_brings_the_members_in_line(sync: ConfSync, recorder: Recorder) -> None:
    queue = QueueFactory()
    sync.round()
    before = recorder.members
    QueueMemberFactory(queue=queue, tenant=queue.tenant)
    sync.round()
    assert recorder.members == before + 1


def test_files_with_secrets_are_not_for_everybody(sync: ConfSync, tmp_path: Path) -> None:
    sync.round()
    assert (tmp_path / "pjsip_huawu.conf").stat().st_mode & 0o007 == 0


def test_a_queues_own_music_is_a_class_of_its_own_once_its_file_is_there(
    sync: ConfSync, recorder: Recorder, tmp_path: Path, settings: object
) -> None:
    settings.HUAWU_SOUNDS_DIR = tmp_path / "sounds"  # type: ignore[attr-defined]  # pytest-django's
    queue = QueueFactory(number="7001", tenant__slug="demo", music_prompt="waltz")
    QueueFactory(number="7002", tenant=queue.tenant)
    prompt = PromptFactory(tenant=queue.tenant, name="waltz", revision=2)
    sync.round()
    music, queues = tmp_path / "musiconhold_huawu.conf", tmp_path / "queues_huawu.conf"
    assert "waltz" not in music.read_text()
    assert queues.read_text().count("musicclass = default") == 2
    file = tmp_path / "sounds/en/huawu-company/demo/waltz-2.wav"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"RIFF")
    prompt.save()
    recorder.reloads.clear()
    sync.round()
    assert recorder.reloads == ["res_musiconhold.so", "app_queue.so", "pbx_config.so"]
    assert f"[demo-7001]\nmode = playlist\nentry = {file.with_suffix('')}\n" in music.read_text()
    assert "musicclass = demo-7001" in queues.read_text()
    assert "Set(HW_MUSIC=demo-7001)" in (tmp_path / "extensions_dids.conf").read_text()
