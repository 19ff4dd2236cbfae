"""When a conversion that did not succeed is tried again. Pure."""

FIRST_S, LONGEST_S = 30, 3600
MOST_TRIES = 8


def wait_s(tries: int) -> int:
    """Return the seconds until the next try after so many: doubled each time, an hour at most."""
    # 2 ** 7 is beyond the longest: no large powers for what has been tried for weeks.
    return min(LONGEST_S, int(FIRST_S * 2 ** min(max(tries, 1) - 1, 7)))
