"""Each kind of report as XLSX, its columns added up by LibreOffice: the page's totals."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.console.reports.texts import COLUMN_TEXTS
from apps.core.tenancy import all_tenants
from apps.reports.engine.column import COUNT, TIME, Column
from apps.reports.engine.columns import COLUMNS, KINDS, OF_INSPECTIONS, QUALITY_ITEMS
from tests.integration.quality.office import BEST, Office
from tests.integration.reports.test_ledger_reports import Rows
from tests.integration.reports.test_report_pages import DAYS, House, browser, house, values
from tests.spreadsheets.libreoffice import reckoned, with_sums

__all__ = ["house"]
logger = logging.getLogger(__name__)
# Times that are neither a mean nor a bound nor the longest add up, as counts do.
TIMES = frozenset(
    {"talk", "hold", "wrap_up", "ready", "ringing", "paused", "signed_in", "resting",
     "unreachable", "unseen", "talk_ms", "busy_ms", "ms"}
)  # fmt: skip
OF_QUALITY = (*OF_INSPECTIONS, QUALITY_ITEMS)
DAY_MS = 86_400_000


def adds_up(column: Column) -> bool:
    return column.unit == COUNT or (column.unit == TIME and column.id in TIMES)


def compare(user: User, kind: str, query: str, folder: Path) -> int:
    """Compare LibreOffice's sums with the page's totals; return how many there were."""
    client: Client = browser(user)
    page = client.get(f"/reports/{kind}/?{query}").content.decode()
    total = values(page, "report-total")
    rows = page.count('data-testid="report-row"')
    made = folder / f"{kind}.xlsx"
    made.write_bytes(client.get(f"/reports/{kind}/file/?{query}&format=xlsx").content)
    columns = [one for one in COLUMNS[kind] if one.id in total]
    summed = {place: one for place, one in enumerate(columns, start=1) if adds_up(one)}
    asked = folder / f"{kind}-summed.xlsx"
    with_sums(made, asked, rows=rows, columns=summed)
    cells = reckoned(asked)
    # Head, rows, the total, that of the period before, and the sums.
    assert len(cells) == 1 + rows + 3
    heads = [str(COLUMN_TEXTS[kind][one.id][0]) for one in columns]
    assert cells[0][1:] == heads
    assert not [cell for row in cells for cell in row if re.match(r"#|Err:", cell)]
    for place, one in summed.items():
        said, wanted = cells[-1][place], float(total[one.id])
        # A time is a part of a day there.
        if one.unit == TIME:
            assert float(said) == pytest.approx(wanted / DAY_MS, abs=1e-9), (kind, one.id)
        else:
            assert float(said) == wanted, (kind, one.id)
    logger.info("%s: %s rows, %s sums", kind, rows, len(summed))
    return sum(bool(float(total[one.id])) for one in summed.values())


def written(house: House) -> None:
    """Write surveys, steps of flows, orders and contacts of the company."""
    with all_tenants("test"):
        rows = Rows(house)
        for minute, scores in enumerate([[5, 4], [1, None], [None, None], []]):
            rows.survey(minute, scores)  # type: ignore[arg-type]
        rows.survey(9, [3], of_other=True)
        rows.step(1, "menu", "1")
        rows.step(200, "hours", "", is_first=False)
        rows.order(1, open_m=30, due_m=60)
        rows.order(2, open_m=90, due_m=60)
        rows.contact(0, 0)
        rows.contact(30, 0)
        rows.contact(60, 1)
    house.dispose("Complaint")


@pytest.mark.parametrize("kind", [one for one in KINDS if one not in OF_QUALITY])
@pytest.mark.parametrize("by", ["item", "time"])
def test_libreoffice_adds_up_to_the_pages_totals(
    house: House, kind: str, by: str, tmp_path: Path
) -> None:
    written(house)
    house.read(kind)
    assert compare(house.admin, kind, f"{DAYS}&by={by}&step=hour", tmp_path) > 0


@pytest.mark.django_db
@pytest.mark.parametrize("kind", OF_QUALITY)
def test_libreoffice_adds_inspections_up(kind: str, tmp_path: Path) -> None:
    office: Any = Office()
    with all_tenants("test"):
        office.published(answers=BEST)
        office.published(started_at=None)
        office.published(office.other, {**BEST, "rude": 0})
    assert compare(office.admin, kind, "period=today", tmp_path) > 0
