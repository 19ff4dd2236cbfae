"""Answer a file over HTTP with ranges, so that a player can seek. Source: RFC 9110 §14."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
PIECE_BYTES = 64 * 1024


def ranged_file_response(
    request: HttpRequest, path: Path, *, content_type: str, etag: str = ""
) -> HttpResponseBase:
    """Answer a file as `ranged_response` does."""
    size = path.stat().st_size

    def pieces(start: int, length: int) -> "_Piece":
        return _Piece(path, start, length)

    return ranged_response(
        request, pieces, size=size, name=path.name, content_type=content_type, etag=etag
    )


class Pieces(Protocol):
    """A part of something, to be read piece by piece and closed."""

    def __next__(self) -> bytes:
        """Return the next piece; StopIteration at the end."""

    def __iter__(self) -> Iterator[bytes]:
        """Return itself."""

    def close(self) -> None:
        """Let go of what is open."""


def ranged_response(
    request: HttpRequest,
    pieces: Callable[[int, int], Pieces],
    *,
    size: int,
    name: str,
    content_type: str,
    etag: str = "",
    is_download: bool = False,
) -> HttpResponseBase:
    """Return 200 with the whole, 206 with the one range asked for, or 416.

    `pieces(start, length)` gives a part; it is not asked before it is sent. Several ranges at once
    and units other than bytes are answered with the whole, as the standard allows. An `If-Range`
    that no longer fits gives the whole.
    """
    wanted = request.headers.get("Range", "")
    condition = request.headers.get("If-Range", "")
    tag = f'"{etag}"' if etag else ""
    match = RANGE.match(wanted) if not condition or condition == tag else None
    start, end, status = 0, size - 1, 200
    if match is not None and any(match.groups()):
        start, end = _bounds(match.group(1), match.group(2), size)
        status = 206
        if start >= size or start > end:
            refused = HttpResponse(status=416)
            refused["Content-Range"] = f"bytes */{size}"
            return refused
    response = streamed(request, pieces(start, end - start + 1), content_type, status=status)
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = str(end - start + 1)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=0"
    response["Content-Disposition"] = str(content_disposition_header(is_download, name))
    if tag:
        response["ETag"] = tag
    return response


def streamed(
    request: HttpRequest, piece: Pieces, content_type: str, *, status: int = 200
) -> StreamingHttpResponse:
    """Return an answer that is read while it is sent, never whole into memory."""
    # Under ASGI a synchronous iterator would be read whole into memory before the first byte.
    content = _in_threads(piece) if isinstance(request, ASGIRequest) else piece
    response = StreamingHttpResponse(content, status=status, content_type=content_type)
    response._resource_closers.append(partial(_close, piece))  # type: ignore[attr-defined]  # as FileResponse does
    return response


async def _in_threads(piece: Pieces) -> AsyncIterator[bytes]:
    def one() -> bytes:
        # StopIteration does not come through a coroutine.
        return next(piece, b"")

    while data := await sync_to_async(one, thread_sensitive=False)():
        yield data


def _close(piece: Pieces) -> None:
    # Who goes away in the middle of a piece leaves a generator that still runs in its thread.
    with suppress(ValueError):
        piece.close()


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


class _Piece:
    """A part of a file, read in pieces; closed by the response."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._file.read(min(PIECE_BYTES, self._left))
        self._left -= len(piece)
        if not piece:
            raise StopIteration
        return piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()
