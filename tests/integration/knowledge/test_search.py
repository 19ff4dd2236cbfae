"""What is found, in which order, by whom: the same on every database."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.tenancy import all_tenants, tenant_scope
from apps.knowledge.models import Article, ArticleDepartment, SynonymGroup
from apps.knowledge.search import article_related, article_search, article_suggest, hits
from apps.knowledge.usage import article_vote, synonyms_save
from tests.factories import ArticleFactory, CategoryFactory
from tests.integration.knowledge.shelf import Shelf

pytestmark = pytest.mark.django_db


def made(shelf: Shelf, title: str, body: str = "<p>正文</p>", **more: Any) -> Article:
    article: Article = ArticleFactory(
        tenant=shelf.tenant, owner=shelf.writer, title=title, body=body, **more
    )
    return article


def found(shelf: Shelf, text: str, **more: Any) -> list[str]:
    keys = article_search(user=shelf.reader, text=text, **more).keys
    titles = dict(Article.objects.values_list("pk", "title"))
    return [titles[key] for key in keys]


def test_title_comes_before_tags_and_tags_before_text(shelf: Shelf) -> None:
    made(shelf, "正文里有", "<p>" + "退货 " * 50 + "</p>")
    made(shelf, "标签里有", tags=["退货"])
    made(shelf, "退货流程")
    assert found(shelf, "退货") == ["退货流程", "标签里有", "正文里有"]


def test_votes_decide_between_equals_only(shelf: Shelf) -> None:
    first, second = made(shelf, "退货甲"), made(shelf, "退货乙")
    assert found(shelf, "退货") == ["退货乙", "退货甲"]
    article_vote(article=first, user=shelf.writer, is_helpful=True)
    assert found(shelf, "退货") == ["退货甲", "退货乙"]
    Article.objects.filter(pk=second.pk).update(helpful=1000)
    made(shelf, "别的", tags=["退货甲"], keywords=["退货"])
    assert found(shelf, "退货")[0] == "退货乙"
    assert found(shelf, "退货")[-1] == "别的"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("怎么退货", "退货流程"),
        ("腿货", "退货流程"),  # sounds alike
        ("退货流承", "退货流程"),  # one wrong character
        ("tuihuo", "退货流程"),
        ("REFUND", "Refund policy"),
        ("refnud", "Refund policy"),  # two letters exchanged
        ("ref", "Refund policy"),  # begun
        ("ｒｅｆｕｎｄ", "Refund policy"),  # full width
    ],
)
def test_what_is_meant_is_found(shelf: Shelf, text: str, wanted: str) -> None:
    made(shelf, "退货流程", "<p>七天</p>")
    made(shelf, "Refund policy", "<p>Seven days.</p>")
    made(shelf, "营业时间", "<p>九点</p>")
    assert found(shelf, text)[:1] == [wanted]


def test_companys_synonyms_are_understood(shelf: Shelf) -> None:
    made(shelf, "退款说明")
    assert found(shelf, "还钱") == []
    synonyms_save(user=shelf.lead, text="退款，还钱")
    assert found(shelf, "怎么还钱") == ["退款说明"]
    group = SynonymGroup.objects.get()
    synonyms_save(user=shelf.lead, text="", pk=group.pk)
    assert found(shelf, "还钱") == []


def test_all_that_is_asked_for_must_be_there(shelf: Shelf) -> None:
    made(shelf, "iPhone 退货")
    made(shelf, "退货")
    assert found(shelf, "iPhone 退货") == ["iPhone 退货"]


def test_only_what_the_person_reads_is_found(shelf: Shelf) -> None:
    own = made(shelf, "退货一", is_company_wide=False)
    ArticleDepartment.objects.create(tenant=shelf.tenant, article=own, department=shelf.support)
    hidden = made(shelf, "退货二", is_company_wide=False)
    ArticleDepartment.objects.create(tenant=shelf.tenant, article=hidden, department=shelf.sales)
    made(shelf, "退货三", expires_on=timezone.localdate() - timedelta(days=1))
    made(shelf, "退货四", is_published=False)
    with all_tenants("test"):
        ArticleFactory(title="退货五")
    assert found(shelf, "退货") == ["退货一"]
    assert article_suggest(user=shelf.reader, pins=[], parts=["退货"])[0] == [own.pk]
    with tenant_scope(shelf.stranger.tenant_id or 0):
        assert article_search(user=shelf.stranger, text="退货").keys == []


def test_category_and_tag_limit_a_search(shelf: Shelf) -> None:
    top = CategoryFactory(tenant=shelf.tenant)
    below = CategoryFactory(tenant=shelf.tenant, parent=top)
    made(shelf, "退货甲", category=below, tags=["Sales"])
    made(shelf, "退货乙", tags=["Sales team"])
    assert found(shelf, "退货", category_id=top.pk) == ["退货甲"]
    assert found(shelf, "退货", tag="sales") == ["退货甲"]


def test_pinned_articles_are_offered_first(shelf: Shelf) -> None:
    pinned = made(shelf, "营业时间")
    made(shelf, "退货流程")
    pinned.pins.create(tenant=shelf.tenant, kind="queue", value="7001")
    keys, _ = article_suggest(
        user=shelf.reader, pins=[("queue", "7001")], parts=["客户要退货", "support"]
    )
    titles = dict(Article.objects.values_list("pk", "title"))
    assert [titles[key] for key in keys] == ["营业时间", "退货流程"]


def test_related_articles_share_words_of_the_title(shelf: Shelf) -> None:
    article = made(shelf, "退货流程")
    made(shelf, "退货地址")
    made(shelf, "营业时间")
    shown = article_related(user=shelf.reader, article=article)
    assert [one.title for one in shown] == ["退货地址"]


def test_hits_are_marked(shelf: Shelf) -> None:
    made(shelf, "退货流程", "<p>申请退货要在七天内。</p>")
    answer = article_search(user=shelf.reader, text="退货")
    (hit,) = hits(shelf.reader, answer.keys, answer.query)
    assert [piece.text for piece in hit.title if piece.is_hit] == ["退货"]
    assert [piece.text for piece in hit.excerpt if piece.is_hit] == ["退货"]


@given(text=st.text(max_size=120))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_searched_without_an_error(shelf: Shelf, text: str) -> None:
    article_search(user=shelf.reader, text=text)
    article_suggest(user=shelf.reader, pins=[("queue", "7001")], parts=[text])
