"""Find articles by what somebody typed: scope and publication are in the query.

Cost: 1 query for the synonyms, 3 for the matches (1 when nobody has the words, 4 to 11 with
frequent ones, the same again for the loose reading), those of the view tier, and 1 for the rows of
the page. None of it grows with the number of words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from apps.accounts.models import User
from apps.knowledge.candidates import CANDIDATES, Pools, among, is_frequent, word_counts
from apps.knowledge.category_tree import category_and_below
from apps.knowledge.engine.highlight import Piece, excerpt, marked
from apps.knowledge.engine.query import Query, hints, loose, strict
from apps.knowledge.engine.words import tag_word
from apps.knowledge.models import Article, ArticlePin, ArticleWord
from apps.knowledge.selectors import article_list_for, readable, synonym_groups

MOST, ENOUGH = 200, 100
OFFERED = 6
OFFER_CANDIDATES = 150
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
    is_whole: bool = True

    @property
    def is_cut(self) -> bool:
        """Say whether there may be more."""
        return len(self.keys) >= MOST or not self.is_whole


def article_search(
    *,
    user: User,
    text: str,
    category_id: int | None = None,
    tag: str = "",
    can_read: Q | None = None,
) -> Found:
    """Return what the person reads of what was asked for, best first. Any text is allowed.

    `can_read` is `readable(user)` for who has it already.
    """
    groups = synonym_groups()
    allowed = _allowed(readable(user) if can_read is None else can_read, category_id, tag)
    query = strict(text, groups)
    keys, is_whole = _keys(allowed, query)
    if keys or not query.terms:
        return Found(keys, query, is_loose=False, is_whole=is_whole)
    query = loose(text, groups)
    keys, is_whole = _keys(allowed, query)
    return Found(keys, query, is_loose=True, is_whole=is_whole)


def article_suggest(
    *,
    user: User,
    pins: Iterable[tuple[str, str]],
    parts: Iterable[str],
    most: int = OFFERED,
    can_read: Q | None = None,
) -> tuple[list[int], Query]:
    """Return the keys of what to offer on a call, pinned ones first, and what to mark.

    `pins` are what is known of the call (kind, value), `parts` texts of which any word will do;
    `can_read` as above.
    """
    can_read = readable(user) if can_read is None else can_read
    wanted = Q(pk__in=[])
    for kind, value in pins:
        if value:
            wanted |= Q(kind=kind, value=value)
    pinned = (
        ArticlePin.objects.filter(wanted, article__in=Article.objects.filter(can_read).values("pk"))
        .values("article_id")
        .annotate(met=Count("pk"))
        .order_by("-met", "article_id")
        .values_list("article_id", flat=True)
    )
    keys = list(pinned[:most])
    query = hints(parts, synonym_groups())
    more = _offers(can_read, query, least=most) if len(keys) < most else []
    return [*keys, *(key for key in more if key not in keys)][:most], query


def article_related(*, user: User, article: Article, most: int = 5) -> list[Article]:
    """Return published articles that share the most words of the title and tags."""
    if article.version is None:
        return []
    query = hints([article.version.title, *article.version.tags])
    found = _offers(readable(user), query, least=most + 1)
    keys = [key for key in found if key != article.pk][:most]
    return articles_in_order(user, keys)


def _offers(allowed: Q, query: Query, *, least: int) -> list[int]:
    return _keys(allowed, query, least=least, most=OFFER_CANDIDATES)[0]


def articles_in_order(user: User, keys: Sequence[int]) -> list[Article]:
    """Return the articles with these keys in this order, those that the person reads. 1 query."""
    rows = {row.pk: row for row in article_list_for(user=user).filter(pk__in=keys)}
    return [rows[key] for key in keys if key in rows]


def hits(user: User, keys: Sequence[int], query: Query, can_read: Q | None = None) -> list[Hit]:
    """Return what a page shows of each, marked. 1 query, which reads no more than that.

    `can_read` as above.
    """
    can_read = readable(user) if can_read is None else can_read
    rows = Article.objects.filter(can_read, pk__in=keys).select_related("version", "category")
    shown = rows.only("title", "helpful", "version__text", "version__tags", "category__name")
    found = {row.pk: row for row in shown}
    return [
        Hit(row, marked(row.title, query.marks), excerpt(row.version.text, query.marks))
        for row in (found[key] for key in keys if key in found)
        if row.version is not None
    ]


def _allowed(condition: Q, category_id: int | None, tag: str) -> Q:
    """Return the condition on Article of what the person reads of what was asked for."""
    if category_id is not None:
        condition &= Q(category__in=category_and_below(category_id))
    if tag:
        tagged = ArticleWord.objects.filter(word=tag_word(tag)).values("article_id")
        condition &= Q(pk__in=tagged)
    return condition


def _keys(
    allowed: Q, query: Query, *, least: int | None = None, most: int | None = None
) -> tuple[list[int], bool]:
    """Return the best matches: words of the title before tags before the text, then the votes.

    First the words alone, from their index: of a word that every article has, only the best
    `CANDIDATES` are looked up. When too few of them are allowed, all are. With frequent words only
    some articles are looked at (`candidates.py`): `most` (`CANDIDATES`) at first, more while fewer
    than `least` (`ENOUGH`) are found. The second says whether all that have them were looked at.
    """
    met = word_counts(query) if query.words else {}
    if met is not None:
        query = query.known({word for word, count in met.items() if count})
    if not query.words:
        return [], True
    if met is None or len(query.words) == 1 or not is_frequent(met):
        return _keys_of_all(allowed, query), True
    found, is_whole = [], False
    for pool in Pools(allowed, query, met, most):
        if pool is None:
            return _keys_of_all(allowed, query), True
        is_whole = pool.is_whole
        rows = ArticleWord.objects.filter(among("article_id", pool.keys))
        found = _ranked(dict(_matches(rows, query)[:CANDIDATES]), allowed) if pool.keys else []
        if len(found) >= (least or ENOUGH):
            break
    return found, is_whole


def _keys_of_all(allowed: Q, query: Query) -> list[int]:
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
    if len(query.words) == 1:  # each article has it once, and the index has the best first
        one = rows.filter(word=query.words[0]).order_by("-weight", "-article_id")
        return one.values_list("article_id", "weight")
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
    if not points:
        return []
    wanted = Article.objects.filter(allowed, among("id", points))
    votes = wanted.values_list("pk", "helpful", "unhelpful")
    ranks = {
        pk: points[pk] + VOTE_POINTS * min(max(helpful - unhelpful, -MOST_VOTES), MOST_VOTES)
        for pk, helpful, unhelpful in votes
    }
    return sorted(ranks, key=lambda pk: (ranks[pk], pk), reverse=True)[:MOST]
