"""A box's PIN: few tries, also for many at once; locked for a while, never for ever."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.tenancy import all_tenants, tenant_scope
from apps.voicemail.errors import PinFormError
from apps.voicemail.models import VoicemailBox
from apps.voicemail.pins import LOCKED_FOR, MOST_FAILURES, PinAnswer, pin_check, pin_set
from tests.factories import AgentFactory


def make_box(pin: str = "4711") -> VoicemailBox:
    with all_tenants("test"):
        return pin_set(agent=AgentFactory(), pin=pin)


def tries(box: VoicemailBox, *pins: str) -> list[str]:
    with tenant_scope(box.tenant_id):
        return [pin_check(box=box, pin=pin) for pin in pins]


@pytest.mark.django_db
def test_right_pin_opens_and_forgives_earlier_wrong_ones() -> None:
    box = make_box()
    assert tries(box, "1111", "4711") == [PinAnswer.WRONG, PinAnswer.OK]
    box.refresh_from_db()
    assert box.pin_failures == 0


@pytest.mark.django_db
def test_too_many_wrong_pins_lock_also_the_right_one_out_until_the_time_is_over() -> None:
    box = make_box()
    wrong = tries(box, *["1111"] * MOST_FAILURES)
    assert wrong == [PinAnswer.WRONG] * (MOST_FAILURES - 1) + [PinAnswer.LOCKED]
    assert tries(box, "4711") == [PinAnswer.LOCKED]
    later = timezone.now() + LOCKED_FOR + timedelta(seconds=1)
    with tenant_scope(box.tenant_id):
        assert pin_check(box=box, pin="4711", now=later) == PinAnswer.OK


@pytest.mark.django_db
def test_box_whose_last_try_was_never_finished_is_not_locked_for_ever() -> None:
    box = make_box()
    with tenant_scope(box.tenant_id):
        VoicemailBox.objects.filter(pk=box.pk).update(pin_failures=MOST_FAILURES)
        assert pin_check(box=box, pin="4711") == PinAnswer.LOCKED
        later = timezone.now() + LOCKED_FOR + timedelta(seconds=1)
        assert pin_check(box=box, pin="4711", now=later) == PinAnswer.OK


@pytest.mark.django_db
def test_box_without_a_pin_is_never_open() -> None:
    box = make_box()
    box.set_pin("")
    assert tries(box, "", "4711") == [PinAnswer.UNSET, PinAnswer.UNSET]


@pytest.mark.django_db
@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "１２３４", "1234\n"])
def test_pin_must_be_keyable_digits(pin: str) -> None:
    with pytest.raises(PinFormError):
        make_box(pin)


@pytest.mark.django_db(transaction=True)
def test_many_tries_at_once_get_no_more_tries() -> None:
    box = make_box()
    answers: list[str] = []
    start = threading.Barrier(8)

    def guess() -> None:
        start.wait(30)
        try:
            answers.extend(tries(box, "1111"))
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert len(answers) == 8
    assert answers.count(PinAnswer.WRONG) < MOST_FAILURES
    assert tries(box, "4711") == [PinAnswer.LOCKED]
