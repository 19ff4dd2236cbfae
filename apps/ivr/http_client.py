"""One HTTP request to a company's service, with bounds on everything that a network can do.

A company's admin writes the address, so it is not trusted: it is resolved once, every address that
belongs to this machine or its networks is refused unless the operator allows it, and the request
goes to the address that was looked at (the name is not asked again, so it cannot change meanwhile).
Redirects are not followed. urllib3 and requests ask the name again and time each read alone, so
one byte a second would go on for ever: hence the standard library's client on our own socket.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from apps.ivr.engine.voice import LookupFailedError

MAX_BYTES = 64 * 1024
OK = range(200, 300)
# RFC 6052: an IPv4 address in its last 32 bits.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Request:
    """What to send. `body` is a JSON value, None without one; `timeout_s` is for everything."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    timeout_s: float = 3.0


def is_public(address: Address) -> bool:
    """Say whether an address is outside: not ours, not private, not reserved, not many."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(inside)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def address_choose(host: str, port: int, allowed: Sequence[Network]) -> str:
    """Return the address to connect to. Raises LookupFailedError when any is not allowed.

    All must be: a name with a public and a private address is an attempt.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LookupFailedError(f"{host} has no address: {error}") from error
    addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
    for address in addresses:
        if not (is_public(address) or any(address in network for network in allowed)):
            raise LookupFailedError(f"{host} is {address}, which is not allowed")
    if not addresses:
        raise LookupFailedError(f"{host} has no address")
    return str(addresses[0])


def fetch(request: Request, allowed: Sequence[Network]) -> Any:
    """Send it once; return the JSON value that came. Raises LookupFailedError.

    Errors never hold headers or the answer: both may be secret.
    """
    parts = urlsplit(request.url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = address_choose(host, port, allowed)
    try:
        with _connected(address, port, request.timeout_s) as plain:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = _secured(plain, host) if parts.scheme == "https" else plain
            try:
                connection.request(
                    request.method,
                    (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                    body=None if request.body is None else json.dumps(request.body).encode(),
                    headers=_headers(request, parts.netloc),
                )
                return _json(connection.getresponse())
            finally:
                connection.close()
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise LookupFailedError(f"{host}: {type(error).__name__}") from error


def deliver(
    url: str, body: bytes, headers: Mapping[str, str], timeout_s: float, allowed: Sequence[Network]
) -> None:
    """Post bytes once, as they are signed; what is answered is not read. Raises LookupFailedError.

    Only a status of 200 to 299 is a yes; a redirect is not followed.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = address_choose(host, port, allowed)
    try:
        with _connected(address, port, timeout_s) as plain:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = _secured(plain, host) if parts.scheme == "https" else plain
            try:
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                ours = {"Host": parts.netloc, "User-Agent": "Huawu"}
                connection.request("POST", path, body=body, headers={**ours, **headers})
                status = connection.getresponse().status
            finally:
                connection.close()
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise LookupFailedError(f"{host}: {type(error).__name__}") from error
    if status not in OK:
        raise LookupFailedError(f"the service answered {status}")


def _headers(request: Request, netloc: str) -> dict[str, str]:
    # No Accept-Encoding: what is compressed could be any size.
    ours = {"Host": netloc, "Accept": "application/json", "User-Agent": "Huawu"}
    if request.body is not None:
        ours["Content-Type"] = "application/json"
    return {**ours, **request.headers}


@contextmanager
def _connected(address: str, port: int, timeout_s: float) -> Iterator[socket.socket]:
    """Give a connection that is cut `timeout_s` from now, whatever is being read then."""
    opened = socket.create_connection((address, port), timeout_s)
    guard = threading.Timer(timeout_s, _cut, [opened])
    guard.daemon = True
    guard.start()
    try:
        yield opened
    finally:
        guard.cancel()
        opened.close()


def _cut(opened: socket.socket) -> None:
    try:
        opened.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Closed by the other side, or by us at the same moment.
        return


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    # The certificate is for the name that was asked for. The machine's own list of authorities: a
    # company's own may be in it.
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _json(answer: http.client.HTTPResponse) -> Any:
    if answer.status not in OK:
        raise LookupFailedError(f"the service answered {answer.status}")
    received = answer.read(MAX_BYTES + 1)
    if len(received) > MAX_BYTES:
        raise LookupFailedError(f"the answer is longer than {MAX_BYTES} bytes")
    try:
        return json.loads(received)
    except ValueError as error:
        raise LookupFailedError("the answer is not JSON") from error
    except RecursionError as error:
        raise LookupFailedError("the answer is nested too deep") from error
