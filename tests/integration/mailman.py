"""A real SMTP server that keeps what Django sends to it; `mailman` is imported as a fixture."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tools.servers import free_port


class Mailman:
    """Keep what comes, or answer with `refusal`."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], EmailMessage]] = []
        self.refusal = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refusal:
            return self.refusal
        text = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(text, EmailMessage)
        self.got.append((envelope.rcpt_tos, text))
        return "250 kept"


@pytest.fixture
def mailman(settings: Any) -> Iterator[Mailman]:
    """Run an SMTP server and let Django send to it, as a deployment does."""
    server = Controller(Mailman(), hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "call-centre@example.com"
    yield server.handler
    server.stop()
