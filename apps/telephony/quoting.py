"""The one place where values from outside are made safe for Asterisk's AGI and AMI.

Both protocols are lines of text: a newline in a caller's name would be a second command or header.
"""

import re

MAX_LENGTH = 1024
# Asterisk reads an AGI line into 2,048 bytes and takes what is beyond for the next command: a long
# value would be an injection without any newline. Source: Asterisk 22 res_agi.c AGI_BUF_LEN.
MAX_AGI_BYTES = 1000
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def _plain(value: object) -> str:
    """Return the text without control characters and half surrogates, bounded."""
    text = _CONTROLS.sub(" ", str(value))[:MAX_LENGTH]
    return text.encode("utf-8", "replace").decode("utf-8")


def ami_value(value: object) -> str:
    """Return a value that stays in its AMI header: control characters become one space."""
    return _plain(value).strip()


def agi_quote(value: object) -> str:
    r"""Return a value as one quoted AGI argument: `"` and `\` escaped, controls become a space.

    At most `MAX_AGI_BYTES` bytes of UTF-8, the escapes counted; what is beyond is cut off.
    Source: Asterisk 22 res_agi.c parse_args (backslash escapes the next character, quotes group).
    """
    room = MAX_AGI_BYTES
    kept = []
    for char in _plain(value):
        escaped = f"\\{char}" if char in '"\\' else char
        room -= len(escaped.encode())
        if room < 0:
            break
        kept.append(escaped)
    return '"' + "".join(kept) + '"'
