"""A number as people write it, as it is dialled."""

import re
import unicodedata

LONGEST = 80
# What is between digits: blanks, hyphens, dots, slashes, brackets.
BETWEEN = re.compile(r"[\s\-‐‑‒–—―－.·/()\[\]（）]+")
LETTERED = re.compile(r"[^0-9+*#]")


def dial_text(text: str) -> str:
    """Return what to dial of pasted text; '' when it is not one number.

    `tel:`, `sip:` and `callto:` links, full-width digits, blanks, hyphens and brackets are taken;
    what follows `;` or `?` in a link is dropped; `+86 (0)10` loses its trunk prefix.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).strip()
    is_link = re.match(r"(?i)(tel|callto|sips?):(//)?", plain)
    if is_link:
        plain = re.split(r"[;?@]", plain[is_link.end() :])[0]
    if plain.startswith("+"):
        plain = plain.replace("(0)", "", 1)
    found = BETWEEN.sub("", plain)
    if LETTERED.search(found) or "+" in found[1:]:
        return ""
    return found
