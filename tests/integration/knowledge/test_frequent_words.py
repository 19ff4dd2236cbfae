"""Searches of words that very many articles have: what is looked at, and what is found.

The limits are made small; that a search with the real ones takes its time, tests/bench/knowledge.py
says.
"""

import random
from typing import Any

import pytest
from django.db import connection

from apps.core.tenancy import tenant_scope
from apps.knowledge import candidates as limits
from apps.knowledge import search
from apps.knowledge.search import article_search, article_suggest
from tests.factories import ArticleFactory
from tests.integration.knowledge.shelf import Shelf

pytestmark = pytest.mark.django_db

needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite looks at all articles"
)
WORDS = ("客户", "退货", "发票", "工作日", "refund", "wifi")


@pytest.fixture
def shelf_of_many(shelf: Shelf) -> Shelf:
    """Give 60 articles of frequent words; some are for another department, each third by tag."""
    rng = random.Random(7)
    for at in range(60):
        told = " ".join(rng.choices(WORDS, k=8))
        ArticleFactory(
            tenant=shelf.tenant,
            owner=shelf.writer,
            title=f"{rng.choice(WORDS)} {at}",
            tags=[rng.choice(WORDS)] if at % 3 == 0 else [],
            body=f"<p>{told}</p>",
        )
    return shelf


def keys(shelf: Shelf, text: str) -> list[int]:
    return list(article_search(user=shelf.reader, text=text).keys)


@needs_postgresql
def test_with_a_rare_word_nothing_is_missed(
    shelf_of_many: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = ArticleFactory(
        tenant=shelf_of_many.tenant, owner=shelf_of_many.writer, title="保修卡", body="<p>客户</p>"
    )
    plain = {text: keys(shelf_of_many, text) for text in ("客户 保修卡", "客户 退货 refund")}
    assert plain["客户 保修卡"] == [rare.pk]
    monkeypatch.setattr(limits, "FREQUENT", 10)
    assert keys(shelf_of_many, "客户 保修卡") == plain["客户 保修卡"]
    # 400 of each are more than there are: the same is found, in the same order.
    assert keys(shelf_of_many, "客户 退货 refund") == plain["客户 退货 refund"]


@needs_postgresql
def test_of_frequent_words_the_best_are_looked_at(
    shelf_of_many: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = keys(shelf_of_many, "客户 退货")
    monkeypatch.setattr(limits, "FREQUENT", 10)
    monkeypatch.setattr(limits, "CANDIDATES", 10)
    monkeypatch.setattr(limits, "LEAST", 5)
    monkeypatch.setattr(limits, "MOST_ROWS", 0)
    limited = keys(shelf_of_many, "客户 退货")
    assert 0 < len(limited) <= 10
    # Of those looked at, all that meet both, in the order that they have among all.
    assert limited == [key for key in plain if key in limited]


@needs_postgresql
def test_a_title_with_all_frequent_words_is_found_first(
    shelf_of_many: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = ArticleFactory(
        tenant=shelf_of_many.tenant, owner=shelf_of_many.writer, title="客户 退货", body="<p>x</p>"
    )
    # Newer ones have one of the words each, and take the places of both.
    for word in ("客户", "退货") * 6:
        ArticleFactory(
            tenant=shelf_of_many.tenant, owner=shelf_of_many.writer, title=word, body="<p>x</p>"
        )
    monkeypatch.setattr(limits, "FREQUENT", 10)
    monkeypatch.setattr(limits, "CANDIDATES", 5)
    monkeypatch.setattr(limits, "LEAST", 5)
    monkeypatch.setattr(limits, "MOST_ROWS", 0)
    assert keys(shelf_of_many, "客户 退货")[0] == both.pk


@needs_postgresql
def test_what_the_person_may_not_read_takes_nobodys_place(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = ArticleFactory(
        tenant=shelf.tenant, owner=shelf.writer, title="别的", body="<p>客户</p>"
    )
    for _ in range(20):
        ArticleFactory(tenant=shelf.tenant, owner=shelf.writer, title="客户", is_company_wide=False)
    monkeypatch.setattr(limits, "FREQUENT", 10)
    monkeypatch.setattr(limits, "CANDIDATES", 5)
    monkeypatch.setattr(limits, "LEAST", 5)
    monkeypatch.setattr(limits, "MOST_ROWS", 0)
    assert keys(shelf, "客户") == [theirs.pk]
    with tenant_scope(shelf.stranger.tenant_id):
        assert list(article_search(user=shelf.stranger, text="客户").keys) == []


def asked(shelf: Shelf, text: str, django_assert_max_num_queries: Any, most: int) -> list[int]:
    with django_assert_max_num_queries(most):
        return keys(shelf, text)


@needs_postgresql
def test_a_wrong_letter_of_a_frequent_word_asks_no_more_than_others(
    shelf_of_many: Shelf, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    """Of 500 words one letter away, each was asked for by itself."""
    plain = keys(shelf_of_many, "refnud")
    assert plain == keys(shelf_of_many, "refund") != []
    monkeypatch.setattr(limits, "FREQUENT", 10)
    assert asked(shelf_of_many, "refnud", django_assert_max_num_queries, 7) == plain


@needs_postgresql
def test_what_nobody_has_is_asked_for_once(
    shelf_of_many: Shelf, django_assert_max_num_queries: Any
) -> None:
    # Departments, synonyms, and the words of each reading counted.
    assert asked(shelf_of_many, "退货 xyzzy", django_assert_max_num_queries, 4) == []


@needs_postgresql
@pytest.mark.parametrize("text", ["客户 退货", "退货 refund wifi", "工作日 发票", "refund"])
def test_all_are_looked_at_while_they_are_not_too_many(
    shelf_of_many: Shelf, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    plain = keys(shelf_of_many, text)
    monkeypatch.setattr(limits, "FREQUENT", 10)
    monkeypatch.setattr(limits, "CANDIDATES", 1)
    monkeypatch.setattr(limits, "LEAST", 1)
    assert keys(shelf_of_many, text) == plain


@needs_postgresql
def test_it_is_said_that_more_exist_when_not_all_were_looked_at(
    shelf_of_many: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not article_search(user=shelf_of_many.reader, text="客户 退货").is_cut
    monkeypatch.setattr(limits, "FREQUENT", 10)
    monkeypatch.setattr(search, "ENOUGH", 1)
    monkeypatch.setattr(limits, "CANDIDATES", 5)
    found = article_search(user=shelf_of_many.reader, text="客户 退货")
    assert found.is_cut
    assert found.keys


@needs_postgresql
def test_what_is_offered_on_a_call_is_the_title_with_most_of_its_words(
    shelf_of_many: Shelf, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    best = ArticleFactory(
        tenant=shelf_of_many.tenant,
        owner=shelf_of_many.writer,
        title="客户退货发票",
        body="<p>x</p>",
    )
    monkeypatch.setattr(limits, "FREQUENT", 10)
    note = "客户要退货，也要发票，wifi refund 工作日"
    for rows in (45_000, 0):
        monkeypatch.setattr(limits, "MOST_ROWS", rows)
        with django_assert_max_num_queries(7):
            offered, _query = article_suggest(user=shelf_of_many.reader, pins=[], parts=[note])
        assert offered[0] == best.pk
        assert len(offered) == 6


@needs_postgresql
def test_what_is_offered_is_what_the_person_reads(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = ArticleFactory(tenant=shelf.tenant, owner=shelf.writer, title="退货", body="<p>客户</p>")
    for _ in range(20):
        ArticleFactory(
            tenant=shelf.tenant, owner=shelf.writer, title="客户退货", is_company_wide=False
        )
    monkeypatch.setattr(limits, "FREQUENT", 10)
    monkeypatch.setattr(limits, "MOST_ROWS", 0)
    monkeypatch.setattr(search, "OFFER_CANDIDATES", 5)
    offered, _query = article_suggest(user=shelf.reader, pins=[], parts=["客户退货"])
    assert offered == [mine.pk]
