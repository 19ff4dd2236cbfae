"""Times in which a node was not heard: figures over them may lack something."""

from datetime import datetime

from django.db.models import Q

from apps.calls.models import LinkGap


def link_gaps(
    since: datetime, until: datetime, *, now: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the parts of [since, until) in which some node was not heard, in order. 1 query.

    What several nodes missed at once is one part; a gap that lasts ends now.
    """
    rows = LinkGap.objects.filter(Q(ended_at=None) | Q(ended_at__gt=since), started_at__lt=until)
    found: list[tuple[datetime, datetime]] = []
    for started_at, ended_at in rows.order_by("started_at").values_list("started_at", "ended_at"):
        start, end = max(started_at, since), min(ended_at or now, until)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found
