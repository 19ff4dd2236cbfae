"""Indexes of PostgreSQL: trigrams for the search, GIN for tags and custom fields.

Without the right to make the extension pg_trgm the search works all the same, by a scan: the
operator makes the extension and runs the statement of `TRIGRAMS` (docs/operator-guide.md).
"""

import logging
from typing import Any

from django.db import Error, migrations, transaction

logger = logging.getLogger(__name__)

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
TRIGRAMS = (
    "CREATE INDEX IF NOT EXISTS customer_search_trigrams ON customers_customer "
    "USING gin (search_text gin_trgm_ops)"
)
GIN = (
    "CREATE INDEX IF NOT EXISTS customer_by_tag ON customers_customer "
    "USING gin (tags jsonb_path_ops)",
    "CREATE INDEX IF NOT EXISTS customer_by_custom ON customers_customer "
    "USING gin (custom jsonb_path_ops)",
)


def make(apps: Any, schema_editor: Any) -> None:
    """Make the indexes where there is a PostgreSQL."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for statement in GIN:
        schema_editor.execute(statement)
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute(EXTENSION)
            schema_editor.execute(TRIGRAMS)
    except Error:
        logger.warning("no extension pg_trgm: the customer search will scan", exc_info=True)


def drop(apps: Any, schema_editor: Any) -> None:
    """Take them away again; the extension stays, others may use it."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in ("customer_search_trigrams", "customer_by_tag", "customer_by_custom"):
        schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_words_and_search")]

    operations = [migrations.RunPython(make, drop)]
