"""Write people's own settings."""

from django.conf import settings

from apps.accounts.choices import PhoneKind
from apps.accounts.models import Agent, User


def user_preferences_update(*, user: User, language: str, phone_kind: str) -> None:
    """Save language and phone; unknown values leave what was."""
    if language in dict(settings.LANGUAGES):
        user.language = language
        user.save(update_fields=["language"])
    agent: Agent | None = Agent.objects.filter(user=user).first()
    if agent is not None and phone_kind in PhoneKind.values:
        agent.phone_kind = phone_kind
        agent.save(update_fields=["phone_kind", "updated_at"])
