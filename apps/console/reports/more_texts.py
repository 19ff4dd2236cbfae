"""Names and definitions of reports of surveys, flows, work orders, regions and contacts."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from apps.reports.engine.columns import (
    CONTACTS,
    IVR,
    IVR_STEPS,
    ORDER_DEPARTMENTS,
    ORDER_STEPS,
    ORDERS,
    REGIONS,
    SURVEY_AGENTS,
    SURVEY_QUESTIONS,
    SURVEYS,
)

Texts = Mapping[str, tuple[Any, Any]]
KIND_NAMES: Mapping[str, Any] = {
    REGIONS: gettext_lazy("Regions"),
    SURVEYS: gettext_lazy("Surveys by queue"),
    SURVEY_AGENTS: gettext_lazy("Surveys by agent"),
    SURVEY_QUESTIONS: gettext_lazy("Survey questions"),
    IVR: gettext_lazy("IVR flows"),
    IVR_STEPS: gettext_lazy("IVR steps"),
    ORDERS: gettext_lazy("Work orders by type"),
    ORDER_DEPARTMENTS: gettext_lazy("Work orders by department"),
    ORDER_STEPS: gettext_lazy("Steps of work orders"),
    CONTACTS: gettext_lazy("First-contact resolution"),
}
ITEM_NAMES: Mapping[str, Any] = {
    REGIONS: gettext_lazy("Region"),
    SURVEYS: gettext_lazy("Queue"),
    SURVEY_AGENTS: gettext_lazy("Agent"),
    SURVEY_QUESTIONS: gettext_lazy("Question"),
    IVR: gettext_lazy("Flow"),
    IVR_STEPS: gettext_lazy("Step"),
    ORDERS: gettext_lazy("Type"),
    ORDER_DEPARTMENTS: gettext_lazy("Department"),
    ORDER_STEPS: gettext_lazy("Step"),
    CONTACTS: gettext_lazy("Queue"),
}
MORE_QUEUES: Texts = {
    "wait_p50_ms": (
        gettext_lazy("Half waited at most"),
        gettext_lazy(
            "What half of the answered callers did not exceed: a bound, the upper edge of the "
            "length of wait in which that caller lies."
        ),
    ),
    "wait_p90_ms": (
        gettext_lazy("90 % waited at most"),
        gettext_lazy("What nine in ten answered callers did not exceed: a bound, as that of half."),
    ),
    "wait_p95_ms": (
        gettext_lazy("95 % waited at most"),
        gettext_lazy("What 19 in 20 answered callers did not exceed: a bound, as that of half."),
    ),
    "transferred": (
        gettext_lazy("Transferred"),
        gettext_lazy(
            "Answered callers with whom somebody else went on, rung after the agent had them and "
            "still there a second after he was gone."
        ),
    ),
    "transfer_rate": (gettext_lazy("Transfer rate"), gettext_lazy("Transferred / answered.")),
}
MORE_AGENTS: Texts = {
    "transferred": (
        gettext_lazy("Transferred"),
        gettext_lazy(
            "Answered calls with which somebody else went on, rung after him and still there a "
            "second after he was gone."
        ),
    ),
    "transfer_rate": (gettext_lazy("Transfer rate"), gettext_lazy("Transferred / answered.")),
    "legs_offered": (
        gettext_lazy("Rings"),
        gettext_lazy(
            "Times that a call rang at one of his phones, by when that began; a call may ring "
            "several times."
        ),
    ),
    "legs_missed": (
        gettext_lazy("Rings without answer"),
        gettext_lazy("Rings that he did not take."),
    ),
    "rona_rate": (
        gettext_lazy("RONA rate"),
        gettext_lazy("Rings without answer / rings."),
    ),
}
TRUNK_TEXTS: Texts = {
    "busy_ms": (
        gettext_lazy("Channels taken"),
        gettext_lazy("Time in which channels of the trunk were taken by the company's calls."),
    ),
    "trunk_occupancy": (
        gettext_lazy("Trunk occupancy"),
        gettext_lazy("Channels taken / (channels of the trunk × this time, until now)."),
    ),
}
_SURVEYS: Texts = {
    "asked": (
        gettext_lazy("Asked"),
        gettext_lazy("Callers to whom a survey began in this time."),
    ),
    "responded": (
        gettext_lazy("Responded"),
        gettext_lazy("Of them, who gave a score to at least one question."),
    ),
    "completed": (
        gettext_lazy("Completed surveys"),
        gettext_lazy("Of them, who came to the end of the survey."),
    ),
    "bad_results": (
        gettext_lazy("Bad surveys"),
        gettext_lazy("Of them, who gave at least one score that counts as bad."),
    ),
    "response_rate": (gettext_lazy("Response rate"), gettext_lazy("Responded / asked.")),
    "answers": (gettext_lazy("Scores"), gettext_lazy("Questions to which a score was given.")),
    "bad_answers": (
        gettext_lazy("Bad scores"),
        gettext_lazy("Scores that counted as bad when they were given."),
    ),
    "mean_score": (
        gettext_lazy("Mean score"),
        gettext_lazy(
            "Sum of scores / scores. Questions of different scales are not told apart: see the "
            "questions."
        ),
    ),
    "bad_share": (gettext_lazy("Share bad"), gettext_lazy("Bad scores / scores.")),
}
_QUESTIONS: Texts = {
    **_SURVEYS,
    "asked": (
        gettext_lazy("Asked"),
        gettext_lazy("Times that the question was asked in surveys begun in this time."),
    ),
    "answer_rate": (gettext_lazy("Answer rate"), gettext_lazy("Scores / asked.")),
    **{
        f"score_{key}": (
            format_lazy("{} {}", gettext_lazy("Key"), key),
            gettext_lazy("How often this key was pressed as the score."),
        )
        for key in range(10)
    },
}
_STEPS: Texts = {
    "entered": (
        gettext_lazy("Visits"),
        gettext_lazy("Visits of steps; who comes back counts again."),
    ),
    "keyed": (
        gettext_lazy("With keys"),
        gettext_lazy("Steps told with a key, in menus and standard answers."),
    ),
    "timeouts": (gettext_lazy("Time-outs"), gettext_lazy("Tries without a key.")),
    "invalid": (gettext_lazy("Invalid"), gettext_lazy("Tries with a key that leads nowhere.")),
    "hung_up": (
        gettext_lazy("Hung up here"),
        gettext_lazy("Calls that are over and have no later step, decision or fall-back."),
    ),
    "ms": (
        gettext_lazy("Time in IVR"),
        gettext_lazy("Time from entering steps to their last key or word."),
    ),
    "mean_step_ms": (gettext_lazy("Mean time of a visit"), gettext_lazy("Time in IVR / visits.")),
}
_ORDERS: Texts = {
    "opened": (gettext_lazy("Opened"), gettext_lazy("Orders submitted in this time.")),
    "still_open": (
        gettext_lazy("Still open"),
        gettext_lazy("Of those opened in this time, which have not ended until now."),
    ),
    "closed": (
        gettext_lazy("Closed"),
        gettext_lazy(
            "Orders that ended in this time: completed, rejected, cancelled or closed by hand."
        ),
    ),
    "in_time": (
        gettext_lazy("In time"),
        gettext_lazy("Closed ones with a deadline that was kept."),
    ),
    "late": (gettext_lazy("Late"), gettext_lazy("Closed ones with a deadline that was missed.")),
    "in_time_rate": (gettext_lazy("Share in time"), gettext_lazy("In time / (in time + late).")),
    "mean_open_ms": (
        gettext_lazy("Mean age at closing"),
        gettext_lazy("Time from submitting to the end, by the clock / closed."),
    ),
}
_ORDER_STEPS: Texts = {
    "begun": (gettext_lazy("Begun"), gettext_lazy("Steps that began in this time.")),
    "done": (gettext_lazy("Done"), gettext_lazy("Steps approved or rejected in this time.")),
    "in_time": (
        gettext_lazy("In time"),
        gettext_lazy("Steps done with a deadline that was kept."),
    ),
    "late": (gettext_lazy("Late"), gettext_lazy("Steps done with a deadline that was missed.")),
    "in_time_rate": (gettext_lazy("Share in time"), gettext_lazy("In time / (in time + late).")),
    "mean_step_ms": (
        gettext_lazy("Mean time of a step"),
        gettext_lazy("Time from its beginning to its end, by the clock / done."),
    ),
}
_CONTACTS: Texts = {
    "contacts": (
        gettext_lazy("Contacts"),
        gettext_lazy("Answered incoming calls of known customers that went through a queue."),
    ),
    "resolved": (
        gettext_lazy("Resolved"),
        gettext_lazy(
            "Contacts after which the customer did not call the same queue again within the "
            "company's number of days. Of the last days it may still change."
        ),
    ),
    "repeated": (
        gettext_lazy("Called again"),
        gettext_lazy("Contacts after which he did: contacts − resolved."),
    ),
    "fcr": (gettext_lazy("FCR"), gettext_lazy("Resolved / contacts.")),
}
LEDGER_TEXTS: Mapping[str, Texts] = {
    SURVEYS: _SURVEYS,
    SURVEY_AGENTS: _SURVEYS,
    SURVEY_QUESTIONS: _QUESTIONS,
    IVR: _STEPS,
    IVR_STEPS: _STEPS,
    ORDERS: _ORDERS,
    ORDER_DEPARTMENTS: _ORDERS,
    ORDER_STEPS: _ORDER_STEPS,
    CONTACTS: _CONTACTS,
}
REGION_NAMES: Mapping[str, Any] = {
    "BJ": gettext_lazy("Beijing"),
    "TJ": gettext_lazy("Tianjin"),
    "HE": gettext_lazy("Hebei"),
    "SX": gettext_lazy("Shanxi"),
    "NM": gettext_lazy("Inner Mongolia"),
    "LN": gettext_lazy("Liaoning"),
    "JL": gettext_lazy("Jilin"),
    "HL": gettext_lazy("Heilongjiang"),
    "SH": gettext_lazy("Shanghai"),
    "JS": gettext_lazy("Jiangsu"),
    "ZJ": gettext_lazy("Zhejiang"),
    "AH": gettext_lazy("Anhui"),
    "FJ": gettext_lazy("Fujian"),
    "JX": gettext_lazy("Jiangxi"),
    "SD": gettext_lazy("Shandong"),
    "HA": gettext_lazy("Henan"),
    "HB": gettext_lazy("Hubei"),
    "HN": gettext_lazy("Hunan"),
    "GD": gettext_lazy("Guangdong"),
    "GX": gettext_lazy("Guangxi"),
    "HI": gettext_lazy("Hainan"),
    "CQ": gettext_lazy("Chongqing"),
    "SC": gettext_lazy("Sichuan"),
    "GZ": gettext_lazy("Guizhou"),
    "YN": gettext_lazy("Yunnan"),
    "XZ": gettext_lazy("Tibet"),
    "SN": gettext_lazy("Shaanxi"),
    "GS": gettext_lazy("Gansu"),
    "QH": gettext_lazy("Qinghai"),
    "NX": gettext_lazy("Ningxia"),
    "XJ": gettext_lazy("Xinjiang"),
    "HK": gettext_lazy("Hong Kong"),
    "MO": gettext_lazy("Macao"),
    "TW": gettext_lazy("Taiwan"),
    "foreign": gettext_lazy("Abroad"),
    "unknown": gettext_lazy("Region unknown"),
}
LEVEL_TEXTS: Mapping[str, Any] = {
    "answered": gettext_lazy("In time / answered"),
    "answered_or_left_in_time": gettext_lazy(
        "(In time + abandoned in time) / (answered + abandoned)"
    ),
    "offered": gettext_lazy("In time / offered"),
    "answered_plus_abandoned": gettext_lazy("In time / (answered + abandoned)"),
    "without_short": gettext_lazy("In time / (answered + abandoned − short abandons)"),
    "with_flow_outs": gettext_lazy(
        "In time / (answered + abandoned + flowed out − short abandons)"
    ),
    "late_abandons_only": gettext_lazy("In time / (answered + abandoned − abandoned in time)"),
}
