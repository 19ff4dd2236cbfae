"""Take a person's voice out of the recordings (`HUAWU_CUSTOMER_ERASERS`)."""

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone

from apps.calls.customer_erasure import calls_of_person
from apps.core.folders import erased_files_remove
from apps.customers.models import Customer
from apps.recordings.choices import Fault, RecordingState
from apps.recordings.errors import HeldError
from apps.recordings.kept_models import RecordingHold, RecordingMark, RecordingWave
from apps.recordings.models import Recording
from apps.recordings.services import recordings_folder
from apps.recordings.store import kept_names_remove

KINDS = (".wav", ".raw")


def recordings_erase(customer: Customer, numbers: Sequence[str]) -> int:
    """Remove the sound of his calls; return how many recordings there were.

    Before the calls lose his numbers (the order of the setting). The rows stay, as missing ones:
    who talked how long is counted. Files go when the erasure is written, not before: what is rolled
    back has lost nothing. A file that Asterisk still writes goes too, from under it. Raises
    HeldError when a call of his is under a legal hold: then nothing of him is erased.
    """
    calls = calls_of_person(customer, numbers).order_by()
    rows = Recording.objects.filter(call__in=calls)
    # Who places a hold locks the same rows first.
    found = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    if RecordingHold.objects.filter(call__in=calls, released_at=None).exists():
        raise HeldError(str(customer.pk))
    ids = [row.pk for row in found]
    rows = Recording.objects.filter(pk__in=ids)
    rows.exclude(state=RecordingState.REMOVED).update(
        state=RecordingState.MISSING, fault=Fault.ERASED
    )
    rows.update(
        size_bytes=None,
        sha256="",
        has_original=False,
        kept_name="",
        kept_bytes=None,
        kept_sha256="",
        conversion="",
        conversion_due_at=None,
        updated_at=timezone.now(),
    )
    # What was written of what he said is his too.
    RecordingMark.objects.filter(recording__in=ids).delete()
    RecordingWave.objects.filter(recording__in=ids).delete()
    folder = recordings_folder()
    files = [(folder / row.path).with_suffix(kind) for row in found for kind in KINDS]
    kept = [row.kept_name for row in found if row.kept_name]
    transaction.on_commit(partial(erased_files_remove, files), robust=True)
    transaction.on_commit(partial(kept_names_remove, kept), robust=True)
    return len(ids)
