"""Make rows by the million: one INSERT … SELECT, what a model demands filled with its defaults."""

from typing import Any

from django.db import connection, models


def insert_sql(model: type[models.Model], given: dict[str, str], source: str) -> str:
    """Return the statement; `given` maps columns to SQL expressions over the rows of `source`.

    Columns that are neither given nor nullable get the model's default (times: now).
    """
    columns = dict(given)
    with connection.cursor() as cursor:
        for field in model._meta.concrete_fields:
            if field.column in columns or field.null or field.primary_key:
                continue
            if field.get_internal_type() == "DateTimeField":
                columns[field.column] = "now()"
                continue
            value: Any = field.get_db_prep_save(field.get_default(), connection)
            columns[field.column] = cursor.mogrify("%s", [value]).decode()
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(columns.values())
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} {source}"
