"""What a person's desk tells him of inspections until he has looked: news of his own, appeals."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, Q

from apps.accounts.models import User
from apps.quality.engine import appeals
from apps.quality.models import Inspection
from apps.quality.selectors import appeal_list_for, inspection_list_for, rights_of

PUBLISHED, DECIDED, APPEAL = "published", "decided", "appeal"
NOT_SEEN = Q(seen_at=None) | Q(seen_at__lt=F("told_at"))


@dataclass(frozen=True)
class InspectionAlert:
    """One inspection to look at: it was published, an appeal of his decided, or an appeal waits."""

    inspection: Inspection
    kind: str


def appeal_key(inspection: Inspection) -> str:
    """Return the name of the appeal that an inspection is in: a second one of it is another."""
    return f"{inspection.pk}.{inspection.appeals_made}"


def inspection_alert_list_for(
    *, user: User, most: int, put_away: Collection[str] = ()
) -> list[InspectionAlert]:
    """Return at most so many: first what the agent was told and has not opened, then appeals.

    `put_away`: keys of appeals that are not shown again. 2 to 5 queries.
    """
    news = inspection_list_for(user=user).filter(
        NOT_SEEN, agent__user=user, state__in=(appeals.PUBLISHED, appeals.DECIDED)
    )
    found = [
        InspectionAlert(one, DECIDED if one.state == appeals.DECIDED else PUBLISHED)
        for one in news.order_by("-told_at", "-pk")[:most]
    ]
    if len(found) < most and rights_of(user).may_decide:
        # Those that were put away are read too: a second appeal of one is news.
        open_ = appeal_list_for(user=user)[: most + len(put_away)]
        found += [InspectionAlert(one, APPEAL) for one in open_ if appeal_key(one) not in put_away]
    return found[:most]
