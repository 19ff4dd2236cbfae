"""The doctor looks at a real Asterisk through the product's own manager user."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from apps.telephony.doctor.asterisk_checks import MODULES, RIGHTS, Expected, contexts_of
from apps.telephony.doctor.examination import asterisk_findings
from apps.telephony.doctor.machine_checks import check_prompts, check_websocket, prompt_names
from apps.telephony.doctor.manager import LoginRefusedError, ManagerConnection
from apps.telephony.doctor.report import State
from tests.telephony.lab import SECRET
from tools.lab import Asterisk
from tools.paths import PROMPTS_TOML, STATIC_ETC


@pytest.fixture
def manager(asterisk: Asterisk) -> Iterator[ManagerConnection]:
    """Sign in as the product's user."""
    settings = asterisk.settings
    with ManagerConnection(settings.address, settings.ports.ami, "huawu", SECRET) as connection:
        yield connection


@pytest.fixture
def expected(asterisk: Asterisk) -> Expected:
    """Say what this Asterisk should be like."""
    settings = asterisk.settings
    return Expected(
        node=settings.node,
        user="huawu",
        agi_host=settings.address,
        agi_port=settings.ports.agi,
        folders={
            "HW_REC_DIR": str(asterisk.instance / "recordings"),
            "HW_VM_DIR": str(asterisk.instance / "voicemail"),
        },
        contexts=contexts_of(STATIC_ETC / "extensions_huawu.conf"),
    )


def test_healthy_asterisk_has_nothing_to_cure(
    manager: ManagerConnection, expected: Expected
) -> None:
    findings = list(asterisk_findings(manager, expected, time.time))
    assert [finding for finding in findings if finding.state is not State.OK] == []
    assert {finding.code for finding in findings} >= {
        "ami.rights",
        "asterisk.module",
        "asterisk.version",
        "clock.skew",
        "dialplan.agi",
        "dialplan.contexts",
    }


def test_manager_user_has_no_right_to_the_command_line(manager: ManagerConnection) -> None:
    allowed = manager.ask("ListCommands").response
    assert set(RIGHTS) <= set(allowed)
    # `system`, without which there is no Reload, brings ModuleLoad and DialplanExtensionAdd along.
    for dangerous in ("Command", "UpdateConfig", "CreateConfig", "AGI"):
        assert dangerous not in allowed


def test_what_differs_is_named(manager: ManagerConnection, expected: Expected) -> None:
    wrong = replace(
        expected,
        node="elsewhere",
        agi_port=expected.agi_port + 1,
        folders={"HW_REC_DIR": "/elsewhere"},
        contexts=[*expected.contexts, "huawu-unknown"],
    )
    findings = [
        finding
        for finding in asterisk_findings(manager, wrong, lambda: time.time() + 30)
        if finding.state is State.FAILED
    ]
    assert {finding.code for finding in findings} == {
        "asterisk.systemname",
        "clock.skew",
        "dialplan.agi",
        "dialplan.contexts",
        "dialplan.folder",
    }
    assert all(finding.cure for finding in findings)
    assert any("huawu-unknown" in finding.text for finding in findings)


def test_module_that_is_not_loaded_is_noticed(manager: ManagerConnection) -> None:
    assert not manager.ask("ModuleCheck", Module="app_minivm").is_success
    assert manager.ask("ModuleCheck", Module="app_queue").is_success
    assert MODULES


def test_wrong_secret_is_told_from_nothing_listening(asterisk: Asterisk) -> None:
    settings = asterisk.settings
    with pytest.raises(LoginRefusedError):
        ManagerConnection(settings.address, settings.ports.ami, "huawu", "wrong")
    with pytest.raises(ConnectionRefusedError):
        ManagerConnection(settings.address, settings.ports.agi, "huawu", SECRET)


def test_browser_phones_are_let_in(asterisk: Asterisk) -> None:
    port = asterisk.settings.ports.ws
    (finding,) = check_websocket(f"ws://127.0.0.1:{port}/ws")
    assert finding.state is State.OK
    (finding,) = check_websocket(f"ws://127.0.0.1:{port}/elsewhere")
    assert finding.state is State.FAILED


def test_every_prompt_is_there(asterisk: Asterisk, tmp_path: Path) -> None:
    names = prompt_names(PROMPTS_TOML)
    (finding,) = check_prompts(names, [asterisk.instance / "data/sounds"])
    assert finding.state is State.OK
    (finding,) = check_prompts([*names, "not-built"], [asterisk.instance / "data/sounds"])
    assert finding.state is State.FAILED
    assert "zh/not-built" in finding.text
