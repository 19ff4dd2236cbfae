"""Take a person out of voicemail (`HUAWU_CUSTOMER_ERASERS`)."""

from collections.abc import Sequence

from apps.customers.models import Customer
from apps.voicemail.models import VoicemailMessage


def messages_erase(customer: Customer, numbers: Sequence[str]) -> int:
    """Hide who left his messages and what was noted; return how many. 1 query.

    The sound itself goes by the company's retention of voicemail.
    """
    return VoicemailMessage.objects.filter(customer=customer).update(caller="anonymous", note="")
