"""Background work on prompts; safe to run twice."""

from functools import partial

from celery import shared_task
from django.db import transaction

from apps.core.tenancy import tenant_scope
from apps.prompts import services
from apps.prompts.models import PromptAudio


@shared_task(name="prompts.audio_make", acks_late=True, time_limit=300)
def audio_make(tenant_id: int, audio_id: int, job: str) -> bool:
    """Convert or speak one sound and put it in force."""
    with tenant_scope(tenant_id):
        return services.audio_make(audio_id, job)


@shared_task(name="prompts.audios_make_waiting", acks_late=True, time_limit=600)
def audios_make_waiting() -> int:
    """Do what was missed."""
    return services.audios_make_waiting()


@shared_task(name="prompts.prompts_clean", acks_late=True, time_limit=300)
def prompts_clean() -> int:
    """Remove files that are out of use for a day."""
    return services.prompts_clean()


def audio_make_later(audio: PromptAudio) -> None:
    """Hand a sound's latest job to the worker once it is committed."""
    later = partial(audio_make.delay, audio.tenant_id, audio.pk, audio.job)
    transaction.on_commit(later, robust=True)
