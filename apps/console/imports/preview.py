"""What the page of an import shows of its file: columns with examples, rows as they would be."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.models import User
from apps.imports.engine.csv_rows import Row
from apps.imports.engine.fields import Field
from apps.imports.models import ImportRun
from apps.imports.rows import Reading
from apps.imports.targets import target_get

EXAMPLES = 3
PREVIEW_ROWS = 10


@dataclass(frozen=True)
class ColumnChoice:
    """One column of the file, what stands in it, and the field chosen for it."""

    number: int
    index: int
    name: str
    examples: list[str]
    chosen: str


@dataclass(frozen=True)
class PreviewRow:
    """One row as it would be kept: its number, the values by field, and what is wrong."""

    number: int
    values: list[str]
    faults: list[str]


@dataclass(frozen=True)
class Preview:
    """The first rows as they would be kept."""

    labels: list[str]
    rows: list[PreviewRow]


def columns_of(run: ImportRun, fields: Sequence[Field]) -> list[ColumnChoice]:
    """Return the columns with what a person needs to choose. No query."""
    chosen = run.columns
    known = {field.key for field in fields}
    return [
        ColumnChoice(
            index + 1,
            index,
            name if run.has_header else "",
            [
                cells[index][:60]
                for _number, cells, _fault in run.sample
                if index < len(cells) and cells[index]
            ][:EXAMPLES],
            chosen.get(index, "") if chosen.get(index, "") in known else "",
        )
        for index, name in enumerate(run.header)
    ]


def preview_of(run: ImportRun, user: User) -> Preview | None:
    """Return the first rows read with the run's mapping; None without a mapping."""
    target = target_get(run.target)
    fields = {field.key: field for field in target.fields()}
    columns = {column: key for column, key in run.columns.items() if key in fields}
    if not columns:
        return None
    run.mapping = {str(column): key for column, key in columns.items()}
    session = target.open(tenant_id=run.tenant_id, actor=user)
    keys = [key for key in fields if key in columns.values()]
    lines = Reading(run, session, fields).lines([Row(*row) for row in run.sample[:PREVIEW_ROWS]])
    rows = []
    for line in lines:
        values = session.shown(line.parsed) if line.outcome is None else line.texts
        faults = [f"{column}: {why}" if column else why for column, _value, why in line.faults]
        rows.append(PreviewRow(line.row.number, [values.get(key, "") for key in keys], faults))
    return Preview([fields[key].label for key in keys], rows)
