"""Register the voicemail app."""

from django.apps import AppConfig


class VoicemailConfig(AppConfig):
    """The voicemail app."""

    name = "apps.voicemail"
