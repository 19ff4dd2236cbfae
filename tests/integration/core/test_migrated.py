"""The database that tests copy is what the migrations of this checkout give."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tools import migrated


@pytest.mark.django_db
def test_no_migration_is_missing_and_no_model_has_changed() -> None:
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_changed_migration_asks_for_another_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "apps" / "calls" / "migrations"
    folder.mkdir(parents=True)
    monkeypatch.setattr(migrated, "ROOT", tmp_path)
    names = []
    for text in ("one", "two"):
        (folder / "0001_initial.py").write_text(text)
        names.append(migrated.fingerprint())
    (folder / "0002_more.py").write_text("two")
    names.append(migrated.fingerprint())
    assert len(set(names)) == 3
