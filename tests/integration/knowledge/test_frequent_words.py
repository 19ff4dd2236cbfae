"""Searches of words that very many articles have: what is looked at, and what is found.

The limits are made small; that a search with the real ones takes its time, tests/bench/knowledge.py
says.
"""

import random

import pytest
from django.db import connection

from apps.core.tenancy import tenant_scope
from apps.knowledge import candidates as limits
from apps.knowledge.search import article_search
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
    assert keys(shelf, "客户") == [theirs.pk]
    with tenant_scope(shelf.stranger.tenant_id):
        assert list(article_search(user=shelf.stranger, text="客户").keys) == []
