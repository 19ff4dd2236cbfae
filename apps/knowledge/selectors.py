"""Read articles: what is published for the person, and what he works on.

A published article is read by the whole company or by its departments: by who belongs to one of
them or to one below it, by who leads one above it, by those whose tier is "all", and by its owner.
What is not published is seen by its owner, by the team leads in whose departments owner or readers
are, and by admins.
"""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.choices import Role, ViewTier
from apps.accounts.models import Department, User
from apps.accounts.scope import department_ids, department_parents, tree_below
from apps.core.errors import NotFoundError
from apps.knowledge.choices import ArticleState, DraftState
from apps.knowledge.models import (
    Article,
    ArticleDepartment,
    ArticleDraft,
    ArticleRead,
    ArticleVersion,
    Attachment,
    Favourite,
    SynonymGroup,
)

RECENT = 10


def readable(user: User) -> Q:
    """Return the condition on Article of what the person reads today. 1 query, none for tier all.

    Source of the dates: the company's days are those of `TIME_ZONE`.
    """
    today = timezone.localdate()
    is_current = Q(state=ArticleState.PUBLISHED) & (Q(expires_on=None) | Q(expires_on__gte=today))
    if user.tier == ViewTier.ALL:
        return is_current
    ids = reading_departments(user)
    theirs = ArticleDepartment.objects.filter(article=OuterRef("pk"), department__in=ids)
    return is_current & (Q(is_company_wide=True) | Q(owner=user) | Q(Exists(theirs)))


def reading_departments(user: User) -> set[int]:
    """Return the departments whose articles the person reads: his, above it, and below if he leads.

    1 query, none for who is in none.
    """
    if user.department_id is None:
        return set()
    parents = department_parents()
    found: set[int] = set()
    at: int | None = user.department_id
    while at is not None and at not in found:
        found.add(at)
        at = parents.get(at)
    return found | (
        tree_below(user.department_id, parents) if user.tier == ViewTier.DEPARTMENT else set()
    )


def article_list_for(*, user: User) -> "QuerySet[Article]":
    """Return the articles that the person reads, newest first."""
    rows: QuerySet[Article] = Article.objects.filter(readable(user))
    return rows.select_related("version", "category", "owner").order_by("-published_at", "-pk")


def article_get_for(*, user: User, pk: int) -> Article:
    """Return one article that the person reads; NotFoundError otherwise."""
    found: Article | None = article_list_for(user=user).filter(pk=pk).first()
    if found is None or found.version is None:
        raise NotFoundError(f"article {pk}")
    return found


def may_manage(user: User) -> bool:
    """Say whether the person looks after the company's knowledge: categories, synonyms, review."""
    return user.role in (Role.ADMIN, Role.TEAM_LEAD)


def _led(user: User) -> Q:
    """Return the condition of what the person reviews. Nothing for who leads nobody."""
    if user.role == Role.ADMIN:
        return Q(pk__isnull=False)  # an empty Q would vanish from an "or"
    if user.role != Role.TEAM_LEAD:
        return Q(pk__in=[])
    ids = department_ids(user)
    theirs = ArticleDepartment.objects.filter(article=OuterRef("pk"), department__in=ids)
    return Q(owner__department__in=ids) | Q(Exists(theirs))


def article_work_list_for(*, user: User) -> "QuerySet[Article]":
    """Return the articles that the person writes or reviews, in any state, changed last first."""
    rows: QuerySet[Article] = Article.objects.filter(Q(owner=user) | _led(user))
    return rows.select_related(
        "version", "category", "owner", "draft", "draft__edited_by"
    ).order_by("-updated_at", "-pk")


def article_work_get_for(*, user: User, pk: int) -> Article:
    """Return one article that the person writes or reviews; NotFoundError otherwise."""
    found: Article | None = article_work_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"article {pk}")
    return found


def may_work(user: User, article: Article) -> bool:
    """Say whether the person writes or reviews this article. 1 or 2 queries."""
    return article_work_list_for(user=user).filter(pk=article.pk).exists()


def may_review(user: User, article: Article) -> bool:
    """Say whether the person decides about this article: not about what he has handed in himself.

    An admin decides about everything: a small company has nobody else.
    """
    if user.role == Role.ADMIN:
        return user.tenant_id == article.tenant_id
    if not Article.objects.filter(_led(user), pk=article.pk).exists():
        return False
    draft = draft_of(article)
    return draft is None or draft.submitted_by_id != user.pk


def may_direct(user: User, article: Article) -> bool:
    """Say whether the person changes who reads it and until when: who reviews; the owner before."""
    if user.role == Role.ADMIN:
        return user.tenant_id == article.tenant_id
    if Article.objects.filter(_led(user), pk=article.pk).exists():
        return True
    return article.owner_id == user.pk and article.state == ArticleState.UNPUBLISHED


def draft_of(article: Article) -> ArticleDraft | None:
    """Return what is being written, None when nothing is. 1 query."""
    found: ArticleDraft | None = (
        ArticleDraft.objects.select_related("edited_by", "submitted_by")
        .filter(article=article)
        .first()
    )
    return found


def review_waiting_count_for(*, user: User) -> int:
    """Return how many drafts wait for the person's decision. 1 or 2 queries."""
    if not may_manage(user):
        return 0
    waiting = Article.objects.filter(_led(user), draft__state=DraftState.REVIEW)
    if user.role != Role.ADMIN:
        waiting = waiting.exclude(draft__submitted_by=user)
    return waiting.count()


def version_get(article: Article, number: int) -> ArticleVersion:
    """Return a version of an article that the person may see; NotFoundError otherwise."""
    found: ArticleVersion | None = (
        article.versions.select_related("published_by", "written_by").filter(number=number).first()
    )
    if found is None:
        raise NotFoundError(f"article {article.pk} version {number}")
    return found


def article_departments(article: Article) -> list[Department]:
    """Return who reads it beside the owner, by name; empty for the whole company. 1 query."""
    links = ArticleDepartment.objects.filter(article=article).values("department_id")
    return list(Department.objects.filter(pk__in=links).order_by("name"))


def attachment_get_for(*, user: User, pk: int) -> Attachment:
    """Return a file of an article that the person reads or works on; NotFoundError otherwise."""
    found: Attachment | None = Attachment.objects.select_related("article").filter(pk=pk).first()
    if found is None or not (
        Article.objects.filter(readable(user), pk=found.article_id).exists()
        or may_work(user, found.article)
    ):
        raise NotFoundError(f"attachment {pk}")
    return found


def favourite_list_for(*, user: User, can_read: Q | None = None) -> "QuerySet[Article]":
    """Return the person's favourites that he still reads, by title; of each only that is read.

    `can_read` is `readable(user)` for who has it already; also below.
    """
    mine = Favourite.objects.filter(user=user).values("article_id")
    condition = readable(user) if can_read is None else can_read
    rows: QuerySet[Article] = Article.objects.filter(condition, pk__in=mine).only("title")
    return rows.order_by("title", "pk")


def recent_list_for(*, user: User, can_read: Q | None = None) -> list[Article]:
    """Return the articles that the person opened last, at most ten; of each only the title is read.

    2 queries and the tier's, 1 for who has opened none.
    """
    seen = list(
        dict.fromkeys(
            ArticleRead.objects.filter(user=user)
            .order_by("-at")
            .values_list("article_id", flat=True)[: RECENT * 5]
        )
    )[:RECENT]
    if not seen:
        return []
    condition = readable(user) if can_read is None else can_read
    rows = Article.objects.filter(condition, pk__in=seen).only("title").in_bulk()
    return [rows[pk] for pk in seen if pk in rows]


def synonym_groups() -> list[list[str]]:
    """Return the company's groups of synonyms. 1 query."""
    return [list(row.words) for row in SynonymGroup.objects.all()]


def is_due(article: Article, today: date) -> bool:
    """Say whether the owner should have looked at the article by today."""
    return article.review_on is not None and article.review_on <= today
