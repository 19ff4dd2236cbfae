"""Tables as CSV, sent piece by piece."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from apps.imports.engine.formulas import cell_safe

BOM = "\ufeff"
PIECE_ROWS = 200


def csv_pieces(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a CSV file that Excel opens rightly and in which no cell is a formula."""
    yield BOM
    source = iter(rows)
    while some := list(islice(source, PIECE_ROWS)):
        target = io.StringIO()
        csv.writer(target).writerows([[cell_safe(cell) for cell in row] for row in some])
        yield target.getvalue()


def csv_response(
    request: HttpRequest, rows: Iterable[Sequence[str]], name: str
) -> StreamingHttpResponse:
    """Answer rows as a file to be kept. `rows` must not ask the database: the scope is over."""
    pieces = csv_pieces(rows)
    # Under ASGI a synchronous iterator would be read whole into memory before the first byte.
    content = _awaited(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


async def _awaited(pieces: Iterator[str]) -> AsyncIterator[str]:
    following = sync_to_async(_following, thread_sensitive=False)
    while (piece := await following(pieces)) is not None:
        yield piece


def _following(pieces: Iterator[str]) -> str | None:
    return next(pieces, None)
