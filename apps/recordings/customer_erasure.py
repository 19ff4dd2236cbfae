"""Take a person's voice out of the recordings (`HUAWU_CUSTOMER_ERASERS`)."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from apps.calls.customer_erasure import calls_of_person
from apps.customers.models import Customer
from apps.recordings.models import Recording, RecordingState
from apps.recordings.services import recordings_folder

logger = logging.getLogger(__name__)
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
    transaction.on_commit(partial(_remove, [folder / path for path in paths]), robust=True)
    return len(paths)


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        for kind in KINDS:
            try:
                file.with_suffix(kind).unlink(missing_ok=True)
            except OSError:
                # Somebody has to look: the page has said that it is gone.
                logger.exception("the sound %s of an erased person could not be removed", file.name)
