"""Whether conversions keep up, what troubles them, and how many recordings are not whole."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError
from apps.recordings.choices import Conversion, Fault, RecordingState, Trouble
from apps.recordings.models import Recording
from apps.recordings.selectors import recording_list_for

LATE = timedelta(minutes=15)
MOST_FAULTS = 1000
AGAIN = (Fault.NO_FILE, Fault.UNREADABLE, Fault.EMPTY)


@dataclass(frozen=True)
class TroubleCount:
    """So many recordings wait, or were given up, for one reason."""

    trouble: Trouble
    waiting: int
    given_up: int

    @property
    def text(self) -> str:
        """Return the reason in words."""
        return str(self.trouble.label)


@dataclass(frozen=True)
class Health:
    """How conversions go, in scope; `late` wait for longer than a quarter of an hour."""

    waiting: int
    late: int
    given_up: int
    troubles: tuple[TroubleCount, ...]


def conversion_health() -> Health:
    """Return how conversions go: in a company's scope its own, else the installation's. 2 queries.

    Both read partial indexes of what waits or was given up.
    """
    under_way = (Conversion.WAITING, Conversion.RUNNING)
    late = Q(updated_at__lt=timezone.now() - LATE)
    waits = Recording.objects.filter(conversion__in=under_way)
    given_up = Recording.objects.filter(conversion=Conversion.FAILED)
    by_wait = waits.order_by().values("trouble")
    rows = list(by_wait.annotate(n=Count("pk"), late=Count("pk", filter=late)))
    waiting = {row["trouble"]: row["n"] for row in rows}
    by_end = given_up.order_by().values("trouble").annotate(n=Count("pk"))
    over = {row["trouble"]: row["n"] for row in by_end}
    names = [one for one in Trouble if waiting.get(one) or over.get(one)]
    return Health(
        waiting=sum(waiting.values()),
        late=sum(row["late"] for row in rows),
        given_up=sum(over.values()),
        troubles=tuple(TroubleCount(one, waiting.get(one, 0), over.get(one, 0)) for one in names),
    )


@dataclass(frozen=True)
class Faults:
    """How many recordings are missing and cut, each counted to MOST_FAULTS."""

    missing: int
    cut: int
    has_more: bool


def faults_count(*, user: User, since: datetime) -> Faults:
    """Return how many of the recordings that the person may hear are not whole since then.

    2 queries of a partial index. What was erased or removed on purpose is no fault.
    """
    rows = recording_list_for(user=user).filter(started_at__gte=since).order_by()
    missing = rows.filter(state=RecordingState.MISSING).exclude(fault=Fault.ERASED)
    cut = rows.filter(state=RecordingState.CUT)
    counts = [len(found.values_list("pk")[: MOST_FAULTS + 1]) for found in (missing, cut)]
    return Faults(
        missing=min(counts[0], MOST_FAULTS),
        cut=min(counts[1], MOST_FAULTS),
        has_more=max(counts) > MOST_FAULTS,
    )


def faulty_count(since: datetime) -> int:
    """Return how many recordings of the company in scope had a fault since then. 2 queries.

    Each once: begun since then and missing, cut short or with sound that could not be read; or with
    a conversion that did not succeed since then, whenever the call was. What was erased on purpose
    is no fault.
    """
    missing = Q(state=RecordingState.MISSING) & ~Q(fault=Fault.ERASED)
    unread = Q(sound__isnull=False) & ~Q(sound__fault="")
    begun = Recording.objects.filter(started_at__gte=since)
    found = set(
        begun.filter(missing | Q(state=RecordingState.CUT) | unread).values_list("pk", flat=True)
    )
    # By the partial indexes of what waits and what was given up.
    waits = Q(conversion__in=(Conversion.WAITING, Conversion.RUNNING)) & ~Q(trouble="")
    tried = Recording.objects.filter(updated_at__gte=since)
    found |= set(tried.filter(waits | Q(conversion=Conversion.FAILED)).values_list("pk", flat=True))
    return len(found)


def recording_try_again(*, user: User, recording: Recording) -> None:
    """Look for the sound again, or convert it again at once; admins only. Once more is harmless."""
    if user.role != Role.ADMIN:
        raise ForbiddenError(user.username)
    mine = Recording.objects.filter(pk=recording.pk)
    with transaction.atomic():
        mine.filter(state=RecordingState.MISSING, fault__in=AGAIN).update(
            state=RecordingState.RUNNING, fault=""
        )
        mine.filter(conversion__in=(Conversion.FAILED, Conversion.WAITING)).update(
            conversion=Conversion.WAITING, conversion_due_at=timezone.now(), conversion_tries=0
        )
        audit_record(
            actor=user,
            tenant_id=recording.tenant_id,
            action="recording.try_again",
            object_type="recording",
            object_id=recording.pk,
        )
