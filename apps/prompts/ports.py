"""What prompts ask of others: a voice for texts, and who uses a prompt."""

from collections.abc import Callable, Sequence
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
    """One place that plays a prompt: `what` for people, `url` where to change it ('' without)."""

    what: str
    url: str = ""


# Takes the company's id and a prompt's name, in the company's scope.
PromptUses = Callable[[int, str], Sequence[PromptUse]]


def make_voice() -> Voice:
    """Return the voice that the settings choose."""
    made: Voice = import_string(settings.HUAWU_VOICES[settings.HUAWU_VOICE])()
    return made


def prompt_uses(tenant_id: int, name: str) -> list[PromptUse]:
    """Return every place that plays the prompt, asking each of HUAWU_PROMPT_USES."""
    sources: list[PromptUses] = [import_string(path) for path in settings.HUAWU_PROMPT_USES]
    return [use for source in sources for use in source(tenant_id, name)]
