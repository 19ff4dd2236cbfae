"""A day of a call centre on the real exchange: every figure is what its table says by hand.

230 calls of 19 kinds, side by side, by real SIP callers and phones (`lab_day.py`). Counts have to
be equal. Times are those of SIPp's own clock, with a tolerance of `PER_CALL_S` a call on the sum:
the exchange learns some milliseconds later than a phone that the phone has answered or hung up
(seen with two cores and a load of 8: 12 ms a call, 50 ms of a caller who is sent on by a rule).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from tests.telephony import lab_day_office as office
from tests.telephony import lab_day_pages as pages
from tests.telephony import lab_day_screens as screens
from tests.telephony.lab_day import BLACKLISTED, MEMBERS, Kind, every_call, moment, whole_day
from tests.telephony.lab_day_company import TOKEN
from tests.telephony.lab_day_expected import PER_CALL_S, STAYS, Sums, is_near, of, total
from tests.telephony.lab_day_fixture import Day, day
from tests.telephony.lab_day_pages import counts

__all__ = ["day"]
# Whichever test comes first waits for the whole day.
pytestmark = pytest.mark.timeout(1200)
DIALS_S = 0.5
RUNG_BY_QUEUES = ("3001", "3002", "3003", "3004", "3005", "3006", "3007", "3008", "3009")
# A page is asked for, and does something: a sign-in, a pause.
PER_PAGE_S = 2.0
TODAY = "period=today"
LINES = ("calls", "answered", "abandoned", "voicemail", "self_service", "refused", "failed")


def test_queues(day: Day) -> None:
    found = pages.report_page(day.admin, "queues", TODAY)
    expected = day.figures.queues
    assert {name.split()[0] for name in found.rows} == set(expected)
    for name, row in found.rows.items():
        queue = name.split()[0]
        wanted = expected[queue]
        assert counts(row, STAYS) == of(wanted, STAYS), name
        assert row["offered"] == row["answered"] + row["abandoned"] + row["flowed_out"], name  # type: ignore[operator]
        served = wanted["answered"] + wanted["abandoned"] - wanted["abandoned_short"]
        assert row["service_level"] == (
            pytest.approx(wanted["in_time"] / served) if served else None
        ), name
        assert row["abandon_rate"] == pytest.approx(wanted["abandoned"] / wanted["offered"]), name
        long = wanted["offered"] - wanted["abandoned_short"]
        rate = (wanted["abandoned"] - wanted["abandoned_short"]) / long
        assert row["abandon_rate_without_short"] == pytest.approx(rate), name
        if wanted["answered"]:
            is_near(
                (row["asa_ms"] or 0) * wanted["answered"], day.times.waits[queue], f"{name} ASA"
            )
            is_near((row["aht_ms"] or 0) * wanted["answered"], day.times.handled[queue],
                    f"{name} AHT")  # fmt: skip
        else:
            assert (row["asa_ms"], row["aht_ms"]) == (None, None), name
        if queue != "8009":  # how long the menu of the call-back lasts, no phone knows
            longest = Sums(day.times.every_wait[queue].longest, 1)
            # Where a rule or the longest wait ends it, no phone has a clock for it.
            is_limit = not wanted["answered"] and wanted["flowed_out"]
            per_call_s = 1.0 if is_limit else PER_CALL_S
            is_near(row["longest_wait_ms"], longest, f"{name} longest", per_call_s=per_call_s)
    whole = total(expected.values())
    assert counts(found.total, STAYS) == of(whole, STAYS)
    late = next(row for name, row in found.rows.items() if name.startswith("8002"))
    # 15 of 26 had an agent at once, 11 waited for 7 s.
    assert late["service_level"] == pytest.approx(15 / 26)
    assert late["within_10"] == 1


def test_transfers(day: Day) -> None:
    found = pages.report_page(day.admin, "queues", TODAY)
    said = {
        name.split()[0]: (row["transferred"], row["transfer_rate"])
        for name, row in found.rows.items()
    }
    # All 8 of 8008 are given away, and nobody else's. Without an answered call there is no rate.
    assert said == {
        queue: (8, 1.0) if queue == "8008" else (0, 0.0 if row["answered"] else None)
        for queue, row in day.figures.queues.items()
    }
    assert found.total["transferred"] == 8
    assert found.total["transfer_rate"] == pytest.approx(8 / 105)
    # By agent: who gave them away, not who got them.
    agents = pages.report_page(day.admin, "agents", TODAY)
    gave = Counter(
        one.agent for one in every_call(whole_day()) if one.kind in (Kind.TO_QUEUE, Kind.TO_AGENT)
    )
    assert sum(gave.values()) == agents.total["transferred"] == 8
    for name, row in agents.rows.items():
        agent = name.split()[0]
        answered = day.figures.agents[agent]["answered"]
        assert row["transferred"] == gave[agent], name
        assert row["transfer_rate"] == (
            pytest.approx(gave[agent] / answered) if answered else None
        ), name


@pytest.mark.parametrize("step", ["hour", "day", "month"])
def test_offered_is_answered_abandoned_and_flowed_out_in_every_step(day: Day, step: str) -> None:
    query = f"{TODAY}&by=time&step={step}"
    found = pages.report_page(day.admin, "queues", query)
    summed: Counter[str] = Counter()
    for name, row in [*found.rows.items(), ("total", found.total)]:
        assert row["offered"] == row["answered"] + row["abandoned"] + row["flowed_out"], name  # type: ignore[operator]
        summed += counts(row, STAYS) if name != "total" else Counter()
    assert summed == of(total(day.figures.queues.values()), STAYS)


def test_agents(day: Day) -> None:
    found = pages.report_page(day.admin, "agents", TODAY)
    names = ("answered", "missed", "taken", "made", "reached")
    for name, row in found.rows.items():
        agent = name.split()[0]
        assert counts(row, names) == of(day.figures.agents[agent], names), name
        # Who dials is challenged first, and his call begins only then.
        per_call_s = DIALS_S if day.figures.agents[agent]["made"] else PER_CALL_S
        is_near(row["talk"], day.times.talks[agent], f"{name} talk", per_call_s=per_call_s)
        is_near(row["hold"], day.times.holds[agent], f"{name} hold")
        is_near(row["wrap_up"], day.times.wrap_ups[agent], f"{name} wrap-up")
        if agent in RUNG_BY_QUEUES:
            rung = sum(day.figures.agents[agent][one] for one in ("answered", "missed", "taken"))
            # Who declines has not answered; who is slower could not.
            missed = 9 if agent == "3007" else 0
            assert (row["legs_offered"], row["legs_missed"]) == (rung, missed), name
    assert {name.split()[0] for name in found.rows} == set(MEMBERS)
    assert counts(found.total, names) == of(total(day.figures.agents.values()), names)


def test_attendance(day: Day) -> None:
    found = pages.report_page(day.admin, "attendance", TODAY)
    for name, row in found.rows.items():
        desk = day.desks[name.split()[0]]
        assert row["signed_in"] is not None
        there = desk.signed_out - desk.signed_in
        assert abs(row["signed_in"] / 1000 - there) <= PER_PAGE_S, name
        assert row["unseen"] == 0, name
        parts = ("ready", "ringing", "talk", "hold", "wrap_up", "paused", "resting", "unreachable")
        assert sum(row[part] or 0 for part in parts) == row["signed_in"], name
        busy = day.pauses.get(desk.number, 0.0)
        assert abs((row["paused"] or 0) / 1000 - busy) <= PER_PAGE_S, name


@pytest.mark.parametrize("kind", ["calls", "numbers", "trunks", "dispositions"])
def test_lines(day: Day, kind: str) -> None:
    found = pages.report_page(day.admin, kind, TODAY)
    every = total(day.figures.directions.values())
    expected = {
        "calls": {
            "Inbound": day.figures.directions["in"],
            "Outbound": day.figures.directions["out"],
        },
        "numbers": day.figures.numbers,
        "trunks": {"carrier": every},
        "dispositions": day.figures.dispositions,
    }[kind]
    said = {name: counts(row, LINES) for name, row in found.rows.items()}
    assert said == {name: of(row, LINES) for name, row in expected.items()}
    assert counts(found.total, LINES) == of(total(expected.values()), LINES)
    for name, row in [*found.rows.items(), ("total", found.total)]:
        assert row["calls"] == sum(row[one] or 0 for one in LINES[1:]), name
    talks = {
        "calls": {"Inbound": "in", "Outbound": "out"},
        "numbers": {one: one for one in expected},
    }
    for name, key in talks.get(kind, {}).items():
        is_near(found.rows[name]["talk_ms"], day.times.talks_of[key], f"{name} talk")


def test_a_trunk_was_taken_as_long_as_its_channels_were_there(day: Day) -> None:
    found = pages.report_page(day.admin, "trunks", TODAY)
    is_near(found.rows["carrier"]["busy_ms"], day.trunk, "carrier, busy")


def test_regions(day: Day) -> None:
    found = pages.report_page(day.admin, "regions", TODAY)
    # 1397700 is a city in Guangxi, 1370077 one in Henan: from there the 15 who were refused.
    refused = sum(one.caller == BLACKLISTED for one in every_call(whole_day()))
    said = {name: row["calls"] for name, row in found.rows.items()}
    assert said == {"Guangxi": 192, "Henan": refused}
    assert counts(found.total, LINES) == of(day.figures.directions["in"], LINES)


@pytest.mark.parametrize("kind", ["surveys", "survey_agents", "survey_questions"])
def test_reports_of_surveys(day: Day, kind: str) -> None:
    found = pages.report_page(day.admin, kind, TODAY)
    # Of each agent nine were asked, seven pressed a key: 25 together, two of them bad.
    wanted = {"asked": 9, "responded": 7, "completed": 7, "bad_results": 2, "answers": 7,
              "bad_answers": 2}  # fmt: skip
    agents = 1 if kind == "survey_agents" else 3
    for name, row in found.rows.items():
        said = {one: row[one] for one in wanted if one in row}
        assert said == {one: wanted[one] * agents for one in said}, name
        assert row["mean_score"] == pytest.approx(25 / 7), name
    assert len(found.rows) == (3 if agents == 1 else 1)
    if kind == "survey_questions":
        [row] = found.rows.values()
        # The keys of one agent's callers were 5, 4, 1, 3, 5, 2, 5.
        assert [row[f"score_{key}"] for key in range(1, 6)] == [3, 3, 3, 3, 9]


def test_reports_of_flows(day: Day) -> None:
    found = pages.report_page(day.admin, "ivr", TODAY)
    menu, sales = (found.rows[name] for name in ("自助", "直达 8001"))
    assert (menu["entered"], menu["hung_up"]) == (24, 24)
    # Three steps each: who calls, the wish, the queue.
    assert (sales["entered"], sales["hung_up"]) == (180, 0)


@pytest.mark.parametrize("kind", ["queues", "agents", "calls", "numbers", "trunks", "dispositions"])
def test_behind_a_figure_are_as_many_calls(day: Day, kind: str) -> None:
    found = pages.report_page(day.admin, kind, TODAY)
    assert found.links
    for (name, column), address in found.links.items():
        if column == "busy_ms":
            said = f'data-testid="behind-time" data-value="{int(found.rows[name][column] or 0)}"'
            assert said in day.admin.get(address)
            continue
        rows = pages.rows_behind(day.admin, address)
        assert rows == found.rows[name][column], (name, column)


@pytest.mark.parametrize("kind", ["queues", "agents", "calls", "numbers", "trunks", "dispositions"])
def test_files_say_what_the_page_says(day: Day, kind: str) -> None:
    page = pages.report_page(day.admin, kind, TODAY)
    columns = list(page.total)
    cells, texts = (read(day.admin, kind, TODAY) for read in (pages.sheet, pages.csv_rows))
    for name, row in [*page.rows.items(), ("Total", page.total)]:
        for place, column in enumerate(columns):
            if column == "trunk_occupancy":
                continue  # of a day that is not over: another value at each look
            value, is_time = row[column], column.endswith("_ms") or column in pages.TIMES
            if value is None:
                assert (cells[name][place], texts[name][place]) == ("", ""), (name, column)
                continue
            shown = pages.cell_ms(cells[name][place]) if is_time else cells[name][place]
            assert shown == pytest.approx(value, abs=0.6 if is_time else 1e-9), (name, column)
            said = float(texts[name][place]) * (1000 if is_time else 1)
            assert said == pytest.approx(value, abs=0.6 if is_time else 1e-6), (name, column)


@pytest.mark.parametrize("kind", ["queues", "agents", "numbers"])
def test_the_pdf_says_the_days_figures(day: Day, kind: str) -> None:
    page = pages.report_page(day.admin, kind, TODAY)
    printed = pages.printed(day.admin, kind, TODAY, page)
    # Every cell as the page has it, the totals too.
    assert printed == {name: list(texts.values()) for name, texts in page.texts.items()}
    expected: Mapping[str, Counter[str]] = getattr(day.figures, kind)
    names = {"queues": STAYS, "numbers": LINES}.get(kind, ("answered", "missed", "made"))
    cells = {name.split()[0]: dict(zip(page.total, row, strict=True))
             for name, row in printed.items()}  # fmt: skip
    for row, counted in [*expected.items(), ("Total", total(expected.values()))]:
        said = {one: int(cells[row][one]) for one in names}
        assert said == {one: counted[one] for one in names}, row


def test_surveys(day: Day) -> None:
    # 75 / 21 and 25 / 7 are 3.57.
    expected = {"8001": ("3.57", "21", "6")}
    expected |= dict.fromkeys(("3001", "3002", "3003"), ("3.57", "7", "2"))
    assert pages.means(day.admin, "") == expected


@pytest.mark.parametrize("by", ["agent", "department", "inspector", "time", "item"])
def test_results_of_inspections(day: Day, by: str) -> None:
    found = office.results(day.admin, by)
    expected: Mapping[str, office.Line] = {
        "agent": office.AGENTS,
        "department": {"客服中心": office.TOTAL},
        "inspector": {"日管理员": office.TOTAL},
        "time": dict.fromkeys(found.lines, office.TOTAL),  # the one day, whatever it is called
        "item": office.BY_ITEM,
    }[by]
    expected = {**expected, **({"Total": office.TOTAL} if by != "item" else {})}
    assert found.lines == {name: office.shown(line) for name, line in expected.items()}
    assert len(found.lines) == (4 if by in ("agent", "item") else 2)
    for name, address in found.links.items():
        rows = office.inspections_behind(day.admin, address)
        assert rows == expected[name][0], name
    for lines in office.result_files(day.admin, by):
        assert {name: pytest.approx(line, abs=1e-6) for name, line in expected.items()} == lines


def test_an_agent_reads_his_own_results(day: Day) -> None:
    for name, line in office.AGENTS.items():
        found = office.results(day.desks[name.split()[0]].console, "agent")
        assert set(found.lines.values()) == {office.shown(line)}, name
        assert len(found.lines) == 2, name  # his own, and the total


def test_first_contacts(day: Day) -> None:
    found = pages.report_page(day.admin, "contacts", TODAY)
    names = ("contacts", "resolved", "repeated", "fcr")
    said = {name.split()[0]: tuple(row[one] for one in names) for name, row in found.rows.items()}
    assert said == {
        "8001": (1, 0, 1, 0.0),  # and again, in vain
        "8002": (4, 3, 1, 0.75),  # twice; one of two places; once
        "8007": (1, 1, 0, 1.0),  # the other of two places
    }
    assert [found.total[one] for one in names] == pytest.approx([6, 4, 2, 4 / 6])
    for (name, column), address in found.links.items():
        assert pages.rows_behind(day.admin, address) == found.rows[name][column], (name, column)


@pytest.mark.parametrize("kind", office.ORDER_REPORTS)
def test_work_orders(day: Day, kind: str) -> None:
    name, wanted, mean, row_id = office.ORDER_REPORTS[kind]
    found = pages.report_page(day.admin, kind, TODAY)
    assert set(found.rows) == {name}
    for row in (found.rows[name], found.total):
        assert {one: row[one] for one in wanted} == wanted
        assert abs((row[mean] or 0) * 4 / 1000 - day.orders_s) <= 4 * PER_PAGE_S
    for (_name, column), address in found.links.items():
        rows = pages.rows_behind(day.admin, address, f'data-testid="{row_id}"')
        assert rows == wanted[column], column


def test_my_day(day: Day) -> None:
    names = ("answered", "missed", "taken", "made", "reached")
    report = pages.report_page(day.admin, "agents", TODAY)
    for agent, desk in day.desks.items():
        own = pages.day_page(desk.console, "/my-day/")
        assert own == pages.day_page(day.admin, f"/agents/{agent}/")
        assert counts(own, names) == of(day.figures.agents[agent], names), agent
        [row] = [row for name, row in report.rows.items() if name.startswith(agent)]
        for figure in ("talk", "hold", "wrap_up", "ready", "paused", "signed_in"):
            assert own[figure] == row[figure], (agent, figure)
        scores = day.figures.scores.get(agent, [])
        good = sum(score > 2 for score in scores) / len(scores) if scores else None
        assert own["service_score"] == (None if good is None else pytest.approx(good)), agent


def test_the_moment_was_seen_live(day: Day) -> None:
    seen = day.moment
    assert seen.queues["8005"] == {"waiting": 2, "signed_in": 1, "idle": 0}
    # Four serve 8001, and nobody calls there now.
    assert seen.queues["8001"] == {"waiting": 0, "signed_in": 4, "idle": 4}
    assert seen.queues["8003"] == {"waiting": 0, "signed_in": 0, "idle": 0}
    talk, first, second = (lane.calls[0].caller for lane in moment())
    assert seen.calls == {
        talk: ("talking", "8005", "3006"),
        first: ("queued", "8005", None),
        second: ("queued", "8005", None),
    }
    assert {agent for agent, state in seen.agents.items() if state == "talking"} == {"3006"}
    assert {state for agent, state in seen.agents.items() if agent != "3006"} == {"ready"}
    # What the day had been until then, in the queues' own page: 11 before, and him.
    assert seen.board["8005"] == (2, 12, 12, 0, 0)
    queue = seen.live_board["queues"]["8005"]
    assert [queue[name] for name in ("waiting", *STAYS[:4])] == [2, 12, 12, 0, 0]
    assert queue["agents"]["talking"] == 1
    shown = {
        one["number"]: (one["state"], one["queue"]) for one in seen.live_board["calls"].values()
    }
    assert shown == {caller: told[:2] for caller, told in seen.calls.items()}
    assert {
        one["number"]: one["state"] for one in seen.live_board["agents"].values()
    } == seen.agents
    assert seen.page_calls == {"talking": 1, "queued": 2}
    assert seen.page_agents == seen.agents


def test_the_live_queues_say_the_same_of_today(day: Day) -> None:
    found = pages.queue_board(day.admin)
    for queue, wanted in day.figures.queues.items():
        assert found[queue] == (0, *(wanted[name] for name in STAYS[:4])), queue


def test_the_live_board_says_the_same_of_today(day: Day) -> None:
    whole = day.figures.queues
    found = pages.live_board(day.stack, day.admin, lambda rows: not rows["calls"])["queues"]
    for queue, wanted in whole.items():
        row = found[queue]
        assert [row[name] for name in STAYS[:4]] == [wanted[name] for name in STAYS[:4]], queue
        assert (row["waiting"], row["is_balanced"]) == (0, True), queue
        served = wanted["answered"] + wanted["abandoned"] - wanted["abandoned_short"]
        level = round(wanted["in_time"] / served, 4) if served else None
        assert row["level_today"] == level, queue
        assert row["abandon_today"] == round(wanted["abandoned"] / wanted["offered"], 4), queue


def test_a_screen_on_the_wall_shows_its_queue_and_nothing_else(day: Day) -> None:
    found = pages.wall(day.stack, day.admin, "8008")
    assert {part: set(rows) for part, rows in found.items() if part != "link"} == {
        "queues": {"8008"}
    }
    row = found["queues"]["8008"]
    assert [row[name] for name in ("waiting", *STAYS[:4])] == [0, 8, 8, 0, 0]
    assert (row["level_today"], row["abandon_today"]) == (1, 0)


def level_of(wanted: Counter[str]) -> str:
    """Return the share in time as people read it."""
    served = wanted["answered"] + wanted["abandoned"] - wanted["abandoned_short"]
    return f"{100 * wanted['in_time'] / served:.1f}%" if served else "—"


def test_the_board_in_chromium_shows_the_day(day: Day) -> None:
    found = screens.board(day.stack, day.admin)
    for queue, wanted in day.figures.queues.items():
        counted = {one: str(wanted[one]) for one in screens.COUNTS}
        assert found[queue] == {**counted, "waiting": "0", "level": level_of(wanted)}, queue


def test_the_screen_on_the_wall_in_chromium_shows_its_queue(day: Day) -> None:
    wanted = day.figures.queues["8002"]
    assert screens.wall(day.stack, day.admin, "8002") == {
        "8002": {
            "abandoned": f"{wanted['abandoned']} / {wanted['offered']}",
            "level_today": level_of(wanted),
            "waiting": "0",
        }
    }


def test_the_api_lists_every_call(day: Day) -> None:
    found = pages.api_calls(day.stack, TOKEN)
    outcomes = {
        direction: Counter(one["outcome"] for one in found if one["direction"] == direction)
        for direction in ("in", "out")
    }
    for direction, row in day.figures.directions.items():
        assert outcomes[direction] == of(row, LINES[1:]), direction
    by_caller = {one["caller"]: one for one in found}
    for one in day.played:
        if one.call.kind in (Kind.SURVEYED, Kind.SERVED, Kind.LEFT_TALK, Kind.RACED):
            said, phone = by_caller[one.call.caller], one.phones[one.call.agent]
            assert (said["agent"], said["queue"]) == (one.call.agent, one.call.queue)
            talk = Sums(phone["over"] - phone["answered"] - one.call.hold, 1)
            is_near(said["talk_ms"], talk, f"{one.call.caller} talk")
            answered = datetime.fromisoformat(said["answered_at"]).timestamp()
            assert abs(answered - phone["answered"]) <= PER_CALL_S, one.call.caller


def test_the_steps_of_flows(day: Day) -> None:
    ids = dict(
        day.stack.sql(
            "SELECT f.name, f.id FROM ivr_flow f JOIN tenants_tenant t ON t.id = f.tenant_id"
            " WHERE t.slug = 'day'"
        )
    )

    def steps(name: str) -> dict[str, tuple[int, int]]:
        found = pages.flow_steps(day.admin, ids[name])
        return {step: (one["entered"], one["hung_up"]) for step, one in found.items()}

    # All 24 lay down there; who is refused is not let in.
    assert steps("自助") == {"menu": (24, 24)}
    assert steps("直达 8001") == {
        "who": (60, 0),
        **dict.fromkeys(("wish-3001", "wish-3002", "wish-3003"), (14, 0)),
        "wish-3012": (18, 0),
        "queue": (60, 0),
    }


def test_messages_and_call_backs(day: Day) -> None:
    # 5 in the box, 3 after the longest wait; 4 ordered and nobody there to call.
    for what, count in (("voicemail", 8), ("call-backs", 4)):
        status, found = day.stack.get(f"/api/v1/{what}/", token=TOKEN)
        assert (status, found["count"]) == (200, count), what


def test_rollups_are_the_ledger_before_and_after_a_rebuild(day: Day) -> None:
    since = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    check = ("rollups", "check", "--tenant", "day", "--since", since)
    day.stack.manage(*check)
    before = {kind: pages.report_page(day.admin, kind, TODAY).rows for kind in ("queues", "agents")}
    day.stack.manage("rollups", "rebuild", "--tenant", "day")
    day.stack.manage(*check)
    for kind, rows in before.items():
        assert pages.report_page(day.admin, kind, TODAY).rows == rows, kind
