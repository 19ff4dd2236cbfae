"""Say who reads an article and until when; archive it and bring it back."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Department, User
from apps.core.errors import NotFoundError
from apps.knowledge.choices import ArticleState, PinKind
from apps.knowledge.engine.clean import clean_text
from apps.knowledge.errors import DatesError, IllegalStateError
from apps.knowledge.guards import (
    article_audit,
    article_lock,
    need_category,
    need_direct,
    need_transition,
)
from apps.knowledge.models import Article, ArticleDepartment, ArticlePin
from apps.knowledge.services import article_index

MAX_PIN = 60


def article_archive(*, article: Article, user: User) -> None:
    """Take the article from its readers; it stays with all its versions."""
    need_direct(user, article)
    with transaction.atomic():
        locked = article_lock(article)
        need_transition(locked, ArticleState.ARCHIVED)
        locked.state = ArticleState.ARCHIVED
        locked.save()
        article_index(locked)
        article_audit(locked, user, "archive", {})
    article.refresh_from_db()


def article_unarchive(*, article: Article, user: User) -> None:
    """Give an archived article back to its readers, or to its writer when it was never published.

    Raises DatesError when it has expired since: set a later date first.
    """
    need_direct(user, article)
    with transaction.atomic():
        locked = article_lock(article)
        if locked.state not in (ArticleState.ARCHIVED, ArticleState.EXPIRED):
            raise IllegalStateError(str(article.pk))
        if locked.version is not None:
            if locked.expires_on is not None and locked.expires_on < timezone.localdate():
                raise DatesError(str(locked.expires_on))
            locked.state = ArticleState.PUBLISHED
        else:
            locked.state = ArticleState.UNPUBLISHED
        locked.save()
        article_index(locked)
        article_audit(locked, user, "unarchive", {})
    article.refresh_from_db()


class Direction(TypedDict):
    """Where an article lies, who answers for it, who reads it, and until when."""

    category_id: int | None
    owner_id: int
    department_ids: Sequence[int]
    review_on: date | None
    expires_on: date | None
    pins: Sequence[tuple[str, str]]


def article_direct(*, article: Article, user: User, values: Direction) -> None:
    """Change all but the text; no departments: the whole company.

    Raises NotFoundError for what is not the company's, DatesError, ForbiddenError.
    """
    need_direct(user, article)
    today = timezone.localdate()
    with transaction.atomic():
        locked = article_lock(article)
        for name, wished in (
            ("review_on", values["review_on"]),
            ("expires_on", values["expires_on"]),
        ):
            if wished is not None and wished != getattr(locked, name) and wished < today:
                raise DatesError(name)
        need_category(values["category_id"])
        owner = User.objects.filter(
            pk=values["owner_id"], tenant_id=locked.tenant_id, is_active=True
        ).first()
        if owner is None and values["owner_id"] != locked.owner_id:
            raise NotFoundError(f"user {values['owner_id']}")
        wanted = set(values["department_ids"])
        if Department.objects.filter(pk__in=wanted).count() != len(wanted):
            raise NotFoundError("department")
        before = {
            "category": locked.category_id,
            "owner": locked.owner_id,
            "review_on": str(locked.review_on),
            "expires_on": str(locked.expires_on),
            "is_company_wide": locked.is_company_wide,
        }
        locked.category_id = values["category_id"]
        locked.owner_id = values["owner_id"]
        locked.review_on, locked.expires_on = values["review_on"], values["expires_on"]
        locked.is_company_wide = not wanted
        locked.save()
        _departments_set(locked, wanted)
        _pins_set(locked, values["pins"])
        article_audit(
            locked,
            user,
            "direct",
            {
                "before": before,
                "category": locked.category_id,
                "owner": locked.owner_id,
                "departments": sorted(wanted),
                "review_on": str(locked.review_on),
                "expires_on": str(locked.expires_on),
            },
        )
    article.refresh_from_db()


def _departments_set(article: Article, wanted: set[int]) -> None:
    ArticleDepartment.objects.filter(article=article).exclude(department__in=wanted).delete()
    for pk in sorted(wanted):
        ArticleDepartment.objects.get_or_create(
            tenant_id=article.tenant_id, article=article, department_id=pk
        )


def _pins_set(article: Article, pins: Sequence[tuple[str, str]]) -> None:
    ArticlePin.objects.filter(article=article).delete()
    wanted = {(kind, clean_text(value)[:MAX_PIN]) for kind, value in pins if kind in PinKind.values}
    ArticlePin.objects.bulk_create(
        ArticlePin(tenant_id=article.tenant_id, article=article, kind=kind, value=value)
        for kind, value in sorted(wanted)
        if value
    )
