"""The life of an article: who may do what, in which state, and what is never lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import ForbiddenError, NotFoundError
from apps.knowledge import directing, services
from apps.knowledge.choices import ArticleState, DraftState
from apps.knowledge.errors import (
    DatesError,
    DraftChangedError,
    IllegalStateError,
    InvalidArticleError,
    NothingToPublishError,
    ReasonMissingError,
    TooLongError,
)
from apps.knowledge.models import ArticleVersion, DraftCopy
from apps.knowledge.selectors import (
    article_get_for,
    article_list_for,
    article_work_list_for,
    draft_of,
)
from tests.integration.knowledge.shelf import Shelf, publish_again, published, seen_of, text

pytestmark = pytest.mark.django_db


def direction(shelf: Shelf, **more: object) -> directing.Direction:
    values: dict[str, object] = {
        "category_id": None,
        "owner_id": shelf.writer.pk,
        "department_ids": [],
        "review_on": None,
        "expires_on": None,
        "pins": [],
    }
    return {**values, **more}  # type: ignore[typeddict-item]  # a test's own


def test_draft_is_reviewed_by_the_lead_and_read_by_all(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    assert not article_list_for(user=shelf.reader).exists()
    services.draft_submit(article=article, user=shelf.writer, seen=1, note="first")
    version = services.draft_approve(article=article, user=shelf.lead, seen=2)
    assert (version.number, version.text) == (1, "七天内可以退货。")
    assert version.written_by == shelf.writer
    assert article_get_for(user=shelf.reader, pk=article.pk).title == "退货流程"
    assert draft_of(article) is None
    acts = AuditEntry.objects.filter(object_type="knowledge_article").order_by("pk")
    assert list(acts.values_list("action", flat=True)) == [
        "knowledge.create",
        "knowledge.submit",
        "knowledge.publish",
    ]


def test_lead_of_another_team_and_a_stranger_neither_see_nor_decide(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    services.draft_submit(article=article, user=shelf.writer, seen=1)
    for person in (shelf.other_lead, shelf.reader, shelf.stranger):
        with pytest.raises(ForbiddenError):
            services.draft_approve(article=article, user=person, seen=2)
    assert not article_work_list_for(user=shelf.other_lead).exists()


def test_who_handed_in_does_not_decide_unless_he_is_the_admin(shelf: Shelf) -> None:
    own = services.article_create(user=shelf.lead, text=text())
    services.draft_submit(article=own, user=shelf.lead, seen=1)
    with pytest.raises(ForbiddenError):
        services.draft_approve(article=own, user=shelf.lead, seen=2)
    services.draft_approve(article=own, user=shelf.admin, seen=2)


def test_admin_works_on_everybodys_articles(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    assert list(article_work_list_for(user=shelf.admin)) == [article]
    assert services.draft_save(article=article, user=shelf.admin, seen=1, text=text()) == 2


def test_rejected_draft_goes_back_with_its_reason(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    services.draft_submit(article=article, user=shelf.writer, seen=1)
    with pytest.raises(ReasonMissingError):
        services.draft_reject(article=article, user=shelf.lead, seen=2, reason="  ")
    services.draft_reject(article=article, user=shelf.lead, seen=2, reason="写上期限")
    draft = draft_of(article)
    assert draft is not None
    assert (draft.state, draft.reject_reason) == (DraftState.WRITING, "写上期限")


def test_decision_about_another_text_than_was_seen_is_refused(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    services.draft_submit(article=article, user=shelf.writer, seen=1)
    services.draft_withdraw(article=article, user=shelf.writer, seen=2)
    services.draft_save(article=article, user=shelf.writer, seen=3, text=text(title="Another"))
    services.draft_submit(article=article, user=shelf.writer, seen=4)
    with pytest.raises(IllegalStateError):
        services.draft_approve(article=article, user=shelf.lead, seen=2)
    assert not ArticleVersion.objects.exists()


def test_second_saver_is_told_and_his_text_is_kept(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    services.draft_save(article=article, user=shelf.lead, seen=1, text=text(body="<p>甲</p>"))
    mine = text(body="<p>乙</p>")
    for _ in range(2):  # the editor tries again by itself
        with pytest.raises(DraftChangedError):
            services.draft_save(article=article, user=shelf.writer, seen=1, text=mine)
    copy = DraftCopy.objects.get()
    assert copy.body == "<p>乙</p>"
    services.copy_take(article=article, copy=copy, user=shelf.writer, seen=2)
    draft = draft_of(article)
    assert draft is not None
    assert draft.body == "<p>乙</p>"
    assert DraftCopy.objects.get().body == "<p>甲</p>"


def test_same_save_sent_twice_is_one(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    once = text(body="<p>甲</p>")
    assert services.draft_save(article=article, user=shelf.writer, seen=1, text=once) == 2
    assert services.draft_save(article=article, user=shelf.writer, seen=1, text=once) == 2
    assert not DraftCopy.objects.exists()


def test_nothing_is_saved_into_a_draft_in_review(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text())
    services.draft_submit(article=article, user=shelf.writer, seen=1)
    with pytest.raises(IllegalStateError):
        services.draft_save(article=article, user=shelf.writer, seen=2, text=text(title="New"))


def test_published_version_stays_while_the_next_is_written_and_after_it(shelf: Shelf) -> None:
    article = published(shelf)
    services.draft_begin(article=article, user=shelf.writer)
    services.draft_save(
        article=article, user=shelf.writer, seen=1, text=text(title="换货流程", body="<p>换</p>")
    )
    assert article_get_for(user=shelf.reader, pk=article.pk).title == "退货流程"
    publish_again(shelf, article)
    assert article_get_for(user=shelf.reader, pk=article.pk).title == "换货流程"
    assert list(article.versions.values_list("number", "title")) == [
        (2, "换货流程"),
        (1, "退货流程"),
    ]
    first = article.versions.get(number=1)
    services.version_restore(article=article, version=first, user=shelf.writer)
    publish_again(shelf, article)
    assert article.versions.order_by("-number").values_list("number", "title")[0] == (3, "退货流程")


def test_restoring_a_version_keeps_what_was_being_written(shelf: Shelf) -> None:
    article = published(shelf)
    services.draft_begin(article=article, user=shelf.writer)
    services.draft_save(article=article, user=shelf.writer, seen=1, text=text(title="half done"))
    services.version_restore(
        article=article, version=article.versions.get(number=1), user=shelf.writer
    )
    assert DraftCopy.objects.get().title == "half done"


def test_article_of_departments_is_read_by_them_only(shelf: Shelf) -> None:
    article = published(shelf)
    wanted = direction(shelf, department_ids=[shelf.sales.pk])
    directing.article_direct(article=article, user=shelf.lead, values=wanted)
    for person, may in (
        (shelf.writer, True),
        (shelf.lead, True),
        (shelf.admin, True),
        (shelf.reader, False),
        (shelf.other_lead, False),
    ):
        assert article_list_for(user=person).exists() is may, person.username
    with pytest.raises(NotFoundError):
        article_get_for(user=shelf.reader, pk=article.pk)


def test_department_below_reads_what_the_one_above_reads(shelf: Shelf) -> None:
    article = published(shelf)
    wanted = direction(shelf, department_ids=[shelf.support.pk])
    directing.article_direct(article=article, user=shelf.admin, values=wanted)
    shelf.sales.parent = shelf.support
    shelf.sales.save()
    below = shelf.person("agent", shelf.sales)
    assert article_list_for(user=below).exists()


def test_agent_does_not_change_who_reads_a_published_article(shelf: Shelf) -> None:
    article = published(shelf)
    with pytest.raises(ForbiddenError):
        directing.article_direct(article=article, user=shelf.writer, values=direction(shelf))
    with pytest.raises(ForbiddenError):
        directing.article_archive(article=article, user=shelf.writer)


def test_direction_takes_only_what_is_the_companys(shelf: Shelf) -> None:
    article = published(shelf)
    for wrong in (
        {"owner_id": shelf.stranger.pk},
        {"department_ids": [shelf.stranger.department_id]},
        {"category_id": 999_999},
    ):
        with pytest.raises(NotFoundError):
            directing.article_direct(
                article=article, user=shelf.lead, values=direction(shelf, **wrong)
            )
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(DatesError):
        directing.article_direct(
            article=article, user=shelf.lead, values=direction(shelf, expires_on=yesterday)
        )


def test_archived_article_is_found_by_nobody_until_it_is_brought_back(shelf: Shelf) -> None:
    article = published(shelf)
    directing.article_archive(article=article, user=shelf.lead)
    assert not article_list_for(user=shelf.admin).exists()
    with pytest.raises(IllegalStateError):
        directing.article_archive(article=article, user=shelf.lead)
    directing.article_unarchive(article=article, user=shelf.lead)
    assert article.state == ArticleState.PUBLISHED
    assert article_list_for(user=shelf.reader).exists()


def test_article_is_not_read_after_its_last_day(shelf: Shelf) -> None:
    article = published(shelf)
    today = timezone.localdate()
    directing.article_direct(
        article=article, user=shelf.lead, values=direction(shelf, expires_on=today)
    )
    assert article_list_for(user=shelf.reader).exists()
    type(article).objects.filter(pk=article.pk).update(expires_on=today - timedelta(days=1))
    assert not article_list_for(user=shelf.reader).exists()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"title": "   "}, InvalidArticleError),
        ({"title": "x" * 201}, InvalidArticleError),
        ({"title": "\x00"}, InvalidArticleError),
        ({"body": "<p>" + "字" * 200_001 + "</p>"}, TooLongError),
        ({"body": "<" * 1_000_001}, TooLongError),
        ({"body": "<ul>" * 200_000}, TooLongError),
    ],
)
def test_what_cannot_be_kept_is_refused(
    shelf: Shelf, wrong: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        services.article_create(user=shelf.writer, text=text(**wrong))


def test_empty_article_is_not_handed_in(shelf: Shelf) -> None:
    article = services.article_create(user=shelf.writer, text=text(body="<p> </p>"))
    with pytest.raises(NothingToPublishError):
        services.draft_submit(article=article, user=shelf.writer, seen=seen_of(article))
