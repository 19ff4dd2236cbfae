"""Write people's own settings."""

from django.conf import settings

from apps.accounts.models import User


def user_preferences_update(*, user: User, language: str) -> None:
    """Save the language; an unknown one leaves what was."""
    if language in dict(settings.LANGUAGES):
        user.language = language
        user.save(update_fields=["language"])
