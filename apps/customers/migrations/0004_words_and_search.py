"""Make rows of the types and tags in use, and the text that the search looks at."""

from typing import Any

from django.db import migrations

from apps.core.tenancy import all_tenants
from apps.customers.engine.search_text import name_key, search_text
from apps.customers.pinyin import pinyin_words

BATCH = 1_000


def fill(apps: Any, schema_editor: Any) -> None:
    """Fill what is empty, in batches; a second run changes nothing."""
    customers = apps.get_model("customers", "Customer").objects
    numbers = apps.get_model("customers", "CustomerNumber").objects
    with all_tenants("every company's customers get their search text"):
        last, types, tags = 0, set(), set()
        while True:
            rows = list(customers.filter(pk__gt=last).order_by("pk")[:BATCH])
            if not rows:
                break
            last = rows[-1].pk
            theirs: dict[int, list[str]] = {}
            for row in numbers.filter(customer__in=rows):
                typed = "".join(sign for sign in row.as_typed if sign.isdigit())
                theirs.setdefault(row.customer_id, []).extend((row.lookup.lstrip("+"), typed))
            for row in rows:
                row.name_key = name_key(row.name)
                row.search_text = search_text(
                    [
                        row.name,
                        *pinyin_words(row.name),
                        *theirs.get(row.pk, []),
                        row.account_number,
                    ]
                )
                if row.kind:
                    types.add((row.tenant_id, row.kind))
                tags.update((row.tenant_id, str(tag)[:30]) for tag in row.tags)
            customers.bulk_update(rows, ["name_key", "search_text"])
        apps.get_model("customers", "CustomerType").objects.bulk_create(
            [
                apps.get_model("customers", "CustomerType")(tenant_id=tenant, code=kind, name=kind)
                for tenant, kind in sorted(types)
            ],
            ignore_conflicts=True,
        )
        apps.get_model("customers", "CustomerTag").objects.bulk_create(
            [
                apps.get_model("customers", "CustomerTag")(tenant_id=tenant, name=tag)
                for tenant, tag in sorted(tags)
            ],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_many_fields")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
