"""Answer a file over HTTP with ranges, so that a player can seek. Source: RFC 9110 §14."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
PIECE_BYTES = 64 * 1024


def ranged_file_response(
    request: HttpRequest, path: Path, *, content_type: str, etag: str = ""
) -> HttpResponseBase:
    """Return 200 with the whole file, 206 with the one range asked for, or 416.

    Several ranges at once and units other than bytes are answered with the whole file, as the
    standard allows. An `If-Range` that no longer fits gives the whole file.
    """
    size = path.stat().st_size
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
    piece = _Piece(path, start, end - start + 1)
    # Under ASGI a synchronous iterator would be read whole into memory before the first byte.
    content = _pieces(piece) if isinstance(request, ASGIRequest) else iter(piece)
    response = StreamingHttpResponse(content, status=status, content_type=content_type)
    response._resource_closers.append(piece.close)  # type: ignore[attr-defined]  # as FileResponse does
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = str(end - start + 1)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=0"
    response["Content-Disposition"] = f'inline; filename="{path.name}"'
    if tag:
        response["ETag"] = tag
    return response


async def _pieces(piece: "_Piece") -> AsyncIterator[bytes]:
    while data := await sync_to_async(piece.read, thread_sensitive=False)(PIECE_BYTES):
        yield data


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
        while piece := self.read(PIECE_BYTES):
            yield piece

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes of what is left."""
        most = self._left if size < 0 else min(size, self._left)
        piece = self._file.read(most)
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()
