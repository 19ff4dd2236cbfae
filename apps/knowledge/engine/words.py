"""Cut texts into the words by which articles are found.

Chinese has no spaces: a run of characters gives each two that stand side by side (退货流程 gives
退货, 货流, 流程), so that any part of two characters is found. Other scripts give whole words in
lower case. What stands in a title or among the tags also gives its single characters, its sounds
(pinyin, two syllables together) and the beginnings of its words, for what is typed in haste.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from pypinyin import Style, lazy_pinyin

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")
IS_HAN = re.compile(rf"[{HAN}]")
MAX_WORD = 40
TITLE, TAG, BODY_MOST = 100, 30, 4
SINGLE, SOUND, BEGINNING = 10, 8, 5
TAG_MARK = "#"


def plain_form(text: str) -> str:
    """Return the text as it is compared: NFKC, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def runs(text: str) -> list[str]:
    """Return the runs of Chinese characters and the words of a text in order."""
    return [
        found[:MAX_WORD] if not IS_HAN.match(found) else found
        for found in RUN.findall(plain_form(text))
    ]


def is_han(run: str) -> bool:
    """Say whether a run is Chinese."""
    return bool(IS_HAN.match(run))


def run_words(run: str) -> list[str]:
    """Return the words of one run; a single character is a word."""
    if not is_han(run) or len(run) == 1:
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]


def words(text: str) -> Counter[str]:
    """Return the words of a text and how often each stands there."""
    return Counter(word for run in runs(text) for word in run_words(run))


def sounds(run: str) -> list[str]:
    """Return the sounds of each two neighbouring characters of a Chinese run: tuihuo."""
    syllables = lazy_pinyin(run, style=Style.NORMAL, errors="ignore")
    return [first + second for first, second in pairwise(syllables)]


def tag_word(tag: str) -> str:
    """Return the word by which a whole tag is found."""
    return TAG_MARK + plain_form(tag).strip()[: MAX_WORD - 1]


def article_words(
    *, title: str, tags: Iterable[str], keywords: Iterable[str], text: str
) -> dict[str, int]:
    """Return every word of an article with its weight: title before tags before body."""
    found: dict[str, int] = {}

    def add(word: str, weight: int) -> None:
        if weight > found.get(word, 0):
            found[word] = weight

    for word, count in words(text).items():
        add(word, min(BODY_MOST, 1 + int(math.log2(count))))
    tags = list(tags)
    for weight, strong in ((TITLE, [title]), (TAG, [*tags, *keywords])):
        for run in (run for part in strong for run in runs(part)):
            for word in run_words(run):
                add(word, weight)
            for word in run if is_han(run) else ():
                add(word, SINGLE)
            for word in sounds(run) if is_han(run) else ():
                add(word[:MAX_WORD], SOUND)
            for end in range(2, len(run)) if not is_han(run) else ():
                add(run[:end], BEGINNING)
    for tag in tags:
        add(tag_word(tag), 1)
    return found
