"""The pages of the knowledge base: what they show, refuse, and to whom."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.knowledge import services
from apps.knowledge.models import Article, ArticleDraft, ArticleRead, Category, SearchMiss
from tests.factories import ArticleFactory, CallFactory, CategoryFactory
from tests.integration.knowledge.shelf import Shelf, browser, published, seen_of, text

pytestmark = pytest.mark.django_db


def test_agent_writes_and_lead_publishes_through_the_pages(shelf: Shelf) -> None:
    agent, lead, reader = browser(shelf.writer), browser(shelf.lead), browser(shelf.reader)
    answer = agent.post("/knowledge/new/", {"title": "怎样退货"}, follow=True)
    article = Article.objects.get()
    assert "怎样退货" in answer.content.decode()
    saved = agent.post(
        f"/knowledge/{article.pk}/draft/",
        {
            "title": "怎样退货",
            "body": "<p>七天</p>",
            "tags": "退货，售后",
            "keywords": "",
            "number": 1,
        },
    )
    assert saved.json() == {"number": 2}
    agent.post(f"/knowledge/{article.pk}/submit/", {"number": 2})
    page = lead.get(f"/knowledge/{article.pk}/edit/").content.decode()
    assert "draft-approve" in page
    lead.post(f"/knowledge/{article.pk}/approve/", {"number": seen_of(article)})
    shown = reader.get(f"/knowledge/{article.pk}/").content.decode()
    assert "<p>七天</p>" in shown
    assert "售后" in shown
    assert "article-edit" not in shown


def test_search_page_marks_what_was_found_and_notes_what_was_not(shelf: Shelf) -> None:
    published(shelf)
    reader = browser(shelf.reader)
    page = reader.get("/knowledge/", {"q": "退货"}).content.decode()
    assert "<mark>退货</mark>流程" in page
    assert "nothing-found" in reader.get("/knowledge/", {"q": "航天13800138000"}).content.decode()
    assert SearchMiss.objects.get().text == "航天…"
    lead = browser(shelf.lead)
    assert "航天…" in lead.get("/knowledge/insights/").content.decode()
    lead.post(f"/knowledge/misses/{SearchMiss.objects.get().pk}/done/")
    assert "航天…" not in lead.get("/knowledge/insights/").content.decode()


@pytest.mark.parametrize(
    "wild",
    ["\x00", "%", "' OR 1=1 --", "\\", "＂：*", "😀" * 300, "a" * 5000, "<script>", "𠀀", "\ud800"],
)
def test_any_search_is_answered(shelf: Shelf, wild: str) -> None:
    ArticleFactory(tenant=shelf.tenant, title="Refund")
    answer = browser(shelf.reader).get("/knowledge/", {"q": wild.encode("utf-8", "replace")})
    assert answer.status_code == 200
    assert "<script>" not in re.sub(r"<script (src|id)", "", answer.content.decode())


def test_nonsense_in_the_address_is_no_error(shelf: Shelf) -> None:
    reader = browser(shelf.reader)
    for query in ("category=x", "category=99999999999999999999", "page=-1", "page=²", "tag=%00"):
        assert reader.get(f"/knowledge/?{query}").status_code == 200, query


def test_pages_of_keepers_are_for_keepers(shelf: Shelf) -> None:
    for path in ("categories", "synonyms", "insights"):
        assert browser(shelf.reader).get(f"/knowledge/{path}/").status_code == 403
        assert browser(shelf.lead).get(f"/knowledge/{path}/").status_code == 200
    agent = browser(shelf.reader)
    assert agent.post("/knowledge/categories/new/", {"name": "x"}).status_code == 403
    assert agent.post("/knowledge/synonyms/new/", {"words": "a,b"}).status_code == 403


def test_categories_are_moved_and_archived_and_articles_stay(shelf: Shelf) -> None:
    lead = browser(shelf.lead)
    lead.post("/knowledge/categories/new/", {"name": "售后"})
    top = Category.objects.get()
    lead.post("/knowledge/categories/new/", {"name": "退换", "parent": top.pk})
    below = Category.objects.get(name="退换")
    article = ArticleFactory(tenant=shelf.tenant, category=below)
    page = lead.get("/knowledge/", {"category": top.pk}).content.decode()
    assert f'data-article="{article.pk}"' in page
    refused = lead.post(
        f"/knowledge/categories/{top.pk}/",
        {"name": "售后", "parent": below.pk, "position": 0},
        follow=True,
    )
    assert "not below itself" in refused.content.decode()
    twice = lead.post("/knowledge/categories/new/", {"name": "售后"}, follow=True)
    assert "already a category" in twice.content.decode()
    lead.post(f"/knowledge/categories/{top.pk}/", {"name": "售后", "is_archived": "1"})
    assert Article.objects.get(pk=article.pk).category == below
    assert "退换" not in lead.get("/knowledge/").content.decode().partition("category-list")[2]


def test_second_editor_is_answered_409_and_sees_both(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    body = {"title": "t", "body": "<p>一</p>", "number": 1}
    assert browser(shelf.lead).post(f"/knowledge/{article.pk}/draft/", body).status_code == 200
    mine = {**body, "body": "<p>二</p>"}
    answer = browser(shelf.writer).post(f"/knowledge/{article.pk}/draft/", mine)
    assert answer.status_code == 409
    assert answer.json()["code"] == "knowledge.draft_changed"
    page = browser(shelf.writer).get(f"/knowledge/{article.pk}/edit/").content.decode()
    assert "<ins>二</ins>" in page
    assert "<del>一</del>" in page


def test_script_is_neither_kept_nor_shown(shelf: Shelf) -> None:
    article = services.article_create(
        user=shelf.writer,
        text=text(
            title="<script>alert(1)</script>", body='<p onclick="x()">a</p><script>x</script>'
        ),
    )
    assert ArticleDraft.objects.get().body == "<p>a</p>"
    page = browser(shelf.writer).get(f"/knowledge/{article.pk}/edit/").content.decode()
    assert "<script>alert" not in page
    assert "onclick" not in page


def test_votes_are_one_a_person_and_readings_are_counted(shelf: Shelf) -> None:
    article = published(shelf)
    reader = browser(shelf.reader)
    reader.get(f"/knowledge/{article.pk}/")
    reader.get(f"/knowledge/{article.pk}/")
    assert ArticleRead.objects.count() == 1
    reader.post(f"/knowledge/{article.pk}/vote/", {"helpful": "1"})
    reader.post(f"/knowledge/{article.pk}/vote/", {"helpful": "0", "comment": "没有写期限"})
    article.refresh_from_db()
    assert (article.helpful, article.unhelpful) == (0, 1)
    reader.post(f"/knowledge/{article.pk}/favourite/", {"on": "1"})
    home = reader.get("/knowledge/").content.decode()
    assert home.count(article.title) >= 3  # list, favourites, read last


def test_article_used_in_a_call_is_kept_with_it(shelf: Shelf) -> None:
    article = published(shelf)
    call = CallFactory(tenant=shelf.tenant, agent=shelf.agent)
    agent = browser(shelf.writer)
    offered = agent.get(
        f"/knowledge/calls/{call.pk}/panel/", {"note": "客户要退货"}
    ).content.decode()
    assert f"/knowledge/{article.pk}/?call={call.pk}" in offered
    agent.get(f"/knowledge/{article.pk}/?call={call.pk}")
    assert ArticleRead.objects.get().call == call
    agent.post(f"/knowledge/calls/{call.pk}/used/{article.pk}/", {"used": "1"})
    assert article.title in agent.get(f"/calls/{call.pk}/").content.decode()
    other = browser(shelf.reader)
    assert other.get(f"/knowledge/calls/{call.pk}/panel/").status_code == 404
    path = f"/knowledge/calls/{call.pk}/used/{article.pk}/"
    assert other.post(path, {"used": "1"}).status_code == 404


def test_files_are_taken_by_content_and_given_to_readers_only(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    agent = browser(shelf.writer)
    path = f"/knowledge/{article.pk}/files/"
    png = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
    for name, data in (
        ("page.html", b"<html><script>x</script></html>"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
        ("photo.png", b"GIF89a" + b"\x00" * 9),
        ("photo.gif", png),
        ("tool.exe", b"MZ\x00\x00"),
        ("broken.docx", b"PK\x03\x04broken"),
        ("empty.txt", b""),
    ):
        refused = agent.post(path, {"file": SimpleUploadedFile(name, data)})
        assert refused.status_code in (400, 422), name
    taken = agent.post(path, {"file": SimpleUploadedFile("../../说明.png", png)}).json()
    assert (taken["name"], taken["is_image"]) == ("说明.png", True)
    answer = agent.get(taken["url"])
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content) == png
    for person in (shelf.reader, shelf.other_lead, shelf.stranger):
        assert browser(person).get(taken["url"]).status_code == 404, person.username


def test_too_large_file_is_refused(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    large = SimpleUploadedFile("a.pdf", b"%PDF-" + b"x" * (10 * 1024 * 1024))
    answer = browser(shelf.writer).post(f"/knowledge/{article.pk}/files/", {"file": large})
    assert answer.status_code == 422


def test_lists_ask_the_same_number_of_queries_whatever_they_show(shelf: Shelf) -> None:
    category = CategoryFactory(tenant=shelf.tenant)

    def asked(path: str) -> int:
        client = browser(shelf.lead)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    paths = ("/knowledge/", "/knowledge/?q=退货", "/knowledge/work/", "/knowledge/insights/")
    ArticleFactory(tenant=shelf.tenant, title="退货", category=category, owner=shelf.writer)
    few = [asked(path) for path in paths]
    for _ in range(8):
        ArticleFactory(tenant=shelf.tenant, title="退货", category=category, owner=shelf.writer)
    assert [asked(path) for path in paths] == few
