"""Take a person out of voicemail (`HUAWU_CUSTOMER_ERASERS`)."""

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.core.folders import erased_files_remove
from apps.customers.models import Customer
from apps.voicemail.files import voicemail_folder
from apps.voicemail.models import MessageState, VoicemailMessage


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
    files = [folder / path for _pk, path in found]
    transaction.on_commit(partial(erased_files_remove, files), robust=True)
    return len(found)
