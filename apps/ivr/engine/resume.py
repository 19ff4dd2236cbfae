"""The state of a run as one short text, and back: it waits in a channel variable of Asterisk's.

The text is JSON, compressed, in base64 of letters, digits, `_`, `-` and `=`: nothing that a
dialplan or an AGI command reads as its own. Whatever comes back is treated as a stranger's.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from apps.ivr.engine.run import STEP_LIMIT, ResumeError
from apps.ivr.engine.steps import VALUE_LIMIT, VARIABLE, Frame, Resume

# An AGI command has at most 2046 bytes, the variable's name and quotes among them.
MAX_TEXT = 1900
MAX_JSON = 200_000
# No call waits a day.
MAX_AGE_S = 86_400
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-=")


def resume_write(state: Resume, *, versions: Mapping[str, int], at: float) -> str:
    """Return the text; `versions` are the flows' by name, `at` seconds since 1970.

    Raises ResumeError when it would be too long for a channel variable (variables full of text).
    """
    raw = {
        "v": dict(versions),
        "t": int(at),
        "f": [[frame.flow, frame.back, list(frame.menus)] for frame in state.frames],
        "n": state.node,
        "l": state.language,
        "s": state.steps,
        "x": dict(state.variables),
    }
    packed = zlib.compress(json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    text = base64.urlsafe_b64encode(packed).decode("ascii")
    if len(text) > MAX_TEXT:
        raise ResumeError(f"the state is too long: {len(text)} characters")
    return text


def resume_read(text: str, *, now: float) -> tuple[Resume, dict[str, int]]:
    """Return the state and the flows' versions by name. Raises ResumeError."""
    if not text or len(text) > MAX_TEXT or not LETTERS.issuperset(text):
        raise ResumeError("no state")
    try:
        # Bounded: a small text can unfold to gigabytes.
        opened = zlib.decompressobj().decompress(base64.urlsafe_b64decode(text), MAX_JSON)
        raw = json.loads(opened)
    except (ValueError, binascii.Error, zlib.error, RecursionError) as error:
        raise ResumeError("an unreadable state") from error
    try:
        return _read(raw, now)
    except (KeyError, TypeError, ValueError) as error:
        raise ResumeError(f"a wrong state: {error}") from error


def _read(raw: Any, now: float) -> tuple[Resume, dict[str, int]]:
    age_s = now - _whole(raw["t"])
    if not -MAX_AGE_S <= age_s <= MAX_AGE_S:
        raise ResumeError("an old state")
    versions = {_text(name): _whole(number) for name, number in raw["v"].items()}
    variables = {_text(name): _text(value) for name, value in raw["x"].items()}
    if any(not VARIABLE.fullmatch(name) for name in variables):
        raise ResumeError("a variable of no name")
    if not 0 < len(raw["f"]) <= STEP_LIMIT + 1:
        raise ResumeError("too many flows")
    frames = tuple(
        Frame(_text(flow), _text(back), tuple(_text(menu) for menu in menus))
        for flow, back, menus in raw["f"]
    )
    steps = _whole(raw["s"])
    state = Resume(
        frames=frames,
        node=_text(raw["n"]),
        language=_text(raw["l"]),
        steps=steps,
        variables=variables,
    )
    return state, versions


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > VALUE_LIMIT:
        raise ValueError("not a short text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**40:
        raise ValueError("not a whole number")
    return value
