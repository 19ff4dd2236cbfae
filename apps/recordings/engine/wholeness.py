"""Whether a recording is as long as it should be, and where in it nobody could talk. Pure.

Spans are (begin, end) in milliseconds from the beginning of the recording.
"""

from collections.abc import Iterable

Span = tuple[int, int]
# Less than this may be a start or an end that was told a little late.
LEAST_LACK_MS, LACK_SHARE = 5_000, 0.1


def is_shorter(*, duration_ms: int, expected_ms: int, held_ms: int) -> bool:
    """Say whether sound is missing. In a hold nothing may be written, so that time is not asked."""
    lack = expected_ms - held_ms - duration_ms
    return lack > max(LEAST_LACK_MS, expected_ms * LACK_SHARE)


def within(spans: Iterable[Span], duration_ms: int) -> list[Span]:
    """Return what of the spans lies within the recording, in order and without overlaps."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        begin, end = max(0, begin), min(duration_ms, end)
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def written_holds(spans: list[Span], *, duration_ms: int, expected_ms: int) -> list[Span]:
    """Return the holds that the file has as silence; none where they were not written at all.

    A file that is shorter than the talk by half of the holds or more has left them out.
    """
    held = sum(end - begin for begin, end in spans)
    return [] if expected_ms - duration_ms > held / 2 else spans
