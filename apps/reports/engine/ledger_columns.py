"""Columns of reports that are read from the ledger itself. Pure."""

from fractions import Fraction

from apps.reports.engine.column import (
    MEAN,
    SHARE,
    TIME,
    Column,
    Value,
    count,
    quotient,
    total_time,
)
from apps.reports.engine.ledger_sums import SCORES, InspectionSums, ItemSums

HUNDREDTHS, MILLIONTHS = 100, 1_000_000

SURVEY_COLUMNS = (
    count("asked", is_charted=True),
    count("responded", is_charted=True),
    count("completed"),
    count("bad_results", is_charted=True),
    quotient("response_rate", SHARE, "responded", "asked"),
    count("answers"),
    count("bad_answers"),
    quotient("mean_score", MEAN, "score_sum", "answers"),
    quotient("bad_share", SHARE, "bad_answers", "answers"),
)
QUESTION_COLUMNS = (
    count("asked", is_charted=True),
    count("answers", is_charted=True),
    count("bad_answers", is_charted=True),
    quotient("answer_rate", SHARE, "answers", "asked"),
    quotient("mean_score", MEAN, "score_sum", "answers"),
    quotient("bad_share", SHARE, "bad_answers", "answers"),
    *(count(f"score_{one}", is_seldom=True) for one in SCORES),
)
STEP_COLUMNS = (
    count("entered", is_charted=True),
    count("keyed", is_charted=True),
    count("timeouts", ""),
    count("invalid", ""),
    count("hung_up", is_charted=True),
    total_time("ms"),
    quotient("mean_step_ms", TIME, "ms", "entered"),
)
ORDER_COLUMNS = (
    count("opened", is_charted=True),
    count("still_open"),
    count("closed", is_charted=True),
    count("in_time"),
    count("late", is_charted=True),
    quotient("in_time_rate", SHARE, "in_time", "due"),
    quotient("mean_open_ms", TIME, "open_ms", "closed"),
)
ORDER_STEP_COLUMNS = (
    count("begun", is_charted=True),
    count("done", is_charted=True),
    count("in_time"),
    count("late", is_charted=True),
    quotient("in_time_rate", SHARE, "in_time", "due"),
    quotient("mean_step_ms", TIME, "step_ms", "done"),
)
CONTACT_COLUMNS = (
    count("contacts", is_charted=True),
    count("resolved", is_charted=True),
    count("repeated", is_charted=True),
    quotient("fcr", SHARE, "resolved", "contacts"),
)


def _mean(sums: InspectionSums) -> Value:
    """Return the mean score to two digits, half to even: as the results page rounds it."""
    if not sums.scored:
        return None
    return float(round(Fraction(sums.points, sums.scored * HUNDREDTHS), 2))


def _earned(sums: ItemSums) -> Value:
    return sums.earned / (sums.applicable * MILLIONTHS) if sums.applicable else None


INSPECTION_COLUMNS = (
    count("inspections", is_charted=True),
    count("passed", is_charted=True),
    count("fatal", is_charted=True),
    count("appealed"),
    count("changed"),
    Column("mean", MEAN, _mean),
    quotient("pass_share", SHARE, "passed", "judged"),
)
ITEM_COLUMNS = (
    count("asked", is_charted=True),
    count("applicable", is_charted=True),
    count("fatal", is_charted=True),
    Column("earned", SHARE, _earned),
)
