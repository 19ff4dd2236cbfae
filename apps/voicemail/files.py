"""Where messages lie."""

from pathlib import Path

from django.conf import settings


def voicemail_folder() -> Path:
    """Return the folder that Asterisk writes messages into."""
    return Path(settings.HUAWU_ASTERISK_DIR) / "voicemail"
