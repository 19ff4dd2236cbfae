"""Take a person's voice out of the recordings (`HUAWU_CUSTOMER_ERASERS`)."""

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone

from apps.calls.customer_erasure import calls_of_person
from apps.core.folders import erased_files_remove
from apps.customers.models import Customer
from apps.recordings.models import Recording, RecordingState
from apps.recordings.services import recordings_folder

KINDS = (".wav", ".raw")


def recordings_erase(customer: Customer, numbers: Sequence[str]) -> int:
    """Remove the sound of his calls; return how many recordings there were.

    Before the calls lose his numbers (the order of the setting). The rows stay, as missing ones:
    who talked how long is counted. Files go when the erasure is written, not before: what is rolled
    back has lost nothing. A file that Asterisk still writes goes too, from under it.
    """
    rows = Recording.objects.filter(call__in=calls_of_person(customer, numbers).order_by())
    paths = list(rows.order_by("pk").values_list("path", flat=True))
    rows.update(state=RecordingState.MISSING, size_bytes=None, sha256="", updated_at=timezone.now())
    folder = recordings_folder()
    files = [(folder / path).with_suffix(kind) for path in paths for kind in KINDS]
    transaction.on_commit(partial(erased_files_remove, files), robust=True)
    return len(paths)
