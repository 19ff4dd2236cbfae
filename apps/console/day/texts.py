"""How a day's figures are called, what they mean, and how they are written."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.workday.engine.lines import COUNT, TIME

# (figure, name, definition), in the order of the page. docs/figures.md says it at length.
FIGURES: tuple[tuple[str, Any, Any], ...] = (
    (
        "answered",
        gettext_lazy("Calls answered"),
        gettext_lazy("Calls that rang at the agent and that he took. A call counts once."),
    ),
    (
        "missed",
        gettext_lazy("Calls missed"),
        gettext_lazy(
            "Calls that rang at the agent and that he did not take: rung out, declined, or the "
            "caller gave up while it rang."
        ),
    ),
    (
        "taken",
        gettext_lazy("Taken by a colleague"),
        gettext_lazy("Calls that rang at the agent too, and a colleague was quicker."),
    ),
    (
        "made",
        gettext_lazy("Calls made"),
        gettext_lazy("Calls to the outside that the agent began, with tries of call-backs."),
    ),
    (
        "reached",
        gettext_lazy("Reached"),
        gettext_lazy("Calls made in which the other side answered."),
    ),
    ("talk", gettext_lazy("Talk"), gettext_lazy("Time in which the agent talked.")),
    ("hold", gettext_lazy("On hold"), gettext_lazy("Time in which his caller was on hold.")),
    ("wrap_up", gettext_lazy("Wrap-up"), gettext_lazy("Time after calls, for notes.")),
    (
        "handling",
        gettext_lazy("Mean handling time"),
        gettext_lazy("(Talk + hold + wrap-up) / (answered + reached)."),
    ),
    (
        "ready",
        gettext_lazy("Ready"),
        gettext_lazy("Time in which the agent could have been rung and was not."),
    ),
    ("paused", gettext_lazy("Busy"), gettext_lazy("Time in which the agent took no calls.")),
    ("signed_in", gettext_lazy("Signed in"), gettext_lazy("Time from sign-in to sign-out.")),
    (
        "occupancy",
        gettext_lazy("Occupancy"),
        gettext_lazy("(Talk + hold + wrap-up) / (talk + hold + wrap-up + ready)."),
    ),
    (
        "utilisation",
        gettext_lazy("Utilisation"),
        gettext_lazy("(Talk + hold + wrap-up + ready) / signed-in time that was seen."),
    ),
    (
        "service_score",
        gettext_lazy("Service score"),
        gettext_lazy("Scores in surveys that were not bad / all scores given about the agent."),
    ),
)
TIMES = frozenset({"talk", "hold", "wrap_up", "handling", "ready", "paused", "signed_in"})


def clock(ms: float) -> str:
    """Return milliseconds as h:mm:ss; rounded down, as a clock does."""
    whole = int(ms) // 1000
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def written(unit: str, value: float | None) -> str:
    """Return a value as people read it; a dash where there is none."""
    if value is None:
        return "—"
    if unit == TIME:
        return clock(value)
    if unit == COUNT:
        return f"{value:.1f}".removesuffix(".0")
    return f"{value:.1%}"


def met_text(is_met: bool | None) -> str:
    """Say whether a target is reached, '' where there is none."""
    if is_met is None:
        return ""
    return _("reached") if is_met else _("not reached")
