"""Asterisk's own record of who joined a queue against our ledger, for every call of a run.

The dialplan writes each joining into Asterisk's CEL file (`HuawuQueued`); whether Python lived then
does not matter. So a visit that is missing, twice or never closed shows, whatever a test killed.
"""

import csv
import json

from tests.telephony.stack import Stack
from tests.telephony.waiting import until

EVENT, UNIQUEID, EXTRA = 0, 3, 12
VISITS = (
    "SELECT v.queue_name, round(extract(epoch FROM v.joined_at) * 1000)::bigint, v.how,"
    " c.ended_at IS NULL FROM calls_queuevisit v JOIN calls_call c ON c.id = v.call_id"
)
FIGURES = """
import json
from datetime import timedelta
from django.utils import timezone
from apps.accounts.models import User
from apps.acd.queue_figures import queue_figures
from apps.core.tenancy import tenant_scope
user = User.objects.get(username="admin")
now = timezone.now() + timedelta(seconds=1)
with tenant_scope(user.tenant_id):
    whole = queue_figures(user=user, since=now - timedelta(days=2), until=now)
    parts = [
        queue_figures(user=user, since=now - timedelta(hours=n + 1), until=now - timedelta(hours=n))
        for n in range(48)
    ]
said = {one.number: vars(one.counts) for one in whole}
summed = {one.number: vars(sum((p.counts for part in parts for p in part if p.number == one.number),
                               type(one.counts)())) for one in whole}
print(json.dumps([said, summed]))
"""


class LedgerWrongError(AssertionError):
    """What the ledger says is not what happened: no matter of time (`tools/stream_plan.py`)."""


def joined_in_asterisk(stack: Stack) -> list[tuple[str, int]]:
    """Return (queue, Unix milliseconds) of every joining that the dialplan wrote down."""
    found = {}
    for path in (stack.asterisk.instance / "log/cel-custom").glob("Master.csv*"):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for row in csv.reader(lines):
                if len(row) > EXTRA and row[EVENT] == "HuawuQueued":
                    queue, _, joined = str(json.loads(row[EXTRA])["extra"]).rpartition(":")
                    found[row[UNIQUEID], queue, joined] = (queue, int(joined))
    return sorted(found.values())


def every_joining_is_counted(stack: Stack) -> None:
    """Insist that every joining is one closed visit, and offered = answered + abandoned + out."""
    try:
        _insist(stack)
    except AssertionError as error:
        raise LedgerWrongError(str(error)) from error


def _insist(stack: Stack) -> None:
    wanted = joined_in_asterisk(stack)
    stack.wait_ledger_quiet()

    def missing() -> list[tuple[str, int]]:
        left = list(wanted)
        for queue, joined, _how, _is_live in stack.sql(VISITS):
            if (queue, joined) in left:
                left.remove((queue, joined))
        return left

    # What was not heard is read from CEL 20 s later.
    until(lambda: not missing(), 60, lambda: f"joinings without a visit: {missing()}")
    visits = stack.sql(VISITS)
    odd = [visit for visit in visits if visit[2] not in ("answered", "abandoned", "flowed_out")]
    assert odd == [], "visits of ended calls that never ended"
    said, summed = json.loads(stack.manage("shell", "--no-imports", "-c", FIGURES).splitlines()[-1])
    assert said == summed, "two days at once are their hours together"
    for number, counts in said.items():
        ends = counts["answered"] + counts["abandoned"] + counts["flowed_out"]
        assert counts["offered"] == ends, number
        mine = [visit for visit in visits if visit[0] == f"demo-{number}"]
        assert counts["offered"] == len(mine), number
