"""Read prompts: which names there are, how Asterisk plays them, who may work on them."""

import tomllib
from functools import cache

from django.conf import settings
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.prompts.files import asterisk_name
from apps.prompts.models import Language, Prompt, PromptAudio

# Dialled to record by phone: this, a digit of the language, the prompt's number.
RECORD_CODE = "*77"
RECORD_LANGUAGES = {"1": Language.ZH.value, "2": Language.EN.value}


def record_code(prompt: Prompt, language: str) -> str:
    """Return what a person dials to record the prompt in a language."""
    digit = next(digit for digit, known in RECORD_LANGUAGES.items() if known == language)
    return f"{RECORD_CODE}{digit}{prompt.number}"


@cache
def system_prompt_texts() -> dict[str, dict[str, str]]:
    """Return what each system prompt says by language, '' for a tone. Reads once a process."""
    path = settings.BASE_DIR / "asterisk/sounds/prompts.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))["prompts"]
    return {
        name: {
            language: says.get(language, "")
            for language in Language.values
            if {language, "tone"} & says.keys()
        }
        for name, says in table.items()
    }


def system_prompt_names() -> dict[str, frozenset[str]]:
    """Return the names of the system prompts by language."""
    return {
        language: frozenset(
            name for name, says in system_prompt_texts().items() if language in says
        )
        for language in Language.values
    }


def prompt_names(tenant_id: int) -> dict[str, frozenset[str]]:
    """Return the names that can be played, by language: the system's and the company's. 1 query.

    A company prompt takes the place of the system's in every language: where it has no sound, it
    is missing.
    """
    names = {language: set(known) for language, known in system_prompt_names().items()}
    rows = PromptAudio.objects.filter(tenant_id=tenant_id).exclude(content_key="")
    own: dict[str, set[str]] = {}
    for name, language in rows.values_list("prompt__name", "language"):
        own.setdefault(name, set()).add(language)
    for name, languages in own.items():
        for language, known in names.items():
            (known.add if language in languages else known.discard)(name)
    return {language: frozenset(known) for language, known in names.items()}


def prompt_mapping(tenant_id: int, slug: str) -> dict[str, str]:
    """Return how Asterisk plays the company's own prompts, by name. 1 query."""
    rows = Prompt.objects.filter(tenant_id=tenant_id, revision__gt=0)
    return {
        name: asterisk_name(slug, name, revision)
        for name, revision in rows.values_list("name", "revision")
    }


def prompt_list() -> "QuerySet[Prompt]":
    """Return the prompts of the company in scope with their sounds, by name. 2 queries."""
    rows: QuerySet[Prompt] = Prompt.objects.prefetch_related("audios").order_by("name", "pk")
    return rows


def prompt_get(pk: int) -> Prompt:
    """Return a prompt of the company in scope. Raises NotFoundError. 1 query."""
    found: Prompt | None = Prompt.objects.select_related("tenant").filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"prompt {pk}")
    return found


def prompt_by_number(number: int) -> Prompt | None:
    """Return the prompt that is dialled by this number in the company in scope. 1 query."""
    found: Prompt | None = Prompt.objects.select_related("tenant").filter(number=number).first()
    return found


def audio_by_name(language: str, name: str) -> PromptAudio | None:
    """Return the company's sound of a name that callers of a language hear. 1 query.

    The other language's when this one has none, as in a call; None: the system's is heard.
    """
    rows = PromptAudio.objects.filter(prompt__name=name).exclude(content_key="")
    found = {audio.language: audio for audio in rows}
    return found.get(language) or next(iter(found.values()), None)


def can_prompts_change(user: User) -> bool:
    """Return whether the person may make, replace and remove his company's prompts."""
    return user.tenant_id is not None and user.has_perm("prompts.change_prompt")


def can_prompts_hear(user: User) -> bool:
    """Return whether the person may listen to his company's prompts in the console."""
    return user.tenant_id is not None and user.has_perm("prompts.view_prompt")
