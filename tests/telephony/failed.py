"""Whether a test failed, as its fixtures may ask at their end."""

import pytest

FAILED = pytest.StashKey[bool]()
