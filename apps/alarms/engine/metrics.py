"""What can be watched, and which side of a threshold is the bad one. Pure."""

WAITING = "waiting"
LONGEST_WAIT = "longest_wait"
SERVICE_LEVEL = "service_level"
ABANDON_RATE = "abandon_rate"
AGENTS_READY = "agents_ready"
TRUNKS_DOWN = "trunks_down"
LINK_DOWN = "link_down"
RECORDING_FAULTS = "recording_faults"

METRICS = (
    WAITING,
    LONGEST_WAIT,
    SERVICE_LEVEL,
    ABANDON_RATE,
    AGENTS_READY,
    TRUNKS_DOWN,
    LINK_DOWN,
    RECORDING_FAULTS,
)
# Of one queue; without one, of all together (the longest wait: of whichever queue).
OF_QUEUE = frozenset({WAITING, LONGEST_WAIT, SERVICE_LEVEL, ABANDON_RATE, AGENTS_READY})
# Few is bad.
FALLING = frozenset({SERVICE_LEVEL, AGENTS_READY})
# No calls give no rate, and nothing is wrong then. Of an exchange of which nothing is heard nobody
# knows whether its trunks are well again.
OVER_WITHOUT_VALUE = frozenset({SERVICE_LEVEL, ABANDON_RATE, LONGEST_WAIT, WAITING, AGENTS_READY})


def is_rising(metric: str) -> bool:
    """Say whether much of it is bad."""
    return metric not in FALLING
