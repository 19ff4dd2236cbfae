"""What this machine tells: folders, files, prompts and sockets. No Django models in here."""

import os
import shutil
import socket
import ssl
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from apps.telephony.doctor.report import Finding, bad, doubtful, good

TIMEOUT_S = 3.0
LANGUAGES = ("zh", "en")
DISK_WARNING = 0.10
DISK_FAILED = 0.02


def check_agi(host: str, port: int) -> Iterable[Finding]:
    """Knock at FastAGI."""
    address = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared
    try:
        socket.create_connection((address, port), TIMEOUT_S).close()
    except OSError as error:
        yield bad(
            "agi.reachable",
            _("FastAGI does not answer at %(host)s:%(port)d: %(error)s.")
            % {"host": address, "port": port, "error": error},
            _("Start it (huawu-fastagi), or correct HUAWU_AGI_HOST and HUAWU_AGI_PORT."),
        )
    else:
        yield good("agi.reachable", _("FastAGI answers."))


def check_websocket(url: str) -> Iterable[Finding]:
    """Ask for SIP over WebSocket as a browser phone does."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        status = _websocket_status(host, port, parts.path or "/", is_tls=parts.scheme == "wss")
    except (OSError, ValueError) as error:
        yield bad(
            "websocket",
            _("The browser phones' address %(url)s does not answer: %(error)s.")
            % {"url": url, "error": error},
            _("Set enabled=yes, bindaddr and bindport in http.conf, or correct HUAWU_WS_URL."),
        )
        return
    if status.startswith("HTTP/1.1 101"):
        yield good("websocket", _("Browser phones can connect at %(url)s.") % {"url": url})
    else:
        yield bad(
            "websocket",
            _("%(url)s answers “%(status)s” instead of opening a WebSocket.")
            % {"url": url, "status": status},
            _(
                "Load res_http_websocket.so and res_pjsip_transport_websocket.so, and have a "
                "transport with protocol=ws in pjsip.conf."
            ),
        )


def _websocket_status(host: str, port: int, path: str, *, is_tls: bool) -> str:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: aHVhd3UtZG9jdG9yLTEyMw==\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
    )
    with socket.create_connection((host, port), TIMEOUT_S) as plain:
        channel = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=host)
            if is_tls
            else plain
        )
        channel.sendall(request.encode())
        return channel.recv(4096).decode("latin-1").split("\r\n", 1)[0]


def check_folder(path: Path, *, is_written: bool) -> Iterable[Finding]:
    """Look whether a folder is there, ours to read and, where needed, to write, and not full."""
    if not path.is_dir():
        yield bad(
            "folder",
            _("The folder %(path)s is missing.") % {"path": path},
            _("Make it (docs/operator-guide.md, step 2), or correct HUAWU_ASTERISK_DIR."),
        )
        return
    wanted = os.R_OK | os.X_OK | (os.W_OK if is_written else 0)
    if not os.access(path, wanted):
        yield bad(
            "folder",
            _("We may not use the folder %(path)s as we must.") % {"path": path},
            _("chgrp asterisk, chmod 2770, and run Huawu with Asterisk's group and UMask=0007."),
        )
        return
    usage = shutil.disk_usage(path)
    free = usage.free / usage.total
    text = _("%(percent).1f %% of the disk of %(path)s is free.") % {
        "percent": free * 100,
        "path": path,
    }
    cure = _("Make room, or move recordings to a bigger disk.")
    if free < DISK_FAILED:
        yield bad("disk", text, cure)
    elif free < DISK_WARNING:
        yield doubtful("disk", text, cure)
    else:
        yield good("folder", _("%(path)s can be used.") % {"path": path})


def prompt_names(prompts_toml: Path) -> list[str]:
    """Return the names of all system prompts."""
    return sorted(tomllib.loads(prompts_toml.read_text(encoding="utf-8"))["prompts"])


def check_prompts(names: Sequence[str], candidates: Sequence[Path]) -> Iterable[Finding]:
    """Look for each prompt in each language in the first of Asterisk's sound folders we can see."""
    folder = next((path for path in candidates if path.is_dir()), None)
    if folder is None:
        yield doubtful(
            "prompts",
            _("Asterisk's sounds are not on this machine; prompts were not looked for."),
            _("Run the doctor beside Asterisk, or name the folder with --sounds."),
        )
        return
    missing = [
        f"{language}/{name}"
        for language in LANGUAGES
        for name in names
        if not any((folder / language / "huawu").glob(f"{name}.*"))
    ]
    if not missing:
        yield good("prompts", _("Every prompt is there in both languages."))
        return
    shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
    yield bad(
        "prompts",
        _("%(count)d prompts are missing in %(folder)s: %(names)s.")
        % {"count": len(missing), "folder": folder, "names": shown},
        _("Run: python -m tools.prompts %(folder)s") % {"folder": folder.parent},
    )


def check_rendered(folder: Path, texts: Mapping[str, str]) -> Iterable[Finding]:
    """Compare the files that Asterisk includes with what the rows say now (name -> text)."""
    stale = []
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        yield bad(
            "rendered",
            _("Not what the database says: %(names)s in %(folder)s.")
            % {"names": ", ".join(stale), "folder": folder},
            _("Start the node's run_ami (huawu-ami@NODE); its log says why it does not write."),
        )
    else:
        yield good("rendered", _("Asterisk's included files are what the database says."))
