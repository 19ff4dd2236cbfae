"""A person's browser without a browser: sign in to the console, open pages, press buttons."""

import http.cookiejar
import re
import urllib.parse
import urllib.request

from tests.telephony.stack import Stack


class ConsoleSession:
    """One person of the demo company, signed in."""

    def __init__(self, stack: Stack, login: str) -> None:
        self._base = f"http://127.0.0.1:{stack.http_port}"
        self._cookies = http.cookiejar.CookieJar()
        self._browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._cookies)
        )
        form = self.get("/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token is not None
        self._post(
            "/login/",
            {
                "username": login,
                "password": f"demo-{login}",
                "csrfmiddlewaretoken": token.group(1),
            },
        )

    def get(self, path: str) -> str:
        """Give a page."""
        return self.fetch(path).decode()

    @property
    def cookie(self) -> str:
        """Give what a browser sends with a WebSocket's handshake."""
        return "; ".join(f"{one.name}={one.value}" for one in self._cookies)

    def fetch(self, path: str) -> bytes:
        """Give a file."""
        data: bytes = self._browser.open(f"{self._base}{path}").read()
        return data

    def post(self, path: str, **fields: str) -> str:
        """Press a button; fail when the server refuses."""
        token = next(cookie.value for cookie in self._cookies if cookie.name == "csrftoken")
        return self._post(path, {**fields, "csrfmiddlewaretoken": str(token)})

    def _post(self, path: str, fields: dict[str, str]) -> str:
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self._base}{path}",
            urllib.parse.urlencode(fields).encode(),
            {"Referer": self._base},
        )
        page: str = self._browser.open(request).read().decode()
        return page
