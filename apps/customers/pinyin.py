"""How Chinese names are typed by sound."""

from functools import lru_cache

from apps.customers.engine.search_text import folded

CJK = range(0x3400, 0xA000)


def pinyin_words(name: str) -> tuple[str, ...]:
    """Return how a Chinese name is typed by sound: wangfang and wf; nothing for other names."""
    found = tuple(_sound(sign) for sign in folded(name) if ord(sign) in CJK)
    return ("".join(found), "".join(sound[:1] for sound in found)) if found else ()


@lru_cache(maxsize=8_000)
def _sound(sign: str) -> str:
    # Imported at the first use: its tables take memory that callers in menus never need.
    from pypinyin import Style
    from pypinyin.core import lazy_pinyin

    return str("".join(lazy_pinyin(sign, style=Style.NORMAL, errors="ignore")))
