"""The words of the knowledge base."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ArticleState(models.TextChoices):
    """Whether the company reads an article. What is being written is its draft's matter."""

    UNPUBLISHED = "unpublished", _("Never published")
    PUBLISHED = "published", pgettext_lazy("article", "Published")
    EXPIRED = "expired", pgettext_lazy("article", "Expired")
    ARCHIVED = "archived", pgettext_lazy("article", "Archived")


class DraftState(models.TextChoices):
    """Where a draft is; published, it becomes a version and is no draft any more."""

    WRITING = "writing", pgettext_lazy("article", "Draft")
    REVIEW = "review", pgettext_lazy("article", "In review")


class PinKind(models.TextChoices):
    """By what of a call an article is offered first."""

    QUEUE = "queue", _("Queue number")
    NODE = "node", _("Step of the flow")
    CUSTOMER = "customer", _("Customer's type")


class ReadFrom(models.TextChoices):
    """Where an article was opened."""

    PAGE = "page", _("Page")
    SEARCH = "search", _("Search")
    CALL = "call", _("Call")
    API = "api", "API"


ARTICLE_TRANSITIONS: dict[str, frozenset[str]] = {
    ArticleState.UNPUBLISHED: frozenset({ArticleState.PUBLISHED, ArticleState.ARCHIVED}),
    ArticleState.PUBLISHED: frozenset(
        {ArticleState.PUBLISHED, ArticleState.EXPIRED, ArticleState.ARCHIVED}
    ),
    ArticleState.EXPIRED: frozenset({ArticleState.PUBLISHED, ArticleState.ARCHIVED}),
    ArticleState.ARCHIVED: frozenset({ArticleState.PUBLISHED, ArticleState.UNPUBLISHED}),
}
