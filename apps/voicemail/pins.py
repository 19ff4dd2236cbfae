"""PINs of boxes: checked with few tries, whatever comes at once."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.auth.hashers import check_password
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import Agent
from apps.core.tenancy import tenant_scope
from apps.voicemail.errors import PinFormError
from apps.voicemail.models import PIN_PATTERN, VoicemailBox

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


class PinAnswer(StrEnum):
    """What a try gave."""

    OK = "ok"
    WRONG = "wrong"
    LOCKED = "locked"
    UNSET = "unset"


def pin_check(*, box: VoicemailBox, pin: str, now: datetime | None = None) -> PinAnswer:
    """Say whether the PIN opens the box; after MOST_FAILURES wrong ones it is locked for a while.

    The try is counted before the PIN is looked at, so that many at once get no more tries. Opens
    no transaction; 3 to 4 queries.
    """
    now = now or timezone.now()
    if not box.has_pin or not box.is_active:
        return PinAnswer.UNSET
    row = VoicemailBox.objects.filter(pk=box.pk)
    row.filter(pin_locked_until__lte=now).update(pin_locked_until=None, pin_failures=0)
    free = row.filter(pin_locked_until=None)
    if not free.filter(pin_failures__lt=MOST_FAILURES).update(pin_failures=F("pin_failures") + 1):
        # Also when the one who counted the last try died before he locked.
        free.update(pin_locked_until=now + LOCKED_FOR)
        return PinAnswer.LOCKED
    if check_password(pin, box.pin_hash):
        row.update(pin_failures=0, pin_locked_until=None)
        return PinAnswer.OK
    free.filter(pin_failures__gte=MOST_FAILURES).update(pin_locked_until=now + LOCKED_FOR)
    # Another try may have locked it while this one was looked at.
    return PinAnswer.WRONG if free.exists() else PinAnswer.LOCKED


def pin_set(*, agent: Agent, pin: str) -> VoicemailBox:
    """Set the PIN of the agent's own box, which is made when he has none yet.

    Raises PinFormError for what is not 4 to 12 digits.
    """
    if not re.match(PIN_PATTERN, pin, re.ASCII):
        raise PinFormError
    with tenant_scope(agent.tenant_id):
        box, _ = VoicemailBox.objects.get_or_create(
            number=agent.number, tenant_id=agent.tenant_id, defaults={"agent": agent}
        )
        box.set_pin(pin)
        box.save(update_fields=["pin_hash", "pin_failures", "pin_locked_until", "updated_at"])
    return box
