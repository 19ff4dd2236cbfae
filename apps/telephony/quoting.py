"""The one place where values from outside are made safe for Asterisk's AGI and AMI.

Both protocols are lines of text: a newline in a caller's name would be a second command or header.
"""

import re

MAX_LENGTH = 1024
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def ami_value(value: object) -> str:
    """Return a value that stays in its AMI header: control characters become one space."""
    return _CONTROLS.sub(" ", str(value))[:MAX_LENGTH].strip()


def agi_quote(value: object) -> str:
    r"""Return a value as one quoted AGI argument: `"` and `\` escaped, controls become a space.

    Source: Asterisk 22 res_agi.c parse_args (backslash escapes the next character, quotes group).
    """
    text = _CONTROLS.sub(" ", str(value))[:MAX_LENGTH]
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
