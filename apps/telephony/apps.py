"""Register the telephony app."""

from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    """The telephony app."""

    name = "apps.telephony"
