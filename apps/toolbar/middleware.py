"""The toolbar's session: it comes in a header, never in a cookie, and opens what the bar needs.

A frame in another site gets no cookies from a browser that blocks third parties. A header that only
the frame's own script sets needs none, and no other site can send it: so no CSRF token either.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.toolbar.selectors import origin_is_allowed
from apps.toolbar.services import ORIGIN_KEY

HEADER = "X-Huawu-Toolbar"
PROTOCOL = "huawu-toolbar."
KEY = re.compile(r"[a-z0-9]{32}")
# What the bar asks for: the agent's state, and operations on his calls.
PATHS = re.compile(r"/desk/[a-z-]+/|/calls/[0-9]+/[a-z-]+/")


class ToolbarSessionMiddleware:
    """Stand before the session's middleware: the header's key is the request's session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the header's session; its key never becomes a cookie."""
        key = request.headers.get(HEADER)
        if key is None:
            return self.get_response(request)
        if not KEY.fullmatch(key):
            return _refused()
        request.COOKIES[settings.SESSION_COOKIE_NAME] = key
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # Django's own name
        response = self.get_response(request)
        response.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse a session of the toolbar outside its paths or in a cookie, and others in it."""
        by_header = HEADER in request.headers
        if not by_header and settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        is_toolbar = ORIGIN_KEY in request.session
        if by_header != is_toolbar or (by_header and not PATHS.fullmatch(request.path)):
            return _refused()
        # Taken off the list, a site's open frames go too.
        if is_toolbar and not origin_is_allowed(request.session[ORIGIN_KEY]):
            return _refused()
        return None


def _refused() -> HttpResponse:
    return JsonResponse({"code": "toolbar.session", "detail": ""}, status=403)


class ToolbarSocket:
    """Take the toolbar's session for a WebSocket from the protocol that the frame asks for.

    A browser's WebSocket has no headers of the script's own. Stands before the session's part.
    """

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Open the socket with the session; the answer names the protocol, as browsers demand."""
        named = [name for name in scope.get("subprotocols", ()) if name.startswith(PROTOCOL)]
        key = named[0].removeprefix(PROTOCOL) if named else ""
        if not KEY.fullmatch(key):
            await self.inner(scope, receive, send)
            return
        others = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
        cookie = (b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode())

        async def answer(message: dict[str, Any]) -> None:
            if message["type"] == "websocket.accept":
                message = {**message, "subprotocol": named[0]}
            await send(message)

        await self.inner({**scope, "headers": [*others, cookie]}, receive, answer)
