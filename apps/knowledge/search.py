"""Find articles by what somebody typed: scope and publication are in the query.

Cost: 1 query for the synonyms, 3 for the matches (6 when the strict reading finds nothing or the
person reads few of many, 1 more for each frequent word), those of the view tier, and 1 for the rows
of the page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from apps.accounts.models import User
from apps.knowledge.candidates import CANDIDATES, candidates
from apps.knowledge.category_tree import category_and_below
from apps.knowledge.engine.highlight import Piece, excerpt, marked
from apps.knowledge.engine.query import Query, hints, loose, strict
from apps.knowledge.engine.words import tag_word
from apps.knowledge.models import Article, ArticlePin, ArticleWord
from apps.knowledge.selectors import article_list_for, readable, synonym_groups

MOST = 200
OFFERED = 6
VOTE_POINTS, MOST_VOTES = 2, 10


@dataclass(frozen=True)
class Hit:
    """An article that was found; title and a part of its text, cut where to mark."""

    article: Article
    title: Sequence[Piece]
    excerpt: Sequence[Piece]


@dataclass(frozen=True)
class Found:
    """The answer to a search: the keys of at most `MOST` articles, best first."""

    keys: Sequence[int]
    query: Query
    is_loose: bool

    @property
    def is_cut(self) -> bool:
        """Say whether there may be more."""
        return len(self.keys) >= MOST


def article_search(
    *, user: User, text: str, category_id: int | None = None, tag: str = ""
) -> Found:
    """Return what the person reads of what was asked for, best first. Any text is allowed."""
    groups = synonym_groups()
    allowed = _allowed(user, category_id, tag)
    query = strict(text, groups)
    keys = _keys(allowed, query)
    if keys or not query.terms:
        return Found(keys, query, is_loose=False)
    query = loose(text, groups)
    return Found(_keys(allowed, query), query, is_loose=True)


def article_suggest(
    *, user: User, pins: Iterable[tuple[str, str]], parts: Iterable[str], most: int = OFFERED
) -> tuple[list[int], Query]:
    """Return the keys of what to offer on a call, pinned ones first, and what to mark.

    `pins` are what is known of the call (kind, value), `parts` texts of which any word will do.
    """
    wanted = Q(pk__in=[])
    for kind, value in pins:
        if value:
            wanted |= Q(kind=kind, value=value)
    can_read = Article.objects.filter(readable(user)).values("pk")
    pinned = (
        ArticlePin.objects.filter(wanted, article__in=can_read)
        .values("article_id")
        .annotate(met=Count("pk"))
        .order_by("-met", "article_id")
        .values_list("article_id", flat=True)
    )
    keys = list(pinned[:most])
    query = hints(parts, synonym_groups())
    more = _keys(readable(user), query) if len(keys) < most else []
    return [*keys, *(key for key in more if key not in keys)][:most], query


def article_related(*, user: User, article: Article, most: int = 5) -> list[Article]:
    """Return published articles that share the most words of the title and tags."""
    if article.version is None:
        return []
    query = hints([article.version.title, *article.version.tags])
    keys = [key for key in _keys(readable(user), query) if key != article.pk][:most]
    return articles_in_order(user, keys)


def articles_in_order(user: User, keys: Sequence[int]) -> list[Article]:
    """Return the articles with these keys in this order, those that the person reads. 1 query."""
    rows = {row.pk: row for row in article_list_for(user=user).filter(pk__in=keys)}
    return [rows[key] for key in keys if key in rows]


def hits(user: User, keys: Sequence[int], query: Query) -> list[Hit]:
    """Return what a page shows of each, marked. 1 query."""
    return [
        Hit(row, marked(row.title, query.marks), excerpt(row.version.text, query.marks))
        for row in articles_in_order(user, keys)
        if row.version is not None
    ]


def _allowed(user: User, category_id: int | None, tag: str) -> Q:
    """Return the condition on Article of what the person reads of what was asked for."""
    condition = readable(user)
    if category_id is not None:
        condition &= Q(category__in=category_and_below(category_id))
    if tag:
        tagged = ArticleWord.objects.filter(word=tag_word(tag)).values("article_id")
        condition &= Q(pk__in=tagged)
    return condition


def _keys(allowed: Q, query: Query) -> list[int]:
    """Return the best matches: words of the title before tags before the text, then the votes.

    First the words alone, from their index: of a word that every article has, only the best
    `CANDIDATES` are looked up. When too few of them are allowed, all are. With frequent words only
    some articles are looked at (`candidates.py`).
    """
    if not query.words:
        return []
    limited = candidates(allowed, query)
    if limited is not None:
        rows = ArticleWord.objects.filter(article__in=limited)
        return _ranked(dict(_matches(rows, query)[:CANDIDATES]), allowed)
    best = list(_matches(ArticleWord.objects.all(), query)[:CANDIDATES])
    found = _ranked(dict(best), allowed)
    if len(best) == CANDIDATES and len(found) < MOST:
        articles = Article.objects.filter(allowed).values("pk")
        every = _matches(ArticleWord.objects.filter(article__in=articles), query)
        found = _ranked(dict(every[:CANDIDATES]), allowed)
    return found


def _matches(rows: "QuerySet[ArticleWord]", query: Query) -> Any:
    """Return (article, points) of what has every term, most points first.

    Nothing but words may come in here: it would be grouped by too, and read outside the index.
    """
    wanted, counts, at = Q(), {}, 0
    for term in query.terms:
        either = Q()
        for alternative in term.alternatives:
            name = f"met_{at}"
            at += 1
            counts[name] = Count("word", filter=Q(word__in=alternative.words))
            either |= Q(**{f"{name}__gte": alternative.need})
        wanted &= either
    met = rows.filter(word__in=query.words).values("article_id")
    return (
        met.annotate(**counts)
        .filter(wanted)
        .annotate(points=Sum("weight"))
        .order_by("-points", "-article_id")
        .values_list("article_id", "points")
    )


def _ranked(points: Mapping[int, int], allowed: Q) -> list[int]:
    """Return the keys of those that are allowed, by points and votes. 1 query."""
    votes = Article.objects.filter(allowed, pk__in=points).values_list("pk", "helpful", "unhelpful")
    ranks = {
        pk: points[pk] + VOTE_POINTS * min(max(helpful - unhelpful, -MOST_VOTES), MOST_VOTES)
        for pk, helpful, unhelpful in votes
    }
    return sorted(ranks, key=lambda pk: (ranks[pk], pk), reverse=True)[:MOST]
