"""Articles expire by themselves, and owners are reminded once a date."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.tenancy import all_tenants
from apps.knowledge.choices import ArticleState
from apps.knowledge.models import Article, ArticleWord
from apps.knowledge.tasks import keep
from apps.knowledge.upkeep import articles_expire, owners_remind
from apps.tasks.models import Task
from tests.factories import ArticleFactory
from tests.integration.knowledge.shelf import Shelf

pytestmark = pytest.mark.django_db


def test_article_expires_after_its_last_day(shelf: Shelf) -> None:
    today = timezone.localdate()
    late = ArticleFactory(tenant=shelf.tenant, expires_on=today - timedelta(days=1))
    ArticleFactory(tenant=shelf.tenant, expires_on=today)
    assert articles_expire() == 1
    assert articles_expire() == 0
    late.refresh_from_db()
    assert late.state == ArticleState.EXPIRED
    assert not ArticleWord.objects.filter(article=late).exists()


def test_owner_is_reminded_once_for_each_date(shelf: Shelf) -> None:
    today = timezone.localdate()
    article = ArticleFactory(
        tenant=shelf.tenant, owner=shelf.writer, title="退货流程", review_on=today
    )
    assert owners_remind() == 1
    assert owners_remind() == 0
    task = Task.objects.get()
    assert (task.assignee, task.title) == (shelf.writer, "请复核知识文章：退货流程")
    assert task.due_at > timezone.now()
    Article.objects.filter(pk=article.pk).update(expires_on=today + timedelta(days=10))
    assert owners_remind() == 1
    assert owners_remind() == 0


def test_nobody_is_reminded_too_early_or_of_what_nobody_reads(shelf: Shelf) -> None:
    today = timezone.localdate()
    ArticleFactory(tenant=shelf.tenant, review_on=today + timedelta(days=1))
    ArticleFactory(tenant=shelf.tenant, review_on=today, is_published=False)
    with all_tenants("test"):
        assert keep() == 0


def test_task_of_a_gone_owner_waits_for_his_team_lead(shelf: Shelf) -> None:
    shelf.writer.is_active = False
    shelf.writer.save()
    ArticleFactory(tenant=shelf.tenant, owner=shelf.writer, review_on=timezone.localdate())
    assert owners_remind() == 1
    task = Task.objects.get()
    assert (task.assignee, task.department) == (None, shelf.sales)
