"""A PostgreSQL for the bench, thrown away or kept: what took minutes to load is loaded once.

HUAWU_BENCH_KEEP names the folder in which it stays; a part that finds its rows there measures at
once. `loaded.json` says what is in it. Delete the folder to load anew.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.lookup import ROLE
from tests.bench.report import say
from tools.servers import Postgres

# What an operator of this size sets: a quarter of 8 GB, and a disk that is no spinning one.
SETTINGS = {"shared_buffers": "2GB", "random_page_cost": "1.1", "effective_cache_size": "6GB"}


@contextmanager
def loaded_database(module: str, rows: dict[str, int]) -> Iterator[Postgres]:
    """Give a running cluster in which `module` has loaded so many rows.

    `python -m MODULE URL` loads them as superuser. Raises SystemExit when the folder holds others.
    """
    kept = os.environ.get("HUAWU_BENCH_KEEP")
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        folder = Path(kept or name)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["HUAWU_DATA_DIR"] = str(folder)
        note = folder / "loaded.json"
        there = json.loads(note.read_text()) if note.exists() else {}
        if there.get(module, rows) != rows:
            raise SystemExit(f"{folder} holds {there[module]}: delete it, or ask for the same.")
        database = Postgres(folder / "postgres", **SETTINGS)
        try:
            database.start()
            url = database.url("postgres")
            if module in there:
                subprocess.run([sys.executable, "-m", "tests.bench.filling", url], check=True)
            else:
                say(f"loading {', '.join(f'{count:,} {what}' for what, count in rows.items())}")
                subprocess.run([sys.executable, "-m", module, url], check=True)
                note.write_text(json.dumps({**there, module: rows}))
            yield database
        finally:
            database.stop()


__all__ = ["ROLE", "loaded_database"]
