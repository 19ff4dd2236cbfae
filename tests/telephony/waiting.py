"""Wait for a condition instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


# `timeout` is what a person would find long. A machine that runs three streams of tests may be
# several times slower; whoever waits longer for what does come has lost nothing.
PATIENCE = 3


def until(
    condition: Callable[[], T],
    timeout: float = 10.0,
    what: str | Callable[[], str] = "",
    *,
    is_promised: bool = False,
) -> T:
    """Give the first true value of `condition`.

    Fail with `what` when it stays false for `timeout` seconds, times `PATIENCE` unless the product
    promises this time.
    """
    timeout *= 1 if is_promised else PATIENCE
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            what = what() if callable(what) else what
            raise AssertionError(
                f"not within {timeout} s: {what or condition!r}; last value {value!r}"
            )
        time.sleep(0.02)
