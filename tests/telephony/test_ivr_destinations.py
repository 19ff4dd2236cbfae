"""Flows in flows, and people whom a flow rings, on the whole product."""

import json
from pathlib import Path

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.ami_tap import AmiTap
from tests.telephony.stack import AMI_SECRET, Stack
from tests.telephony.test_ivr_demo import ledger
from tests.telephony.test_ivr_nodes import DID, publish
from tools.sipp import HangUp, Pause, caller_scenario

HELPER = {
    "name": "铃声",
    "start": "mark",
    "nodes": {
        "mark": {"kind": "set", "variable": "level", "value": "2", "to": "back"},
        "back": {"kind": "return"},
    },
}
MAIN = {
    "name": "测试音",
    "start": "helper",
    "nodes": {
        "helper": {"kind": "sub_flow", "flow": "铃声", "to": "boss"},
        "boss": {"kind": "agent", "agent": "1199", "on_failed": "english"},
        "english": {"kind": "language", "language": "en", "to": "ring"},
        "ring": {"kind": "extension", "number": "1004", "ring_s": 5, "on_failed": "which"},
        "which": {
            "kind": "branch",
            "cases": [
                {"all": [{"variable": "level", "is": "equals", "value": "2"}], "to": "sales"}
            ],
            "otherwise": "lost",
        },
        "sales": {"kind": "queue", "queue": "7001"},
        "lost": {"kind": "hangup"},
    },
}
PUBLISH_HELPER = """
import json
from apps.core.tenancy import all_tenants
from apps.ivr.models import EntryPoint, Flow
from apps.ivr.services import flow_publish
with all_tenants("the test's flow"):
    tenant = EntryPoint.objects.get(did__number={did!r}).tenant
    flow, _ = Flow.objects.get_or_create(tenant=tenant, name="铃声")
    flow_publish(flow=flow, document=json.loads({document!r}))
"""


def test_caller_whom_nobody_answers_goes_on_with_his_variables(
    stack: Stack, tmp_path: Path
) -> None:
    code = PUBLISH_HELPER.format(did=DID, document=json.dumps(HELPER))
    stack.manage("shell", "--no-imports", "-c", code)
    publish(stack, tmp_path, MAIN)
    settings = stack.asterisk.settings
    ami = AmiTap(settings.address, settings.ports.ami, AMI_SECRET)
    try:
        caller = "13740000077"
        call = stack.sipp.start(
            caller_scenario([Pause(60000), HangUp()], caller=caller), service=DID
        )
        joined = ami.wait_queued(timeout=40)
        assert (joined["Queue"], joined["CallerIDNum"]) == ("demo-7001", caller)
        assert joined["Language"] == "en"
        call.hang_up()
        found = ledger(stack, caller)
        assert [step["node"] for step in found["path"]] == [
            *["helper", "mark", "back", "boss", "english", "ring", "which", "sales"]
        ]
    finally:
        ami.close()
        publish(stack, tmp_path, DEMO_FLOWS["tone"])
