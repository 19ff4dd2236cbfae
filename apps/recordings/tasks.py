"""Background work on recordings; safe to run twice."""

from celery import shared_task

from apps.recordings import conversion, retention, services, sounds


@shared_task(name="recordings.recording_ingest_path", acks_late=True, time_limit=300)
def recording_ingest_path(path: str) -> bool:
    """Ingest one recording that is complete (of messages that an earlier version sent)."""
    return services.recording_ingest_path(path)


@shared_task(name="recordings.recording_ingest_paths", acks_late=True, time_limit=600)
def recording_ingest_paths(paths: list[str]) -> int:
    """Ingest recordings that are complete; return how many can be played now.

    One message for a batch of facts: to send one costs the listener as much as to write a fact.
    """
    return services.recording_ingest_paths(paths)


@shared_task(name="recordings.recordings_ingest", acks_late=True, time_limit=600)
def recordings_ingest() -> int:
    """Ingest what was missed."""
    return services.recordings_ingest()


@shared_task(name="recordings.sounds_measure", acks_late=True, time_limit=1200)
def sounds_measure() -> int:
    """Measure the sound of what has become playable."""
    return sounds.sounds_measure()


@shared_task(name="recordings.conversions_run", acks_late=True, time_limit=1800)
def conversions_run() -> int:
    """Convert what waits; return how many were made.

    A run is short, so that no other task waits for long; what is left is another message, behind
    those that wait already. There are as many such chains as conversions run at once.
    """
    made = conversion.conversions_run()
    if made and conversion.conversions_are_due():
        conversions_run.delay()
    return made


@shared_task(name="recordings.recordings_keep", acks_late=True, time_limit=3600)
def recordings_keep() -> int:
    """Once a day, remove what is past its time; return how many."""
    return retention.recordings_keep()
