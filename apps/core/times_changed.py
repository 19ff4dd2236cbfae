"""Tell who keeps sums that what the ledger says of some time is different now.

So that reports stand above calls and agents' states, and nothing below knows them
(`HUAWU_TIMES_CHANGED`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

# A company, and from when to when (both counted) something of it may have changed.
Stretch = tuple[int, datetime, datetime]
Listener = Callable[[Sequence[Stretch]], None]


def times_changed(stretches: Sequence[Stretch]) -> None:
    """Tell every listener, in the caller's transaction: what it notes is committed with the change.

    What a row said before must be inside the stretch too, so that what has moved is counted anew
    in both places. Nothing is told without a stretch.
    """
    if not stretches:
        return
    for path in settings.HUAWU_TIMES_CHANGED:
        listener: Listener = import_string(path)
        listener(stretches)
