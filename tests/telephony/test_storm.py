"""Hundreds of calls at once: each is in the ledger once, as Asterisk's own CDR has it."""

import csv
import random
from collections import defaultdict
from pathlib import Path

import psutil

from tests.telephony.stack import Stack
from tests.telephony.waiting import until
from tools.sipp import HangUp, Keys, Pause, caller_scenario

CALLS = 300
RATE = 20.0
KINDS = 15


def cdr_by_call(path: Path) -> dict[str, list[dict[str, str]]]:
    """Read Asterisk's CDR file, by linkedid."""
    names = ["linkedid", "uniqueid", "channel", "dstchannel", "src", "dst", "dcontext", "lastapp"]
    names += ["start", "answer", "end"]
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) >= len(names):
                record = dict(zip(names, row, strict=False))
                found[record["linkedid"]].append(record)
    return found


def open_things(stack: Stack, name: str) -> tuple[int, int]:
    """Give (file handles, threads) of a process."""
    process = psutil.Process(stack.processes[name].pid)
    return process.num_fds(), process.num_threads()


def test_every_call_of_a_storm_is_in_the_ledger_once_and_as_the_cdr_has_it(stack: Stack) -> None:
    rng = random.Random(2026)
    before = {name: open_things(stack, name) for name in ("fastagi", "ami")}
    runs = []
    for kind in range(KINDS):
        steps: list[Keys | Pause | HangUp] = [Pause(rng.randint(200, 1500))]
        for _ in range(rng.randint(0, 3)):
            steps += [Keys(rng.choice("0123456789*#")), Pause(rng.randint(300, 1500))]
        steps.append(HangUp())
        caller = f"18812{kind:02d}[call_number]"
        runs.append(
            stack.sipp.start(
                caller_scenario(steps, caller=caller),
                service="4008001000",
                calls=CALLS // KINDS,
                rate=RATE / KINDS,
                at_once=CALLS // KINDS,
            )
        )
    for run in runs:
        run.wait(120)
    stack.wait_ledger_quiet()

    everything = cdr_by_call(stack.asterisk.instance / "log/cdr-custom/Master.csv")
    cdr = {key: rows for key, rows in everything.items() if rows[0]["src"].startswith("18812")}
    rows = stack.sql(
        "SELECT linkedid, caller, extract(epoch FROM started_at), extract(epoch FROM picked_up_at),"
        " extract(epoch FROM ended_at), outcome FROM calls_call WHERE caller LIKE '18812%%'"
    )
    assert len(rows) == CALLS
    assert {row[0] for row in rows} == set(cdr)
    for linkedid, caller, started, picked_up, ended, outcome in rows:
        records = cdr[linkedid]
        assert caller == records[0]["src"]
        assert outcome in {"answered", "abandoned", "voicemail", "self_service", "failed"}
        assert abs(float(started) - min(float(one["start"]) for one in records)) < 0.2
        assert abs(float(ended) - max(float(one["end"]) for one in records)) < 0.2
        answers = [float(one["answer"]) for one in records if float(one["answer"]) > 0]
        if answers:
            assert abs(float(picked_up) - min(answers)) < 0.2
    doubles = stack.sql(
        "SELECT linkedid, key FROM calls_callfact GROUP BY node, linkedid, key HAVING count(*) > 1"
    )
    assert doubles == []
    assert stack.sql("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in tran%%'") == [
        (0,)
    ]
    for name, (handles, threads) in before.items():
        until(lambda name=name, most=handles + 12: open_things(stack, name)[0] <= most, 20)
        until(lambda name=name, most=threads + 10: open_things(stack, name)[1] <= most, 20)
