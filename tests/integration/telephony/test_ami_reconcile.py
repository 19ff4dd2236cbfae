"""CEL and CDR repair what was missed, add nothing to what was heard, and find left messages."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.calls import resolve
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.engine.fold import fold
from apps.calls.selectors import call_timeline
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants
from apps.telephony.cel import fact_from_cel, facts_from_cdr, message_from_cel
from apps.telephony.reconcile import Reconciler
from tests.fixtures import replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def asterisk_dir(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_DATA_DIR = tmp_path / "data"
    settings.HUAWU_ASTERISK_DIR = tmp_path / "asterisk"
    resolve.caches_clear()
    return tmp_path / "asterisk"


def logs(asterisk_dir: Path, name: str, *kinds_: str) -> None:
    for kind in kinds_:
        path = asterisk_dir / "log" / f"{kind}-custom" / "Master.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (replay.HERE / "cel" / f"{name}.{kind}.csv").read_text()
        with path.open("a") as file:
            file.write(text)


def repaired(asterisk_dir: Path) -> list[Fact]:
    found: list[Fact] = []
    Reconciler("lab-1", asterisk_dir, found.append).read_logs()
    return found


@pytest.mark.parametrize("name", replay.NAMES)
def test_nothing_is_repaired_of_what_was_heard(asterisk_dir: Path, name: str) -> None:
    facts_apply(replay.facts(name))
    logs(asterisk_dir, name, "cel", "cdr")
    assert repaired(asterisk_dir) == []


@pytest.mark.parametrize("name", replay.NAMES)
def test_everything_is_repaired_of_what_was_not(asterisk_dir: Path, name: str) -> None:
    logs(asterisk_dir, name, "cel", "cdr")
    found = replay.by_call(repaired(asterisk_dir))
    heard = replay.by_call(replay.facts(name))
    assert found.keys() == heard.keys()
    for linkedid, facts in heard.items():
        state, expected = fold(found[linkedid]), fold(facts)
        assert state.ended_at is not None
        assert expected.ended_at is not None
        assert abs((state.ended_at - expected.ended_at).total_seconds()) < 0.05
        assert state.answered_at is None or expected.answered_at is not None


@pytest.mark.parametrize("name", replay.NAMES)
def test_cdr_alone_tells_beginning_and_end(asterisk_dir: Path, name: str) -> None:
    logs(asterisk_dir, name, "cdr")
    found = replay.by_call(repaired(asterisk_dir))
    for linkedid, facts in replay.by_call(replay.facts(name)).items():
        state, expected = fold(found[linkedid]), fold(facts)
        assert state.started_at is not None
        assert state.ended_at is not None
        assert expected.started_at is not None
        assert expected.ended_at is not None
        assert abs((state.started_at - expected.started_at).total_seconds()) < 0.05
        assert abs((state.ended_at - expected.ended_at).total_seconds()) < 0.05
        if name != "transfer_blind":  # the second number dialled overwrites CDR's user field
            assert state.dialled == expected.dialled


def test_half_of_a_call_is_completed(asterisk_dir: Path) -> None:
    told = replay.facts("second_agent_answers")
    facts_apply(told[: len(told) // 2])
    logs(asterisk_dir, "second_agent_answers", "cel")
    found = repaired(asterisk_dir)
    state = fold([*told[: len(told) // 2], *found])
    assert (state.outcome, state.agent_endpoint) == ("answered", "1002")
    assert state.talk_ms == pytest.approx(7989, abs=5)


def test_message_left_while_we_were_down_is_found_with_its_file(asterisk_dir: Path) -> None:
    logs(asterisk_dir, "timeout_voicemail", "cel")
    (message,) = [
        one
        for row in replay.cel_rows("timeout_voicemail")
        if (one := message_from_cel(row, node="lab-1"))
    ]
    file = asterisk_dir / "voicemail" / message.box / message.file_name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\0" * (44 + 16 * 3000))

    found = repaired(asterisk_dir)

    (left,) = [fact for fact in found if fact.kind == kinds.VOICEMAIL_LEFT]
    heard = next(f for f in replay.facts("timeout_voicemail") if f.kind == kinds.VOICEMAIL_LEFT)
    assert (left.key, left.data["box"], left.data["path"]) == (
        heard.key,
        heard.data["box"],
        heard.data["path"],
    )
    assert left.data["duration_ms"] == "3000"
    assert fold(found).outcome == "voicemail"


def test_caller_who_hung_up_at_the_beep_left_no_message(asterisk_dir: Path) -> None:
    logs(asterisk_dir, "timeout_voicemail", "cel")
    assert fold(repaired(asterisk_dir)).outcome == "abandoned"


def test_second_round_tells_only_what_is_new(asterisk_dir: Path) -> None:
    found: list[Fact] = []
    reconciler = Reconciler("lab-1", asterisk_dir, found.append)
    logs(asterisk_dir, "tone", "cel")
    reconciler.read_logs()
    first = len(found)
    reconciler.read_logs()
    assert len(found) == first
    logs(asterisk_dir, "abandoned", "cel")
    reconciler.read_logs()
    assert {fact.linkedid for fact in found[first:]} == {
        fact.linkedid for fact in replay.facts("abandoned")
    }


def test_what_amis_event_may_still_tell_is_read_later(asterisk_dir: Path) -> None:
    found: list[Fact] = []
    reconciler = Reconciler("lab-1", asterisk_dir, found.append)
    logs(asterisk_dir, "abandoned", "cel", "cdr")
    ended = max(fact.at for fact in replay.facts("abandoned"))
    reconciler.read_logs(before=ended - timedelta(seconds=1))
    assert fold(found).started_at is not None
    assert fold(found).ended_at is None
    reconciler.read_logs(before=ended + timedelta(seconds=1))
    state = fold(found)
    assert state.ended_at is not None
    assert abs((state.ended_at - ended).total_seconds()) < 0.05


def test_late_event_is_corrected_once(asterisk_dir: Path) -> None:
    heard = replay.facts("abandoned")
    late = [
        replace(fact, at=fact.at + timedelta(seconds=8)) if fact.kind == kinds.LEG_ENDED else fact
        for fact in heard
    ]
    facts_apply(late)
    logs(asterisk_dir, "abandoned", "cel", "cdr")
    found = repaired(asterisk_dir)
    ends = [fact for fact in heard if fact.kind == kinds.LEG_ENDED]
    assert {fact.data["corrects"] for fact in found} == {fact.key for fact in ends}
    (call,) = facts_apply(found)
    assert call.ended_at is not None
    assert abs((call.ended_at - max(fact.at for fact in heard)).total_seconds()) < 0.05
    with all_tenants("a test"):
        kinds_shown = [row.kind for row in call_timeline(call)]
    assert kinds_shown.count(kinds.LEG_ENDED) == len(ends)


@pytest.mark.parametrize(
    "row",
    [
        [],
        ["CHAN_START"],
        ["CHAN_START", "soon", *["x"] * 11],
        ["CHAN_START", "1e400", *["x"] * 11],
        ["HANGUP", "1795442239.1", "", "", *["x"] * 9],
        ["PICKUP", "1795442239.1", *["x"] * 11],
        ["APP_END", "1795442239.1", *["x"] * 7, "Record", "no-folder.wav", "", ""],
        ["APP_END", "1795442239.1", *["x"] * 7, "Record", "/a/../x.wav,1", "", ""],
    ],
)
def test_line_that_tells_nothing_is_passed_over(row: list[str]) -> None:
    assert fact_from_cel(row, node="n") is None
    assert message_from_cel(row, node="n") is None


def test_hang_up_without_details_is_still_an_end() -> None:
    fact = fact_from_cel(["HANGUP", "1795442239.1", *["x"] * 10, "{no json"], node="n")
    assert fact is not None
    assert fact.data["cause"] == ""


@pytest.mark.parametrize(
    "row", [[], ["x"] * 16, ["", "", *["x"] * 6, "1.0", "0.0", "2.0"] + [""] * 5]
)
def test_cdr_line_that_tells_nothing_is_passed_over(row: list[str]) -> None:
    assert facts_from_cdr(row, node="n") == []
