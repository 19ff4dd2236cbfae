"""The knowledge base over the API."""

from typing import Any

import pytest
from django.test import Client

from apps.core.tenancy import all_tenants
from apps.knowledge.models import Article, ArticleRead
from tests.factories import ApiTokenFactory, ArticleFactory, CategoryFactory
from tests.integration.knowledge.shelf import Shelf

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/knowledge/articles/"


def api(user: Any, token: str) -> Client:
    with all_tenants("test"):
        ApiTokenFactory(tenant=user.tenant, user=user, token=token)
    return Client(headers={"authorization": f"Token {token}"})


def test_articles_are_listed_searched_and_read(shelf: Shelf) -> None:
    category = CategoryFactory(tenant=shelf.tenant, name="售后")
    article = ArticleFactory(
        tenant=shelf.tenant, title="退货流程", body="<p>七天</p>", tags=["售后"], category=category
    )
    ArticleFactory(tenant=shelf.tenant, title="营业时间", is_published=False)
    client = api(shelf.reader, "knowledge-reader")
    listed = client.get(ROOT).json()
    assert [row["title"] for row in listed["results"]] == ["退货流程"]
    assert listed["results"][0]["tags"] == ["售后"]
    assert client.get(ROOT, {"q": "腿货"}).json()["count"] == 1
    assert client.get(ROOT, {"q": "航天"}).json()["count"] == 0
    assert client.get(ROOT, {"category": category.pk}).json()["count"] == 1
    assert client.get(ROOT, {"tag": "售后"}).json()["count"] == 1
    read = client.get(f"{ROOT}{article.pk}/").json()
    assert (read["body"], read["text"], read["version"]) == ("<p>七天</p>", "七天", 1)
    assert ArticleRead.objects.get().source == "api"
    tree = client.get("/api/v1/knowledge/categories/").json()["results"]
    assert [row["path"] for row in tree] == ["售后"]


def test_draft_is_made_changed_and_handed_in(shelf: Shelf) -> None:
    client = api(shelf.writer, "knowledge-writer")
    body = {"title": "退货", "body": "<p onclick='x()'>七天</p>", "tags": ["售后"]}
    made = client.post(ROOT, body, content_type="application/json")
    assert made.status_code == 201
    draft = made.json()
    assert (draft["body"], draft["number"], draft["state"]) == ("<p>七天</p>", 1, "writing")
    path = f"{ROOT}{draft['article_id']}/draft/"
    change = {"number": 1, "title": "退货流程"}
    assert client.patch(path, change, content_type="application/json").json()["number"] == 2
    stale = {"number": 1, "title": "Another"}
    answer = client.patch(path, stale, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "knowledge.draft_changed")
    submit = f"{ROOT}{draft['article_id']}/submit/"
    answer = client.post(submit, {"number": 2}, content_type="application/json")
    assert answer.json()["state"] == "review"
    assert client.get(path).json()["tags"] == ["售后"]
    for who, token in ((shelf.reader, "knowledge-other"), (shelf.stranger, "knowledge-stranger")):
        other = api(who, token)
        assert other.get(path).status_code == 404
        assert other.patch(path, change, content_type="application/json").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "a", "tags": "x"},
        {"title": "a\x00"},
        {"title": "a", "body": 7.5e9},
        {"title": "a", "category_id": 999_999},
        {"title": "a", "category_id": 10**30},
        [],
        "x",
    ],
)
def test_wrong_body_is_a_clients_error(shelf: Shelf, body: Any) -> None:
    client = api(shelf.writer, "knowledge-wrong")
    answer = client.post(ROOT, body, content_type="application/json")
    assert answer.status_code in (201, 400, 404, 422)
    assert (answer.status_code == 201) is (Article.objects.count() == 1)


def test_wild_queries_are_answered(shelf: Shelf) -> None:
    client = api(shelf.reader, "knowledge-wild")
    assert client.get(ROOT, {"q": "%' \\ 😀"}).status_code == 200
    assert client.get(ROOT, {"category": "x"}).status_code == 400
    assert client.get(ROOT, {"page": 99}).status_code == 404
    assert client.get(f"{ROOT}{10**30}/").status_code == 404
