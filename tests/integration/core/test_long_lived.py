"""A serving process leaves what it has loaded out of its garbage collections."""

import gc
import importlib

import config.asgi


def test_what_the_web_process_has_loaded_is_not_looked_through_again() -> None:
    gc.unfreeze()
    before = gc.get_freeze_count()
    try:
        importlib.reload(config.asgi)
        assert gc.get_freeze_count() > before + 100_000
    finally:
        gc.unfreeze()
