"""The text that the customer search looks at. Pure.

PostgreSQL's trigrams (pg_trgm) know letters and digits only, and which letters depends on the
database's locale: in a C locale 王芳 has none. So every character that is no ASCII letter or digit
is written as `u` and its four or more hex digits and `z`: 王 is `u738bz`, in every locale three
trigrams and more. A part of the original is a part of the encoded text; the other way round only
for who types such codes.
"""

import re
import unicodedata
from collections.abc import Iterable

NOT_PLAIN = re.compile(r"[^a-z0-9]")
SEPARATOR = " "
MAX_TEXT = 4_000
MAX_WORDS = 6
ONE_SIGN = re.compile(r"u[0-9a-f]{4,6}z")
AT_SIGN = "u0040z"
TELLING, TELLING_END = 4, 8


def folded(text: str) -> str:
    """Return the text as it is compared: NFKC, lower case, one space between words."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.replace("\0", "").casefold().split())


def name_key(name: str) -> str:
    """Return what duplicates by name are compared by: letters and digits alone, at most 100."""
    return "".join(sign for sign in folded(name) if sign.isalnum())[:100]


def encoded(text: str) -> str:
    """Return folded text in letters and digits; words stay apart."""
    return SEPARATOR.join(_word(word) for word in folded(text).split())


def _word(word: str) -> str:
    return NOT_PLAIN.sub(_coded, word)


def _coded(sign: re.Match[str]) -> str:
    return f"u{ord(sign[0]):04x}z"


def search_text(parts: Iterable[str]) -> str:
    """Return all parts encoded, each once, at most `MAX_TEXT` characters."""
    seen = dict.fromkeys(filter(None, (encoded(part) for part in parts)))
    return SEPARATOR.join(seen)[:MAX_TEXT]


def search_words(wanted: str) -> list[str]:
    """Return what must all occur in a `search_text`, at most `MAX_WORDS` of 40 characters.

    A number written with blanks or hyphens (138-0013 8000) is one word of digits.
    """
    text = folded(wanted)[:200]
    if re.fullmatch(r"\+?[0-9()\s.-]{5,}", text):
        return [re.sub(r"[^0-9]", "", text)]
    return [_word(word[:40]) for word in text.split()[:MAX_WORDS]]


def is_telling(word: str) -> bool:
    """Say whether few customers are likely to have this encoded word: not one sign, nor three."""
    return len(word) >= TELLING and ONE_SIGN.fullmatch(word) is None


def telling_part(word: str) -> str:
    """Return the part of a long word that few customers have, for the index to look at.

    A trigram index reads the list of every trigram asked for; those of a mail provider's name, of
    the @ before it, or of how a company's numbers begin, lie in half of all customers. The rest of
    the word is compared in the rows that are found.
    """
    local, sign, _provider = word.partition(AT_SIGN)
    if sign and len(local) >= TELLING:
        return local[-TELLING_END:] if len(local) >= TELLING_END else local + sign
    return word[-TELLING_END:] if word.isdigit() else word
