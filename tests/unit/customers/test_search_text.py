"""The encoded text of the search finds the parts of what it was made of, and no others."""

from hypothesis import given
from hypothesis import strategies as st

from apps.customers.engine.search_text import (
    encoded,
    name_key,
    search_text,
    search_words,
    telling_part,
)
from apps.customers.pinyin import pinyin_words

WORD = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12
).filter(lambda text: text.strip() != "")


def test_chinese_is_letters_and_digits_in_every_locale() -> None:
    assert encoded("王芳 A-1") == "u738bzu82b3z au002dz1"
    assert search_words("王") == ["u738bz"]


def test_number_written_with_blanks_is_one_word() -> None:
    assert search_words("138-0013 8000") == ["13800138000"]


def test_names_that_differ_in_case_width_and_marks_are_one() -> None:
    assert name_key("Ａcme, Ltd.") == name_key("acme ltd") == "acmeltd"


def test_name_is_typed_by_sound() -> None:
    assert pinyin_words("王芳") == ("wangfang", "wf")
    assert pinyin_words("Smith") == ()


@given(WORD, WORD, st.data())
def test_every_part_of_a_word_is_found(first: str, second: str, data: st.DataObject) -> None:
    text = search_text([first, second])
    start = data.draw(st.integers(0, len(second) - 1))
    end = data.draw(st.integers(start + 1, len(second)))
    part = second[start:end]
    # Folding may join a part's signs otherwise than the whole's; then nothing is promised.
    if encoded(part) in encoded(second) and search_words(part) == [encoded(part)]:
        assert all(word in text for word in search_words(part))


@given(WORD)
def test_what_the_index_looks_for_is_a_part_of_what_was_typed(word: str) -> None:
    for typed in search_words(word):
        assert telling_part(typed) in typed


def test_index_looks_for_the_end_of_a_number_and_the_beginning_of_an_address() -> None:
    assert telling_part("13800138000") == "00138000"
    assert telling_part("8000") == "8000"
    assert telling_part(encoded("anna.li@example.com")) == encoded("anna.li")[-8:]
    assert telling_part(encoded("anna@example.com")) == encoded("anna@")
    assert telling_part(encoded("al@example.com")) == encoded("al@example.com")
