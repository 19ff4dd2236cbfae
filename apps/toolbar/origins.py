"""What an origin is, exactly: scheme, host and port as a browser writes them. Pure."""

import re

# Names and IPv4; no wildcard, no path, nothing that could begin another directive in the header.
ORIGIN = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([0-9]{1,5}))?")
LOOPBACK = re.compile(r"localhost|127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")
DEFAULT_PORTS = {"http": "80", "https": "443"}


def is_exact_origin(text: str) -> bool:
    """Say whether a browser would call itself so.

    Not with a default port, which browsers leave out. Without TLS only on the machine itself: such
    a page gets no microphone, and its frame's token could be read on the way.
    Source: RFC 6454 §6.2; W3C Secure Contexts §3.1.
    """
    found = ORIGIN.fullmatch(text)
    if found is None:
        return False
    scheme, host, port = found.groups()
    if port is not None and (port == DEFAULT_PORTS[scheme] or port.startswith("0")):
        return False
    if port is not None and int(port) > 65535:
        return False
    return scheme == "https" or LOOPBACK.fullmatch(host) is not None
