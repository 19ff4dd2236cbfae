"""Words, queries, highlights, differences, and what is kept of somebody's HTML."""

import time
from collections.abc import Set
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.engine import highlight
from apps.knowledge.engine.clean import clean_html, is_too_deep
from apps.knowledge.engine.diff import ADDED, REMOVED, differences
from apps.knowledge.engine.highlight import excerpt, marked
from apps.knowledge.engine.plain import html_text
from apps.knowledge.engine.query import (
    MAX_ALTERNATIVES,
    MAX_TERMS,
    Query,
    edits,
    hints,
    loose,
    strict,
)
from apps.knowledge.engine.words import MAX_WORD, article_words, words

ALPHABET = "退货流程换修保查询余额A bc1,。\n<>&"
CHINESE = st.text(alphabet=ALPHABET, max_size=60)


def asked(text: str, *groups: list[str]) -> list[list[tuple[str, ...]]]:
    return [[one.words for one in term.alternatives] for term in strict(text, groups).terms]


def test_chinese_is_cut_into_pairs_and_latin_into_words() -> None:
    assert dict(words("退货流程 iPhone ＡＢＣ")) == {
        "退货": 1,
        "货流": 1,
        "流程": 1,
        "iphone": 1,
        "abc": 1,
    }


def test_title_weighs_more_than_tags_and_tags_more_than_text() -> None:
    found = article_words(title="退货", tags=["保修"], keywords=[], text="换货换货")
    assert found["退货"] > found["保修"] > found["换货"] > 0
    assert found["tuihuo"] < found["保修"]
    assert "#保修" in found


def test_question_words_are_left_out_unless_there_is_nothing_else() -> None:
    assert asked("怎么退货") == [[("退货",)]]
    assert asked("how do I return") == [[("return",)]]
    assert asked("如何") == [[("如何",)]]


def test_synonym_stands_for_its_word_inside_a_longer_one() -> None:
    assert asked("办理退货", ["退货", "退款"])[0][1] == ("办理", "理退", "退款")
    assert asked("refund", ["refund", "退款"])[0][1] == ("退款",)


def test_one_wrong_letter_and_a_word_that_sounds_alike_are_understood() -> None:
    assert "refund" in edits("refnud") & edits("refud") & edits("refundd") & edits("rexund")
    heard = [one.words for one in loose("腿货").terms[0].alternatives]
    assert ("tuihuo",) in heard


@given(st.text(max_size=400), st.lists(st.lists(st.text(max_size=10), max_size=3), max_size=3))
def test_any_text_is_a_bounded_query(text: str, groups: list[list[str]]) -> None:
    for query in (strict(text, groups), loose(text, groups), hints([text], groups)):
        assert len(query.terms) <= MAX_TERMS
        for term in query.terms:
            assert term.alternatives
            assert len(term.alternatives) <= MAX_ALTERNATIVES + 3
            for one in term.alternatives:
                assert 1 <= one.need <= len(one.words)
        assert all(query.words)


@given(st.text(max_size=300), st.text(max_size=30))
def test_words_fit_their_column(text: str, title: str) -> None:
    found = article_words(title=title, tags=[title], keywords=[title], text=text)
    assert all(0 < len(word) <= MAX_WORD and weight > 0 for word, weight in found.items())


@given(CHINESE, CHINESE)
def test_article_is_found_by_any_part_of_its_title(before: str, after: str) -> None:
    found = article_words(title=f"{before}退货流程{after}", tags=[], keywords=[], text="")
    for term in strict("退货流程").terms:
        met = [one for one in term.alternatives if len(set(one.words) & set(found)) >= one.need]
        assert met


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_pieces_are_the_text(text: str, marks: list[str]) -> None:
    assert "".join(piece.text for piece in marked(text, marks)) == text
    assert len("".join(piece.text for piece in excerpt(text, marks))) <= 162


def test_mark_is_where_the_word_stands() -> None:
    pieces = [
        (piece.text, piece.is_hit) for piece in marked("申请退货。Refunds 退", ["退货", "refund"])
    ]
    assert pieces == [
        ("申请", False),
        ("退货", True),
        ("。", False),
        ("Refund", True),
        ("s 退", False),
    ]


@given(
    st.text(alphabet="退货re ﬁi,", max_size=60),
    st.lists(st.sampled_from(["退货", "货退", "re", "fi", "er", "i"]), min_size=1, max_size=3),
)
def test_excerpt_begins_at_the_first_mark_however_far_it_reads_at_once(
    text: str, marks: list[str]
) -> None:
    flat = " ".join(text.split())
    at = 0
    for piece in marked(flat, marks):
        if piece.is_hit:
            break
        at += len(piece.text)
    expected = at if at < len(flat) else 0
    for stride in (1, 2, 5, 500):
        with mock.patch.object(highlight, "STRIDE", stride):
            assert highlight._first(flat, marks) == expected


def is_met(query: Query, has: Set[str]) -> bool:
    return bool(query.terms) and all(
        any(len(has & set(one.words)) >= one.need for one in term.alternatives)
        for term in query.terms
    )


@given(
    st.text(alphabet="退货流程 wif", max_size=20),
    st.sets(st.sampled_from(["退货", "货流", "流程", "退", "货", "wi", "wif", "tuihuo"])),
    st.data(),
)
def test_without_words_that_nobody_has_the_same_is_met(
    text: str, known: set[str], data: st.DataObject
) -> None:
    article = data.draw(st.sets(st.sampled_from(sorted(known)))) if known else set()
    for query in (strict(text), loose(text), hints([text])):
        less = query.known(known)
        assert set(less.words) <= known
        assert is_met(less, article) == is_met(query, article)


@given(CHINESE, CHINESE)
def test_difference_gives_both_texts_back(old: str, new: str) -> None:
    lines = differences(old, new)

    def side(other: str) -> list[str]:
        kept = [[p for p in line.parts if p.kind != other] for line in lines]
        return ["".join(p.text for p in parts) for parts in kept]

    def whole(text: str) -> list[str]:
        return [line for line in text.split("\n") if line]

    assert [line for line in side(ADDED) if line] == whole(old)
    assert [line for line in side(REMOVED) if line] == whole(new)


def test_difference_is_of_words() -> None:
    (line,) = differences("七天内可以退货", "十五天内可以退货")
    assert [(part.kind, part.text) for part in line.parts] == [
        ("removed", "七"),
        ("added", "十五"),
        ("same", "天内可以退货"),
    ]


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">a</a>',
    '<a href="JaVaScRiPt&#58;alert(1)">a</a>',
    '<a href="\x01javascript:alert(1)">a</a>',
    '<a href="java\tscript:alert(1)">a</a>',
    '<a href="data:text/html,<script>alert(1)</script>">a</a>',
    '<a href="//evil.example">a</a>',
    '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
    '<img src="https://evil.example/pixel.png">',
    '<img src="/logout/">',
    "<svg><script>alert(1)</script></svg>",
    '<svg onload="alert(1)">',
    '<p style="background:url(javascript:alert(1))">a</p>',
    "<style>@import 'https://evil.example'</style>",
    "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<form action=/logout/><button formaction=javascript:alert(1)>x</button></form>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<template><script>alert(1)</script></template>",
    '<p id="work" class="toast-line" data-testid="x" hx-get="/logout/" hx-trigger="load">a</p>',
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<object data=x></object><embed src=x>",
    "<!--[if gte mso 9]><xml><script>alert(1)</script></xml><![endif]-->",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_an_attack_is_kept(attack: str) -> None:
    kept = clean_html(attack).lower()
    for word in (
        "<script",
        "onerror=",
        "onload",
        "javascript:",
        "data:",
        "style",
        "evil",
        "<svg",
        "<form",
        "<iframe",
        "hx-",
        "<math",
        "<meta",
        "<base",
        "<object",
        "logout",
        "<!--",
    ):
        assert word not in kept, kept


@given(st.lists(st.sampled_from([*ATTACKS, "<p>", "</p>", "退货", "<", '"', "&lt;"]), max_size=6))
def test_cleaning_twice_changes_nothing(parts: list[str]) -> None:
    once = clean_html("".join(parts))
    assert clean_html(once) == once
    html_text(once)


def test_what_word_pastes_becomes_plain_paragraphs() -> None:
    pasted = (
        '<p class="MsoNormal" style="margin:0"><b><span lang="ZH-CN" style="font-family:宋体">退货'
        "</span></b><o:p></o:p></p>"
        '<table class="MsoTableGrid" style="x"><tr><td width="100" style="y"><p>一</p></td></tr>'
        "</table>"
    )
    assert clean_html(pasted) == (
        "<p><b>退货</b></p><table><tbody><tr><td><p>一</p></td></tr></tbody></table>"
    )
    assert html_text(clean_html(pasted)) == "退货\n一"


def test_links_and_our_own_pictures_stay() -> None:
    kept = clean_html(
        '<a href="https://example.com/">a</a><a href="/knowledge/12/">b</a>'
        '<img src="/knowledge/files/7/" alt="图">'
    )
    assert 'href="https://example.com/"' in kept
    assert 'href="/knowledge/12/"' in kept
    assert '<img src="/knowledge/files/7/" alt="图">' in kept


@pytest.mark.parametrize(
    "part", ["<ul>", "<ul><li>", "<DIV>", "<ul></b>", "<ul><table><td></ul>", "<b></i>", "<x-y z>"]
)
def test_a_million_open_elements_are_not_parsed(part: str) -> None:
    begun = time.process_time()
    assert is_too_deep(part * (1_000_000 // len(part)))
    assert time.process_time() - begun < 5  # nh3 takes minutes


def test_long_articles_are_not_deep() -> None:
    row = "<tr><td>a<br><img src='x'><td><p>b<ul><li>c<li>d</ul>"
    assert not is_too_deep(f"<table>{row * 9_000}</table>" + "<p>a <b>b</b> <I>c</i></x>" * 9_000)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\n" * 12_000, "b\na\nc\n" * 8_000),
        ("退\n" * 25_000, "退\n货\n" * 25_000),
        (("退货" * 700 + "\n") * 60, ("货退流" * 450 + "\n") * 60),
        ("退" * 100_000, "退货" * 50_000),
    ],
)
def test_texts_that_repeat_themselves_are_compared_in_time(old: str, new: str) -> None:
    begun = time.process_time()
    lines = differences(old, new)
    assert time.process_time() - begun < 10  # without a limit: hours
    for text, other in ((old, ADDED), (new, REMOVED)):
        told = ["".join(p.text for p in line.parts if p.kind != other) for line in lines]
        assert "".join(told) == text.replace("\n", "")


def test_text_of_html_has_a_line_for_each_paragraph() -> None:
    html = "<h2>退货</h2><p>七天 &amp; 内</p><ul><li>一</li><li>二</li></ul>"
    assert html_text(html) == "退货\n七天 & 内\n• 一\n• 二"
    edited = "<ul><li><p>一</p></li><li><p>二</p></li></ul>"
    assert html_text(edited) == "• 一\n• 二"
    table = (
        "<table><tbody><tr><td><p>一</p></td><td>二</td></tr><tr><td>三</td></tr></tbody></table>"
    )
    assert html_text(table) == "一 | 二\n三"
