"""Background work on recordings; safe to run twice."""

from celery import shared_task

from apps.recordings import services


@shared_task(name="recordings.recording_ingest_path", acks_late=True, time_limit=300)
def recording_ingest_path(path: str) -> bool:
    """Ingest one recording that is complete."""
    return services.recording_ingest_path(path)


@shared_task(name="recordings.recordings_ingest", acks_late=True, time_limit=600)
def recordings_ingest() -> int:
    """Ingest what was missed."""
    return services.recordings_ingest()
