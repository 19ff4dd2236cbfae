"""Texts with `{variable}` in them: addresses and JSON bodies of HTTP look-ups."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from apps.ivr.engine.steps import VARIABLE

HOLE = re.compile(r"\{([^{}]*)\}")


class TemplateError(ValueError):
    """A text that means nothing; the message says why."""


def template_check(text: str) -> None:
    """Refuse a hole that is no variable. Raises TemplateError."""
    for name in HOLE.findall(text):
        if not VARIABLE.fullmatch(name):
            raise TemplateError(f"{{{name}}} is no variable")
    if set(HOLE.sub("", text)) & {"{", "}"}:
        raise TemplateError("a brace without its partner")


def address_check(template: str) -> None:
    """Refuse an address whose host a caller could choose. Raises TemplateError."""
    template_check(template)
    try:
        parts = urlsplit(template)
        port = parts.port
    except ValueError as error:
        raise TemplateError("this is no address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise TemplateError("an address begins with http:// or https:// and has a host")
    if "{" in parts.netloc or parts.username or parts.password:
        raise TemplateError("host and port are fixed, and no password is in the address")


def address_fill(template: str, variables: Mapping[str, str]) -> str:
    """Return the address; values are quoted, so none adds a path, a parameter or a host."""
    return HOLE.sub(lambda found: quote(variables.get(found[1], ""), safe=""), template)


def body_fill(body: Any, variables: Mapping[str, str]) -> Any:
    """Return a JSON value with the holes of its texts filled; values stay texts."""
    if isinstance(body, str):
        return HOLE.sub(lambda found: variables.get(found[1], ""), body)
    if isinstance(body, list):
        return [body_fill(item, variables) for item in body]
    if isinstance(body, dict):
        return {name: body_fill(value, variables) for name, value in body.items()}
    return body
