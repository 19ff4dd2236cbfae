"""Times from and up to, in whole milliseconds: cut out, add up, lay over half hours."""

from collections.abc import Iterable, Iterator

from apps.acd.engine.what_if_day import HALF_HOUR_MS, Span


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the same time as spans in order that do not touch."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def without(spans: Iterable[Span], cut: Iterable[Span]) -> tuple[Span, ...]:
    """Return what of the spans is in none of `cut`."""
    left, holes = merged(spans), merged(cut)
    found: list[Span] = []
    for start, end in left:
        for hole_start, hole_end in holes:
            if hole_end <= start or hole_start >= end:
                continue
            if hole_start > start:
                found.append((start, hole_start))
            start = hole_end
            if start >= end:
                break
        if start < end:
            found.append((start, end))
    return tuple(found)


def length(spans: Iterable[Span]) -> int:
    """Return the milliseconds of spans that lie apart."""
    return sum(end - start for start, end in spans)


def by_half_hour(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Return (number of the half hour, milliseconds in it) of a span."""
    while start < end:
        half = start // HALF_HOUR_MS
        until = min(end, (half + 1) * HALF_HOUR_MS)
        yield half, until - start
        start = until
