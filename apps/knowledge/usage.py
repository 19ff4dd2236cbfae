"""What becomes of articles: readings, votes, favourites, use in calls, searches without a find."""

import re
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.calls.models import Call
from apps.core.errors import ForbiddenError, NotFoundError
from apps.knowledge.choices import ArticleState, ReadFrom
from apps.knowledge.engine.clean import clean_text
from apps.knowledge.engine.words import plain_form
from apps.knowledge.errors import SynonymError
from apps.knowledge.models import (
    Article,
    ArticleRead,
    ArticleVote,
    CallArticle,
    Favourite,
    SearchMiss,
    SynonymGroup,
)
from apps.knowledge.selectors import article_work_list_for, may_manage

SAME_READING = timedelta(minutes=5)
STALE_AFTER = timedelta(days=365)
UNREAD_FOR = timedelta(days=90)
# A number of a person, typed into the search box, is nobody's business later.
LONG_NUMBER = re.compile(r"\d{6,}")
MAX_MISS = 80
MAX_SYNONYMS, MAX_SYNONYM = 12, 40


def article_read(*, article: Article, user: User, source: str, call: Call | None = None) -> None:
    """Count a reading; opening the same article again within five minutes is the same reading."""
    now = timezone.now()
    again = ArticleRead.objects.filter(article=article, user=user, at__gt=now - SAME_READING)
    if again.filter(call=call).exists():
        return
    ArticleRead.objects.create(
        tenant_id=article.tenant_id,
        article=article,
        user=user,
        call=call,
        at=now,
        source=source if source in ReadFrom.values else ReadFrom.PAGE,
    )


def article_vote(*, article: Article, user: User, is_helpful: bool, comment: str = "") -> None:
    """Say whether the version in force helped: one vote a person, the last one counts."""
    version = article.version
    if version is None:
        raise NotFoundError(f"article {article.pk}")
    with transaction.atomic():
        ArticleVote.objects.update_or_create(
            version=version,
            user=user,
            defaults={
                "tenant_id": article.tenant_id,
                "is_helpful": is_helpful,
                "comment": clean_text(comment)[:500],
            },
        )
        counted = ArticleVote.objects.filter(version=version).aggregate(
            helpful=Count("pk", filter=Q(is_helpful=True)),
            unhelpful=Count("pk", filter=Q(is_helpful=False)),
        )
        Article.objects.filter(pk=article.pk, version=version).update(**counted)


def vote_of(*, article: Article, user: User) -> ArticleVote | None:
    """Return the person's vote on the version in force, None without one. 1 query."""
    found: ArticleVote | None = ArticleVote.objects.filter(
        version=article.version_id, user=user
    ).first()
    return found


def favourite_set(*, article: Article, user: User, is_on: bool) -> None:
    """Put an article among the person's favourites, or take it away."""
    if is_on:
        Favourite.objects.get_or_create(
            user=user, article=article, defaults={"tenant_id": article.tenant_id}
        )
    else:
        Favourite.objects.filter(user=user, article=article).delete()


def is_favourite(*, article: Article, user: User) -> bool:
    """Say whether it is among the person's favourites. 1 query."""
    return Favourite.objects.filter(user=user, article=article).exists()


def call_article_set(*, call: Call, article: Article, user: User, is_used: bool) -> None:
    """Keep with a call that an article helped in it, or take that back; twice is harmless.

    Give only a call and an article that the person may see.
    """
    if article.version is None:
        raise NotFoundError(f"article {article.pk}")
    with transaction.atomic():
        if is_used:
            _, is_new = CallArticle.objects.get_or_create(
                call=call,
                article=article,
                defaults={
                    "tenant_id": article.tenant_id,
                    "version": article.version,
                    "user": user,
                    "at": timezone.now(),
                },
            )
            is_changed = is_new
        else:
            is_changed = CallArticle.objects.filter(call=call, article=article).delete()[0] > 0
        if is_changed:
            audit_record(
                actor=user,
                tenant_id=article.tenant_id,
                action="knowledge.used" if is_used else "knowledge.not_used",
                object_type="knowledge_article",
                object_id=article.pk,
                detail={"call": call.pk},
            )


def call_articles(call: Call) -> list[CallArticle]:
    """Return what helped in a call that the person may see. 1 query."""
    return list(CallArticle.objects.filter(call=call).select_related("article", "version", "user"))


def miss_record(*, user: User, text: str) -> None:
    """Note a search that found nothing; long numbers are left out of it."""
    told = LONG_NUMBER.sub("…", clean_text(plain_form(text)))[:MAX_MISS]
    if not told.strip("… ") or user.tenant_id is None:
        return
    row, _ = SearchMiss.objects.get_or_create(
        tenant_id=user.tenant_id, text=told, defaults={"last_at": timezone.now()}
    )
    SearchMiss.objects.filter(pk=row.pk).update(
        times=F("times") + 1, last_at=timezone.now(), is_done=False
    )


def miss_list_for(*, user: User) -> "QuerySet[SearchMiss]":
    """Return what was looked for in vain, most often first; for who looks after the knowledge."""
    rows: QuerySet[SearchMiss] = SearchMiss.objects.filter(is_done=False)
    return rows.order_by("-times", "-last_at", "-pk") if may_manage(user) else rows.none()


def miss_done(*, user: User, pk: int) -> None:
    """Take a search off the list; it comes back when somebody searches so in vain again."""
    if not may_manage(user):
        raise ForbiddenError(user.username)
    if not SearchMiss.objects.filter(pk=pk).update(is_done=True):
        raise NotFoundError(f"miss {pk}")


def stale_list_for(*, user: User) -> "QuerySet[Article]":
    """Return published articles that nobody has renewed for a year, or whose review is due."""
    now = timezone.now()
    old = Q(published_at__lt=now - STALE_AFTER) | Q(review_on__lte=timezone.localdate())
    return (
        article_work_list_for(user=user)
        .filter(old, state=ArticleState.PUBLISHED)
        .order_by("published_at", "pk")
    )


def unread_list_for(*, user: User) -> "QuerySet[Article]":
    """Return articles published for 90 days or more that nobody has read in these 90 days."""
    since = timezone.now() - UNREAD_FOR
    read = ArticleRead.objects.filter(at__gte=since).values("article_id")
    return (
        article_work_list_for(user=user)
        .filter(state=ArticleState.PUBLISHED, published_at__lt=since)
        .exclude(pk__in=read)
        .order_by("published_at", "pk")
    )


def usage_list_for(*, user: User) -> "QuerySet[Article]":
    """Return published articles with readings, uses in calls and votes, read most first."""
    return (
        article_work_list_for(user=user)
        .filter(state=ArticleState.PUBLISHED)
        .annotate(
            read_count=Count("reads", distinct=True),
            call_count=Count("reads__call", distinct=True),
        )
        .order_by("-read_count", "-pk")
    )


def synonyms_save(*, user: User, text: str, pk: int | None = None) -> SynonymGroup | None:
    """Keep a group of words that mean the same; an empty text takes the group away.

    Raises ForbiddenError, NotFoundError, SynonymError.
    """
    if not may_manage(user):
        raise ForbiddenError(user.username)
    assert user.tenant_id is not None  # noqa: S101 - a manager is a company's
    words = list(
        dict.fromkeys(
            clean_text(word) for word in re.split(r"[,，、;；\n]", text) if clean_text(word)
        )
    )
    row = SynonymGroup.objects.filter(pk=pk).first() if pk is not None else None
    if pk is not None and row is None:
        raise NotFoundError(f"synonyms {pk}")
    is_gone = row is not None and not words
    if not is_gone and (
        not 2 <= len(words) <= MAX_SYNONYMS or any(len(word) > MAX_SYNONYM for word in words)
    ):
        raise SynonymError(str(len(words)))
    with transaction.atomic():
        if is_gone and row is not None:
            row.delete()
        elif row is not None:
            row.words = words
            row.save()
        else:
            row = SynonymGroup.objects.create(tenant_id=user.tenant_id, words=words)
        audit_record(
            actor=user,
            tenant_id=user.tenant_id,
            action="knowledge.synonyms",
            object_type="knowledge_synonyms",
            object_id=pk or (row.pk if row else ""),
            detail={"words": words},
        )
    return None if is_gone else row
