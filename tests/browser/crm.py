"""A company's CRM on another origin: the documented sample page, and its server."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tools.paths import ROOT
from tools.servers import free_port

SAMPLE = ROOT / "docs/examples/toolbar.html"
HOST = "127.0.0.3"
ALLOW = (
    "from apps.core.tenancy import all_tenants\n"
    "from apps.tenants.models import Tenant\n"
    "from apps.toolbar.models import ToolbarOrigin\n"
    "with all_tenants('test'):\n"
    "    tenant = Tenant.objects.get(slug='demo')\n"
    "    ToolbarOrigin.objects.get_or_create(tenant=tenant, origin={origin!r})\n"
)


def allow(origin: str) -> str:
    """Return what `manage.py shell` runs to put a site on the demo company's list."""
    return ALLOW.format(origin=origin)


class Crm:
    """Serve the sample; `/huawu-launch` asks Huawu for the agent, as this origin or another's."""

    def __init__(self, huawu: str, *, agent: str) -> None:
        self.huawu, self.agent = huawu, agent
        self.port = free_port()
        self.launch_origin = self.origin
        crm = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = SAMPLE.read_text("utf-8").replace("HUAWU/", f"{crm.huawu}/")
                is_page = self.path == "/"
                self.answer(200 if is_page else 404, page if is_page else "", "text/html")

            def do_POST(self) -> None:
                status, body = crm.launch()
                self.answer(status, json.dumps(body), "application/json")

            def answer(self, status: int, text: str, kind: str) -> None:
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the tests' output clean."""

        self.server = ThreadingHTTPServer((HOST, self.port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def origin(self) -> str:
        """Give the CRM's origin."""
        return f"http://{HOST}:{self.port}"

    def launch(self) -> tuple[int, dict[str, str]]:
        """Ask Huawu's API for an address of the toolbar."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.huawu}/api/v1/toolbar/launches/",
            data=json.dumps({"agent": self.agent, "origin": self.launch_origin}).encode(),
            headers={
                "Authorization": "Token demo-admin-token",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own server
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def start(self) -> None:
        """Serve."""
        self.thread.start()

    def stop(self) -> None:
        """End the server."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
