"""Background work of imports and exports; safe to run twice."""

from functools import partial

from celery import shared_task
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.core.tenancy import all_tenants, tenant_scope
from apps.imports.choices import Job, State
from apps.imports.exports import export_work
from apps.imports.models import SILENT, ExportRun, ImportRun
from apps.imports.services import imports_clean
from apps.imports.worker import import_work

# One transaction may take long where all rows or none are wanted.
LONGEST_S = 4 * 3600
# So many at once are handed over again; the rest follows with the next round.
MOST_TENDED = 50


@shared_task(name="imports.import_work", acks_late=True, time_limit=LONGEST_S)
def import_work_task(tenant_id: int, run_id: int) -> bool:
    """Do the next piece of an import; hand over what comes next."""
    with tenant_scope(tenant_id):
        is_more = import_work(run_id)
        if is_more:
            import_work_task.delay(tenant_id, run_id)
            return True
        following = (
            ImportRun.objects.filter(state=State.WAITING, job__in=(Job.WRITE, Job.UNDO))
            .order_by("queued_at", "pk")
            .first()
        )
    if following is not None and following.pk != run_id:
        import_work_task.delay(tenant_id, following.pk)
    return False


@shared_task(name="imports.imports_tend", acks_late=True, time_limit=300)
def imports_tend() -> int:
    """Hand over again what no worker has: its worker was killed, or the broker lost the task."""
    silent = timezone.now() - SILENT
    unheard = Q(state=State.WAITING, updated_at__lt=silent) | Q(
        state=State.RUNNING, heartbeat_at__lt=silent
    )
    with all_tenants("any company's worker may have died"):
        imports = list(ImportRun.objects.filter(unheard).order_by("queued_at")[:MOST_TENDED])
        exports = list(ExportRun.objects.filter(unheard).order_by("queued_at")[:MOST_TENDED])
    for run in imports:
        import_work_task.delay(run.tenant_id, run.pk)
    for export in exports:
        export_work_task.delay(export.tenant_id, export.pk)
    return len(imports) + len(exports)


@shared_task(name="imports.export_work", acks_late=True, time_limit=LONGEST_S)
def export_work_task(tenant_id: int, run_id: int) -> None:
    """Write the file of an export."""
    with tenant_scope(tenant_id):
        export_work(run_id)


@shared_task(name="imports.imports_clean", acks_late=True, time_limit=300)
def imports_clean_task() -> int:
    """Remove files that are older than the installation keeps them."""
    return imports_clean()


def import_work_later(run: ImportRun) -> None:
    """Hand a run to the worker once it is committed."""
    later = partial(import_work_task.delay, run.tenant_id, run.pk)
    transaction.on_commit(later, robust=True)


def export_work_later(run: ExportRun) -> None:
    """Hand an export that is still open to the worker once it is committed."""
    if run.is_open:
        later = partial(export_work_task.delay, run.tenant_id, run.pk)
        transaction.on_commit(later, robust=True)
