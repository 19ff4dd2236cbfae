"""Take a person out of what was exported of him alone (`HUAWU_CUSTOMER_ERASERS`)."""

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from apps.customers.models import Customer
from apps.imports import files
from apps.imports.models import ExportRun
from apps.imports.person_export import KEY, person_query


def exports_erase(customer: Customer, numbers: Sequence[str]) -> int:
    """Remove the files of everything about him, and stop those that are being written.

    Who is forgotten must not lie in a file that can still be taken. Without its row a worker's
    claim is void: what it writes is thrown away. Files go when the erasure is written. 2 queries.
    """
    rows = ExportRun.objects.filter(
        tenant=customer.tenant_id, source=KEY, query=person_query(customer)
    )
    # Locked: a worker that ends now would name its file after we have looked.
    found = list(rows.select_for_update(no_key=True).values_list("pk", "stored"))
    ExportRun.objects.filter(pk__in=[pk for pk, _stored in found]).delete()
    for _pk, stored in found:
        transaction.on_commit(partial(files.files_remove, stored), robust=True)
    return len(found)
