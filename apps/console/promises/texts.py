"""How promises are called, what they say, and how a value is written."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.promises.engine.calls import DROPS, LATE, UNSERVED
from apps.promises.engine.service import AMI, FASTAGI, LINK, NOBODY, WEB, WORKER
from apps.promises.engine.verdicts import AVAILABLE, CONNECT_TIME, CONNECTED, DROPPED, TIME, Promise
from apps.promises.models import Against

TEXTS: Mapping[str, tuple[Any, Any]] = {
    CONNECT_TIME: (
        gettext_lazy("Connect time"),
        gettext_lazy(
            "Mean time from the call reaching the exchange to the first voice (menu or queue)."
        ),
    ),
    CONNECTED: (
        gettext_lazy("Connected"),
        gettext_lazy(
            "Callers who reached a menu, a queue or a person, or were refused on purpose / all "
            "but those who hung up within 7 s before anything answered."
        ),
    ),
    DROPPED: (
        gettext_lazy("Dropped"),
        gettext_lazy("Talks that neither side ended, and we not on purpose / all talks."),
    ),
    AVAILABLE: (
        gettext_lazy("Available"),
        gettext_lazy(
            "Half-minutes in which web, menus and link to the exchange all worked / all; unknown "
            "is not up. The same for every company of this installation."
        ),
    ),
}
AGAINST: Mapping[str, Any] = {
    **dict(Against.choices),
    "unserved": gettext_lazy("Not connected"),
    "dropped": gettext_lazy("Dropped talks"),
}
CAUSES: Mapping[str, Any] = {
    WEB: gettext_lazy("Web did not beat"),
    FASTAGI: gettext_lazy("Menus did not beat"),
    AMI: gettext_lazy("Link to the exchange did not beat"),
    WORKER: gettext_lazy("Background work did not beat (counts for nothing)"),
    NOBODY: gettext_lazy("Nothing was heard of anybody"),
    LINK: gettext_lazy("Link to the exchange lost for a moment"),
}
_BEHIND: Mapping[str, tuple[str, ...]] = {
    CONNECT_TIME: (LATE,),
    CONNECTED: UNSERVED,
    DROPPED: DROPS,
}


def against_rows(promise: str, counts: Mapping[str, int]) -> Iterator[tuple[str, Any, int]]:
    """Yield what counted against a promise: its key, its name, how many calls."""
    for what in _BEHIND.get(promise, ()):
        if counts.get(what):
            yield what, AGAINST[what], counts[what]


def written(promise: Promise, value: float | None) -> str:
    """Return a value as people read it; a dash where nothing was measured."""
    if value is None:
        return "—"
    if promise.unit == TIME:
        return f"{value / 1000:.2f} s"
    # Cut, not rounded: 99.996 % is not 100.00 %, and 0.1004 % not kept.
    return f"{_cut(value * 100)} %"


def _cut(percent: float) -> str:
    if percent in (0.0, 100.0):
        return f"{percent:.0f}"
    whole = int(percent * 1000 + 1e-9)
    return f"{whole / 1000:.3f}"


def target_text(promise: Promise) -> str:
    """Return the target."""
    if promise.unit == TIME:
        return _("under %(s)s s") % {"s": f"{promise.target / 1000:g}"}
    percent = f"{promise.target * 100:g}"
    if promise.id == CONNECTED:
        return _("over %(n)s %%") % {"n": percent}
    if promise.id == DROPPED:
        return _("under %(n)s %%") % {"n": percent}
    return _("at least %(n)s %%") % {"n": percent}


def verdict_text(is_kept: bool | None) -> str:
    """Return whether it was kept."""
    if is_kept is None:
        return _("Not measured")
    return _("Kept") if is_kept else _("Not kept")


def milliseconds(whole: int, many: int) -> str:
    """Return a mean as seconds, a dash without any."""
    return f"{whole / many / 1000:.2f} s" if many else "—"
