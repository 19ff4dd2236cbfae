"""Say how long something took, for whoever reads the run (`-s`)."""

import sys


def measured(what: str) -> None:
    """Write one line to the output of the test."""
    sys.stdout.write(f"\nmeasured: {what}\n")
