"""Names and definitions of reports of quality inspections; docs/quality.md says the same."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from apps.reports.engine.columns import (
    OF_INSPECTIONS,
    QUALITY_AGENTS,
    QUALITY_DEPARTMENTS,
    QUALITY_INSPECTORS,
    QUALITY_ITEMS,
    QUALITY_QUEUES,
)

Texts = Mapping[str, tuple[Any, Any]]
QUALITY_KINDS: Mapping[str, Any] = {
    QUALITY_AGENTS: gettext_lazy("Quality by agent"),
    QUALITY_DEPARTMENTS: gettext_lazy("Quality by team"),
    QUALITY_QUEUES: gettext_lazy("Quality by queue"),
    QUALITY_INSPECTORS: gettext_lazy("Quality by inspector"),
    QUALITY_ITEMS: gettext_lazy("Quality by item"),
}
QUALITY_THINGS: Mapping[str, Any] = {
    QUALITY_AGENTS: gettext_lazy("Agent"),
    QUALITY_DEPARTMENTS: gettext_lazy("Team"),
    QUALITY_QUEUES: gettext_lazy("Queue"),
    QUALITY_INSPECTORS: gettext_lazy("Inspector"),
    QUALITY_ITEMS: gettext_lazy("Item"),
}
_INSPECTIONS: Texts = {
    "inspections": (
        gettext_lazy("Inspections"),
        gettext_lazy("Published in the period, taken back ones left out."),
    ),
    "passed": (
        gettext_lazy("Inspections passed"),
        gettext_lazy("Of those: at least the pass mark and nothing fatal."),
    ),
    "fatal": (
        gettext_lazy("Fatal"),
        gettext_lazy("Inspections in which a fatal item was failed."),
    ),
    "appealed": (
        gettext_lazy("Inspections appealed"),
        gettext_lazy("Inspections that the agent appealed against."),
    ),
    "changed": (
        gettext_lazy("Inspections changed"),
        gettext_lazy("Of those: an appeal changed the score."),
    ),
    "mean": (
        gettext_lazy("Mean score"),
        gettext_lazy("Sum of scores / inspections that have a score."),
    ),
    "pass_share": (
        gettext_lazy("Share passed"),
        gettext_lazy("Inspections passed / those that have a score or a fatal failure."),
    ),
}
_ITEMS: Texts = {
    "asked": (
        gettext_lazy("Inspections"),
        gettext_lazy("Inspections on whose sheet the item is."),
    ),
    "applicable": (
        gettext_lazy("Applicable"),
        gettext_lazy("Of those: it was not marked as not applicable."),
    ),
    "fatal": (
        gettext_lazy("Fatal"),
        gettext_lazy("How often it was failed as a fatal item."),
    ),
    "earned": (
        gettext_lazy("Earned"),
        gettext_lazy("Mean share of its weight over the applicable."),
    ),
}
QUALITY_TEXTS: Mapping[str, Texts] = {
    **dict.fromkeys(OF_INSPECTIONS, _INSPECTIONS),
    QUALITY_ITEMS: _ITEMS,
}
