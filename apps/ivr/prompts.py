"""The system prompts that there are, by language."""

import tomllib
from functools import cache

from django.conf import settings

from apps.ivr.engine.steps import LANGUAGES


@cache
def prompt_names() -> dict[str, frozenset[str]]:
    """Return the names of the system prompts by language. Reads the table once a process."""
    path = settings.BASE_DIR / "asterisk/sounds/prompts.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))["prompts"]
    return {
        language: frozenset(
            name for name, says in table.items() if {language, "tone"} & says.keys()
        )
        for language in LANGUAGES
    }
