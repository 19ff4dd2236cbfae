"""Kinds of nodes on the whole product: keys become a variable, which is compared and spoken."""

import json
from pathlib import Path

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.ami_tap import AmiTap
from tests.telephony.stack import AMI_SECRET, Stack
from tests.telephony.test_ivr_demo import ledger
from tools.sipp import HangUp, Keys, Pause, caller_scenario

DID = "4008009000"
FLOW = {
    "name": "测试音",
    "start": "level",
    "nodes": {
        "level": {"kind": "set", "variable": "level", "value": "2", "to": "card"},
        "card": {
            "kind": "collect",
            "prompts": ["account-number"],
            "variable": "card",
            "min": 4,
            "most": 8,
            "timeout_s": 4,
            "is_secret": True,
            "to": "which",
            "on_failed": "operator",
        },
        "which": {
            "kind": "branch",
            "cases": [
                {
                    "all": [
                        {"variable": "card", "is": "begins_with", "value": "88"},
                        {"variable": "level", "is": "greater", "value": "1"},
                        {"variable": "dialled", "is": "equals", "value": DID},
                        {"variable": "caller", "is": "begins_with", "value": "13740"},
                    ],
                    "to": "say",
                }
            ],
            "otherwise": "operator",
        },
        "say": {"kind": "speak", "variable": "level", "as": "number", "to": "english"},
        "english": {"kind": "language", "language": "en", "to": "sales"},
        "sales": {"kind": "queue", "queue": "7001", "prompts": ["queue-sales"]},
        "operator": {"kind": "queue", "queue": "7000"},
    },
}
# What a person would do in the admin; the command line has no command for it.
PUBLISH = """
import json, sys
from apps.core.tenancy import all_tenants
from apps.ivr.models import EntryPoint
from apps.ivr.services import flow_publish
with all_tenants("the test's number"):
    entry = EntryPoint.objects.get(did__number={did!r})
    flow_publish(flow=entry.flow, document=json.loads(open({path!r}).read()))
"""


def publish(stack: Stack, folder: Path, document: object) -> None:
    """Make the document what answers the number."""
    path = folder / "flow.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    stack.manage("shell", "--no-imports", "-c", PUBLISH.format(did=DID, path=str(path)))


def test_keys_become_a_variable_that_chooses_the_queue(stack: Stack, tmp_path: Path) -> None:
    publish(stack, tmp_path, FLOW)
    settings = stack.asterisk.settings
    ami = AmiTap(settings.address, settings.ports.ami, AMI_SECRET)
    try:
        caller = "13740000001"
        steps = [Pause(1500), Keys("880042#"), Pause(60000), HangUp()]
        call = stack.sipp.start(caller_scenario(steps, caller=caller), service=DID)
        joined = ami.wait_queued()
        assert (joined["Queue"], joined["CallerIDNum"]) == ("demo-7001", caller)
        assert joined["Language"] == "en"
        call.hang_up()
        found = ledger(stack, caller)
        assert [(step["node"], step["keys"]) for step in found["path"]] == [
            ("level", ""),
            ("card", "******"),
            ("which", ""),
            ("say", ""),
            ("english", ""),
            ("sales", ""),
        ]
        assert "880042" not in stack.log("fastagi")
    finally:
        ami.close()
        publish(stack, tmp_path, DEMO_FLOWS["tone"])
