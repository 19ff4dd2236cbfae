"""Whatever meets a term has one of its telling words."""

import math

from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.candidates import telling_words
from apps.knowledge.engine.query import Alternative, Term

WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6, unique=True)


@given(st.data(), WORDS, st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9)))
def test_no_article_that_meets_the_term_is_without_them(
    data: st.DataObject, words: list[str], met: dict[str, int]
) -> None:
    need = data.draw(st.integers(1, len(words)))
    term = Term((Alternative(tuple(words), need),))
    article = set(data.draw(st.lists(st.sampled_from(words), min_size=need, unique=True)))
    assert len(article) >= need
    assert article & telling_words(term, met)


@given(WORDS)
def test_the_rarest_are_taken(words: list[str]) -> None:
    met = {word: at for at, word in enumerate(words)}
    need = math.ceil(len(words) * 0.6)
    term = Term((Alternative(tuple(words), need),))
    assert telling_words(term, met) == set(words[: len(words) - need + 1])
