"""Each fault of a node is named, with a cure; a healthy node has none."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from apps.telephony.doctor.asterisk_checks import (
    MODULES,
    RIGHTS,
    Expected,
    check_clock,
    check_dialplan,
    check_modules,
    check_rights,
    check_version,
)
from apps.telephony.doctor.manager import Answer
from apps.telephony.doctor.report import Finding, State

ROOT = Path(__file__).resolve().parents[4]
EXPECTED = Expected(
    node="pbx1",
    user="huawu",
    agi_host="127.0.0.1",
    agi_port=4573,
    folders={"HW_REC_DIR": "/srv/huawu/recordings"},
    contexts=["huawu-from-trunk", "huawu-next"],
)


@dataclass
class FakeManager:
    """A healthy node; a test changes one thing."""

    commands: set[str] = field(default_factory=lambda: set(RIGHTS))
    events: set[str] = field(default_factory=lambda: {"FullyBooted"})
    modules: set[str] = field(default_factory=lambda: set(MODULES))
    contexts: set[str] = field(default_factory=lambda: set(EXPECTED.contexts))
    variables: dict[str, str] = field(
        default_factory=lambda: {
            "HW_AGI": "127.0.0.1:4573",
            "HW_REC_DIR": "/srv/huawu/recordings",
        }
    )
    core: dict[str, str] = field(
        default_factory=lambda: {"AsteriskVersion": "22.10.0", "SystemName": "pbx1"}
    )
    timestamp: str = "1000.5"

    def ask(self, action: str, **fields: str) -> Answer:
        """Answer as Asterisk does."""
        is_there = True
        more: dict[str, str] = {}
        if action == "ListCommands":
            more = dict.fromkeys(self.commands, "…")
        elif action == "CoreSettings":
            more = self.core
        elif action == "Ping":
            more = {"Ping": "Pong", "Timestamp": self.timestamp} if self.timestamp else {}
        elif action == "Getvar":
            more = {"Value": self.variables.get(fields["Variable"], "")}
        elif action == "ModuleCheck":
            is_there = fields["Module"] in self.modules
        elif action == "ShowDialPlan":
            is_there = fields["Context"] in self.contexts
        return Answer({"Response": "Success" if is_there else "Error", **more})

    def has_event(self, name: str) -> bool:
        """Tell whether the event came."""
        return name in self.events


def failed(findings: list[Finding]) -> list[str]:
    """Return the codes of what failed; each has a cure."""
    found = [finding for finding in findings if finding.state is State.FAILED]
    assert all(finding.cure for finding in found)
    return [finding.code for finding in found]


def everything(manager: FakeManager) -> list[Finding]:
    """Run every check of a node."""
    findings: list[Finding] = []
    for check in (check_version, check_rights, check_modules, check_dialplan):
        findings.extend(check(manager, EXPECTED))
    findings.extend(check_clock(manager, lambda: 1000.5))
    return findings


def test_healthy_node_has_nothing_to_cure() -> None:
    findings = everything(FakeManager())
    assert [finding for finding in findings if finding.state is not State.OK] == []


def test_missing_right_names_the_action_and_the_right() -> None:
    (finding,) = check_rights(FakeManager(commands=set(RIGHTS) - {"QueueAdd"}), EXPECTED)
    assert finding.code == "ami.rights"
    assert "QueueAdd" in finding.text
    assert "agent" in finding.cure


def test_missing_right_to_read_is_seen_by_the_silence() -> None:
    assert failed(list(check_rights(FakeManager(events=set()), EXPECTED))) == ["ami.events"]


def test_missing_module_names_what_it_is_for() -> None:
    manager = FakeManager(modules=set(MODULES) - {"res_pjsip_transport_websocket"})
    (finding,) = check_modules(manager, EXPECTED)
    assert finding.state is State.FAILED
    assert "res_pjsip_transport_websocket.so" in finding.cure


def test_missing_contexts_are_named_together() -> None:
    findings = list(check_dialplan(FakeManager(contexts={"huawu-next"}), EXPECTED))
    assert failed(findings) == ["dialplan.contexts"]
    assert "huawu-from-trunk" in findings[0].text


@pytest.mark.parametrize("value", ["", "127.0.0.1", "127.0.0.1:4574", "10.0.0.9:4573"])
def test_dialplan_that_asks_another_fastagi_is_told(value: str) -> None:
    manager = FakeManager()
    manager.variables["HW_AGI"] = value
    assert failed(list(check_dialplan(manager, EXPECTED))) == ["dialplan.agi"]


def test_fastagi_on_any_address_fits_every_host() -> None:
    manager = FakeManager()
    manager.variables["HW_AGI"] = "10.0.0.9:4573"
    anywhere = replace(EXPECTED, agi_host="::")
    assert failed(list(check_dialplan(manager, anywhere))) == []


def test_recordings_in_another_folder_are_told() -> None:
    manager = FakeManager()
    manager.variables["HW_REC_DIR"] = "/var/spool/asterisk/monitor"
    assert failed(list(check_dialplan(manager, EXPECTED))) == ["dialplan.folder"]


@pytest.mark.parametrize(
    ("ours", "state"),
    [
        (1000.5, State.OK),
        (1000.55, State.OK),
        (1000.8, State.WARNING),
        (1002.0, State.FAILED),
        (999.0, State.FAILED),
    ],
)
def test_clocks_may_differ_a_little(ours: float, state: State) -> None:
    (finding,) = check_clock(FakeManager(), lambda: ours)
    assert finding.state is state


def test_slow_answer_is_no_skew() -> None:
    times = iter([1000.0, 1004.0])
    (finding,) = check_clock(FakeManager(timestamp="1000.1"), lambda: next(times))
    assert finding.state is State.OK


def test_asterisk_that_does_not_say_its_time_is_doubtful() -> None:
    (finding,) = check_clock(FakeManager(timestamp=""), lambda: 1.0)
    assert finding.state is State.WARNING


@pytest.mark.parametrize("version", ["18.20.0", "certified/18.9", "20.1.0"])
def test_old_asterisk_is_told(version: str) -> None:
    manager = FakeManager(core={"AsteriskVersion": version, "SystemName": "pbx1"})
    assert failed(list(check_version(manager, EXPECTED))) == ["asterisk.version"]


def test_another_system_name_is_told() -> None:
    manager = FakeManager(core={"AsteriskVersion": "22.1.0", "SystemName": ""})
    assert failed(list(check_version(manager, EXPECTED))) == ["asterisk.systemname"]


def test_every_action_that_we_send_is_asked_for() -> None:
    sent = set()
    for path in (ROOT / "apps/telephony/ami").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        sent |= set(re.findall(r"\.action(?:_list)?\(\s*\"(\w+)\"", text))
        sent |= set(re.findall(r"\"Action\": \"(\w+)\"", text))
    assert "QueueAdd" in sent
    assert sent <= set(RIGHTS) | {"Login", "Logoff", "Events"}
