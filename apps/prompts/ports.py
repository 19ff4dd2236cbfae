"""What prompts ask of others: a voice for texts, and who uses a prompt."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Voice(Protocol):
    """Speaks a text. `identity` is part of the cache key: another voice, another sound."""

    @property
    def identity(self) -> str:
        """Return what distinguishes this voice's sound."""

    def speak(self, text: str, language: str) -> bytes:
        """Return a sound file (WAV, MP3, OGG or M4A). Raises VoiceError."""


@dataclass(frozen=True)
class PromptUse:
    """One place that plays a prompt: `what` for people; `kind` (flow, …) and `pk` find it."""

    what: str
    kind: str = ""
    pk: int = 0


# Takes the company's id and names of prompts, in the company's scope; who is not in it is unused.
PromptUses = Callable[[int, Collection[str]], Mapping[str, list[PromptUse]]]


def make_voice() -> Voice:
    """Return the voice that the settings choose."""
    made: Voice = import_string(settings.HUAWU_VOICES[settings.HUAWU_VOICE])()
    return made


def prompt_uses(tenant_id: int, names: Collection[str]) -> dict[str, list[PromptUse]]:
    """Return every place that plays each of the prompts, asking all of HUAWU_PROMPT_USES."""
    found: dict[str, list[PromptUse]] = {name: [] for name in names}
    for path in settings.HUAWU_PROMPT_USES:
        source: PromptUses = import_string(path)
        for name, uses in source(tenant_id, names).items():
            found[name].extend(uses)
    return found
