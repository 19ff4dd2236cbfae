"""Text messages through a driver: none, or an HTTP service that the operator names."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings


class SmsDriver(Protocol):
    """Sends a text message."""

    @property
    def is_on(self) -> bool:
        """Return whether anything can be sent at all."""

    def send(self, *, to: str, text: str) -> None:
        """Send; raises OSError (also on a time-out) or SmsRefusedError."""


class SmsRefusedError(Exception):
    """The service did not take the message."""


class NoSms:
    """The driver of an installation without text messages."""

    is_on = False

    def send(self, *, to: str, text: str) -> None:
        """Refuse."""
        raise SmsRefusedError("no text message driver is set up")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to another host."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Follow nothing."""


@dataclass(frozen=True)
class HttpSms:
    """POST `{"to": …, "text": …}` as JSON with a bearer token; 2xx means taken."""

    url: str
    token: str
    timeout_s: float
    is_on: bool = True

    def send(self, *, to: str, text: str) -> None:
        """Send. Neither address nor token is in any error's text."""
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked with the setting
            self.url,
            json.dumps({"to": to, "text": text}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=self.timeout_s) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            raise SmsRefusedError(str(error.code)) from None
        if not 200 <= status < 300:
            raise SmsRefusedError(str(status))


def sms_driver() -> SmsDriver:
    """Return the driver that the settings name."""
    if not settings.HUAWU_SMS_URL:
        return NoSms()
    return HttpSms(settings.HUAWU_SMS_URL, settings.HUAWU_SMS_TOKEN, settings.HUAWU_SMS_TIMEOUT_S)
