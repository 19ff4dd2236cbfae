"""Say in the person's language what the engine, which knows only English, complains about."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

NODE = re.compile(r"^node (?:'.*?'|\".*?\"): ")
Tell = Callable[[re.Match[str]], str]


def _either(_match: re.Match[str]) -> str:
    return _("Fill in one of the fields that exclude each other.")


def _choose(_match: re.Match[str]) -> str:
    return _("Fill in this field.")


# Pattern, the field when the complaint does not begin with it, and how it is said.
STRUCTURE: tuple[tuple[re.Pattern[str], str, Tell], ...] = (
    (
        re.compile(r"(?P<field>\w+) must be (?:a whole number, )?(?P<low>\S+) to (?P<high>\S+)$"),
        "",
        lambda found: _("Must be %(low)s to %(high)s.") % found.groupdict(),
    ),
    (re.compile(r"(?P<field>\w+) must be one of "), "", _choose),
    (re.compile(r"(?P<field>\w+) must be an? (?:queue|calendar|PIN|flow|.*look-up)"), "", _choose),
    (
        re.compile(r"(?P<field>\w+) must be a variable's name"),
        "",
        lambda _found: _("A variable has small letters, digits and _, at most 40; a letter first."),
    ),
    (
        re.compile(r"(?P<field>\w+) '.*' belongs to the call"),
        "",
        lambda _found: _("This variable belongs to the call and cannot be set."),
    ),
    (
        re.compile(r"(?P<field>\w+) must be a number of 3 to 20 digits"),
        "",
        lambda _found: _("Must be 3 to 20 digits."),
    ),
    (
        re.compile(r"(?P<field>\w+) must (?:be a list of|hold texts of|have at most) "),
        "",
        lambda _found: _("Empty, too many or too long."),
    ),
    (
        re.compile(r"there is no field '(?P<name>.*)'$"),
        "",
        lambda found: _("A step of this kind has no setting “%(name)s”.") % found.groupdict(),
    ),
    (
        re.compile(r"there is no kind '(?P<name>.*)'$"),
        "",
        lambda found: _("There is no kind of step “%(name)s”.") % found.groupdict(),
    ),
    (
        re.compile(r"a menu has at least one key"),
        "keys",
        lambda _found: _("Give the menu at least one key."),
    ),
    (
        re.compile(r"a key means two things"),
        "keys",
        lambda _found: _("A key means two things: look at keys, one level back and again."),
    ),
    (re.compile(r".* has either \w+ or \w+"), "", _either),
    (
        re.compile(r"\w+ needs a number as its value"),
        "cases",
        lambda _found: _("The comparison needs a number."),
    ),
    (
        re.compile(r"\w+ (?:needs a value|has values|has one value)"),
        "cases",
        lambda _found: _("The comparison needs a value."),
    ),
)


def structure_told(text: str) -> tuple[str, str]:
    """Return the field, '' when none is named, and what is wrong with it."""
    why = NODE.sub("", text)
    for pattern, field, tell in STRUCTURE:
        if found := pattern.match(why):
            return field or found.groupdict().get("field", ""), tell(found)
    return "", _("This cannot run as it is: %(why)s") % {"why": why}


def _expectations() -> dict[str, str]:
    return {
        "next": _("End"),
        "target": _("Destination"),
        "waits": _("Waits for keys"),
        "path": _("Way"),
    }


FAULTS: tuple[tuple[re.Pattern[str], Tell], ...] = (
    (
        re.compile(r"variable '(?P<name>.*?)': expected (?P<wanted>.*), came (?P<came>.*)$"),
        lambda found: (
            _("Variable %(name)s: expected %(wanted)s, came %(came)s") % found.groupdict()
        ),
    ),
    (
        re.compile(r"plays: (?P<name>.*) was not heard in its turn; heard: (?P<heard>.*)$"),
        lambda found: (
            _("Prompt %(name)s was not heard in its turn; heard: %(heard)s") % found.groupdict()
        ),
    ),
    (
        re.compile(
            r"(?P<name>next|target|waits|path): expected (?P<wanted>.*), came (?P<came>.*)$"
        ),
        lambda found: (
            _("%(what)s: expected %(wanted)s, came %(came)s")
            % {**found.groupdict(), "what": _expectations()[found["name"]]}
        ),
    ),
    (
        re.compile(r"steps: the last (?P<count>\d+) were never asked for"),
        lambda found: _("The last %(count)s steps were never asked for") % found.groupdict(),
    ),
)


def fault_told(text: str) -> str:
    """Return what a flow test expected in vain."""
    for pattern, tell in FAULTS:
        if found := pattern.match(text):
            return tell(found)
    return text
