"""What the knowledge base does by itself: articles expire, owners are reminded."""

import logging
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.core.tenancy import all_tenants, tenant_scope
from apps.knowledge.choices import ArticleState
from apps.knowledge.guards import article_audit, article_lock
from apps.knowledge.models import Article
from apps.knowledge.services import article_index
from apps.tasks.choices import TaskKind
from apps.tasks.services import task_create

logger = logging.getLogger(__name__)
WARN_BEFORE = timedelta(days=14)
DUE_AT = time(18)
MOST = 1_000


def articles_expire() -> int:
    """Take articles from their readers whose last day is over; return how many. Again: none.

    Readers do not wait for it: what has expired is left out of every query from midnight on.
    """
    gone = 0
    late = Q(state=ArticleState.PUBLISHED, expires_on__lt=timezone.localdate())
    for pk, tenant_id in _keys(late):
        with tenant_scope(tenant_id), transaction.atomic():
            article = article_lock(Article(pk=pk))
            if article.state != ArticleState.PUBLISHED or article.expires_on is None:
                continue
            if article.expires_on >= timezone.localdate():
                continue
            article.state = ArticleState.EXPIRED
            article.save()
            article_index(article)
            article_audit(article, None, "expire", {"expires_on": str(article.expires_on)})
            gone += 1
    return gone


def owners_remind() -> int:
    """Give owners a task for each article whose review is due or that expires within two weeks.

    One task a date: the date is noted with the article by a conditional update, in the task's
    transaction, so that two runs at once make one task. Returns how many were made.
    """
    made = 0
    today = timezone.localdate()
    is_due = Q(review_on__lte=today) | Q(expires_on__lte=today + WARN_BEFORE)
    for pk, tenant_id in _keys(Q(state=ArticleState.PUBLISHED) & is_due):
        with tenant_scope(tenant_id), transaction.atomic():
            made += _remind(pk, today)
    return made


def _remind(pk: int, today: date) -> int:
    article = Article.objects.select_related("owner").get(pk=pk)
    dates = [article.review_on] if article.review_on and article.review_on <= today else []
    if article.expires_on and article.expires_on <= today + WARN_BEFORE:
        dates.append(article.expires_on)
    if not dates:
        return 0
    due = max(dates)
    not_yet = Q(reminded_on=None) | Q(reminded_on__lt=due)
    if not Article.objects.filter(not_yet, pk=pk).update(reminded_on=due):
        return 0
    owner = article.owner
    with translation.override(owner.language or settings.LANGUAGE_CODE):
        title = _("Look at the article: %(title)s") % {"title": article.title}
    zone = timezone.get_current_timezone()
    at = datetime.combine(max(due, today), DUE_AT, tzinfo=zone)
    task_create(
        tenant_id=article.tenant_id,
        kind=TaskKind.GENERAL,
        title=title,
        due_at=max(at, timezone.now() + timedelta(hours=1)),
        assignee=owner if owner.is_active else None,
        department_id=owner.department_id,
    )
    logger.info("article %s reminded for %s", pk, due, extra={"tenant": article.tenant_id})
    return 1


def _keys(condition: Q) -> list[tuple[int, int]]:
    with all_tenants("the beat job looks after every company's articles"):
        rows = Article.objects.filter(condition).order_by("pk")
        return list(rows.values_list("pk", "tenant_id")[:MOST])
