"""A PBX with a configuration of its own includes Huawu's snippets, as the operator's guide says."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.telephony.doctor.asterisk_checks import Expected, contexts_of
from apps.telephony.doctor.examination import asterisk_findings
from apps.telephony.doctor.manager import ManagerConnection
from apps.telephony.doctor.report import State
from deploy.asterisk_snippets import snippets
from tests.telephony.lab import SECRET, lab_asterisk
from tools.lab import Asterisk
from tools.paths import STATIC_ETC

OWN = {
    "extensions.conf": "[general]\nstatic=yes\n[globals]\nOWN=1\n[own]\nexten => 1,1,Hangup()\n",
    "queues.conf": "[general]\nmonitor-type=MixMonitor\n[own-queue]\nstrategy=ringall\n",
    "cdr.conf": "[general]\nenable=yes\n",
    "cdr_custom.conf": "[mappings]\nOwn.csv => ${CSV_QUOTE(${CDR(src)})}\n",
    "cel.conf": "[general]\nenable=no\n",
    "cel_custom.conf": "[mappings]\nOwn.csv => ${CSV_QUOTE(${eventtype})}\n",
}


@pytest.fixture
def pbx(tmp_path: Path) -> Iterator[Asterisk]:
    """Run an Asterisk that is configured by hand, plus one include line in each file."""
    asterisk = lab_asterisk(tmp_path / "pbx", carrier_port=5080)
    settings, etc = asterisk.settings, asterisk.instance / "etc"
    source = asterisk.instance / "opt"
    shutil.copytree(STATIC_ETC, source / "asterisk/etc")
    texts = snippets(
        source=source,
        shared=asterisk.instance,
        agi=f"{settings.address}:{settings.ports.agi}",
        ami_secret=SECRET,
        permit=f"{settings.address}/32",
    )
    (etc / "huawu").mkdir()
    for name, text in texts.items():
        (etc / "huawu" / name).write_text(text, "utf-8")
    own = {
        **OWN,
        "manager.conf": f"[general]\nenabled=yes\nbindaddr={settings.address}\n"
        f"port={settings.ports.ami}\n[own-user]\nsecret=own\nread=all\n",
        "pjsip.conf": "[global]\ntype=global\nendpoint_identifier_order=ip,username\n"
        "[own-transport]\ntype=transport\nprotocol=udp\n"
        f"bind={settings.address}:{settings.ports.sip}\n",
    }
    for name, text in own.items():
        (etc / name).write_text(f'{text}\n#include "huawu/{name}"\n', "utf-8")
    asterisk.start()
    yield asterisk
    asterisk.stop()


def test_pbx_keeps_its_own_and_has_ours(pbx: Asterisk) -> None:
    settings = pbx.settings
    expected = Expected(
        node=settings.node,
        user="huawu",
        agi_host=settings.address,
        agi_port=settings.ports.agi,
        folders={
            "HW_REC_DIR": str(pbx.instance / "recordings"),
            "HW_VM_DIR": str(pbx.instance / "voicemail"),
        },
        contexts=[*contexts_of(STATIC_ETC / "extensions_huawu.conf"), "huawu-dids", "own"],
    )
    with ManagerConnection(settings.address, settings.ports.ami, "huawu", SECRET) as manager:
        findings = list(asterisk_findings(manager, expected, time.time))
        assert [finding for finding in findings if finding.state is not State.OK] == []
        assert manager.ask("Getvar", Variable="OWN").response["Value"] == "1"
        queues = {item["Queue"] for item in manager.ask("QueueStatus").items}
        assert queues >= {"own-queue", "lab-7001"}
    assert "trunk-lab" in pbx.cli("pjsip show endpoints")
    assert "transport-ws" in pbx.cli("pjsip show transports")
    assert "Enabled" in pbx.cli("cel show status")
    assert "huawu" in pbx.cli("manager show users")
