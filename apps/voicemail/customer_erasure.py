"""Take a person out of voicemail (`HUAWU_CUSTOMER_ERASERS`)."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.customers.models import Customer
from apps.voicemail.files import voicemail_folder
from apps.voicemail.models import MessageState, VoicemailMessage

logger = logging.getLogger(__name__)


def messages_erase(customer: Customer, numbers: Sequence[str]) -> int:
    """Delete his messages with their sound, and hide who left them; return how many. 2 queries.

    The rows stay, so that a late report of the same file makes no second message. Files go when the
    erasure is written: what is rolled back has lost nothing.
    """
    rows = VoicemailMessage.objects.filter(
        Q(customer=customer) | Q(customer=None, caller__in=numbers)
    )
    found = list(rows.values_list("pk", "path"))
    now = timezone.now()
    VoicemailMessage.objects.filter(pk__in=[pk for pk, _path in found]).update(
        caller="anonymous", note="", state=MessageState.CLOSED, deleted_at=now, updated_at=now
    )
    folder = voicemail_folder()
    transaction.on_commit(partial(_remove, [folder / path for _pk, path in found]), robust=True)
    return len(found)


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError:
            # Somebody has to look: the page has said that it is gone.
            logger.exception("the message %s of an erased person could not be removed", file.name)
