"""What each change of an article asks first, and how it is audited."""

from typing import Any

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.knowledge.choices import ARTICLE_TRANSITIONS, ArticleState
from apps.knowledge.errors import IllegalStateError
from apps.knowledge.models import Article, Category
from apps.knowledge.selectors import may_direct, may_review, may_work


def need_category(pk: int | None) -> None:
    """Raise NotFoundError for a category that the company does not have."""
    if pk is not None and not Category.objects.filter(pk=pk).exists():
        raise NotFoundError(f"category {pk}")


def article_lock(article: Article) -> Article:
    """Return the row as it is now, locked until the transaction ends."""
    locked: Article = (
        Article.objects.select_for_update(no_key=True, of=("self",))
        .select_related("version")
        .get(pk=article.pk)
    )
    return locked


def need_transition(article: Article, to: ArticleState) -> None:
    """Raise IllegalStateError when this state may not follow."""
    if to not in ARTICLE_TRANSITIONS[article.state]:
        raise IllegalStateError(f"{article.pk} {article.state} -> {to}")


def need_work(user: User, article: Article) -> None:
    """Raise ForbiddenError unless the person writes or reviews the article."""
    if user.tenant_id != article.tenant_id or not may_work(user, article):
        raise ForbiddenError(f"{user.username} article {article.pk}")


def need_review(user: User, article: Article) -> None:
    """Raise ForbiddenError unless the person decides about the draft."""
    if user.tenant_id != article.tenant_id or not may_review(user, article):
        raise ForbiddenError(f"{user.username} article {article.pk}")


def need_direct(user: User, article: Article) -> None:
    """Raise ForbiddenError unless the person says who reads the article."""
    if user.tenant_id != article.tenant_id or not may_direct(user, article):
        raise ForbiddenError(f"{user.username} article {article.pk}")


def article_audit(article: Article, user: User | None, action: str, detail: dict[str, Any]) -> None:
    """Write an act on an article into the audit trail."""
    audit_record(
        actor=user,
        tenant_id=article.tenant_id,
        action=f"knowledge.{action}",
        object_type="knowledge_article",
        object_id=article.pk,
        detail=detail,
    )
