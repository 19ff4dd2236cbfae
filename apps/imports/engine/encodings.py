"""Guess how a file's text is written, from its first bytes."""

import codecs

from charset_normalizer import from_bytes

ENCODINGS = ("utf-8", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5", "cp1252")
FALLBACK = "gb18030"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NUL_SHARE = 0.2
_OTHER_SIDE = 0.125
# What a normaliser may answer, and what we read it as.
_SAME = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "cp950": "big5"}


def encoding_guess(sample: bytes) -> str:
    """Return one of `ENCODINGS` for the sample, which may be cut anywhere. Never raises."""
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    if wide := utf16_guess(sample):
        return wide
    if _decodes(sample, "utf-8"):
        return "utf-8"
    if _decodes(sample, "gb18030") and _is_chinese(sample):
        return "gb18030"
    best = from_bytes(sample[:65536], cp_isolation=["big5", "cp1252", "gb18030"]).best()
    named = _SAME.get(best.encoding, best.encoding) if best else FALLBACK
    return named if named in ENCODINGS else FALLBACK


def utf16_guess(sample: bytes) -> str:
    """Return which UTF-16 without a mark it is: NULs on one side of the pairs. '' for none.

    A few stand on the other side too: of 一 (U+4E00) the low byte is one.
    """
    pairs = len(sample) // 2
    if not pairs:
        return ""
    even, odd = sample[0 : 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
    if odd > _NUL_SHARE * pairs and even <= odd * _OTHER_SIDE:
        return "utf-16-le"
    if even > _NUL_SHARE * pairs and odd <= even * _OTHER_SIDE:
        return "utf-16-be"
    return ""


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(sample: bytes) -> bool:
    """Say whether what is not ASCII reads as common Chinese when taken for GB18030."""
    text = codecs.getincrementaldecoder("gb18030")("ignore").decode(sample)
    foreign = [char for char in text if ord(char) > 127]
    common = sum(
        0x4E00 <= ord(char) <= 0x9FFF or 0x3000 <= ord(char) <= 0x303F or ord(char) >= 0xFF00
        for char in foreign
    )
    # Level 1 of GB 2312, what people write, lies in B0A1-D7FA; accents of Latin text do not.
    level_one = sum(b"\xb0" <= char.encode("gb18030")[:1] <= b"\xd7" for char in foreign)
    return bool(foreign) and common > 0.8 * len(foreign) and level_one > 0.5 * len(foreign)
