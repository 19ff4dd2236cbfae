"""Which articles a search of frequent words looks at, when not all that have them.

A word that every article has tells little of any. Of 50,000 articles three such words are 237,000
rows to add up. So:

- When one of the terms is rare, only the articles that have it are looked at: nothing is missed,
  every term must be met.
- When all are frequent, those are looked at whose titles and tags have the most of what is asked
  for, all titles counted, and those of which each term says the most: at most `CANDIDATES` for one
  term, and of several an equal share, `LEAST` at least. What may then be missing has at most one of
  the words in its title, and would have been among the last.

What the person may not read is left out before, not after.
"""

from collections.abc import Iterable, Mapping

from django.db import connection
from django.db.models import Q, Sum

from apps.core.tenancy import current_tenant_id
from apps.knowledge.engine.query import Alternative, Query, Term
from apps.knowledge.engine.words import TAG
from apps.knowledge.models import Article, ArticleWord

CANDIDATES, LEAST = 1_000, 400
FREQUENT = 4_000
MOST_KEYS = 8_000
# One visit for all words; each is counted no further than it takes to call it frequent.
COUNT = (
    "SELECT w, (SELECT count(*) FROM (SELECT 1 FROM knowledge_articleword "
    "WHERE tenant_id = %s AND word = w LIMIT %s) AS capped) FROM unnest(%s::text[]) w"
)


def candidates(allowed: Q, query: Query) -> list[int] | None:
    """Return the keys of the articles to look at, None for all. 1 query, 2 or more when limited.

    `allowed` is the condition on Article. Only on PostgreSQL, and in a company's scope.
    """
    tenant_id = current_tenant_id()
    if connection.vendor != "postgresql" or tenant_id is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [tenant_id, FREQUENT, list(query.words)])
        met: dict[str, int] = dict(cursor.fetchall())
    if max(met.values(), default=0) < FREQUENT:
        return None
    can_read = Article.objects.filter(allowed).values("pk")
    rarest = min((telling_words(term, met) for term in query.terms), key=lambda one: _sum(one, met))
    if all(met[word] < FREQUENT for word in rarest) and _sum(rarest, met) <= MOST_KEYS:
        rows = ArticleWord.objects.filter(word__in=rarest, article__in=can_read)
        return sorted(set(rows.values_list("article_id", flat=True)))
    share = max(CANDIDATES // len(query.terms), LEAST)
    found: set[int] = set()
    for term in query.terms:
        for word in telling_words(term, met):
            rows = ArticleWord.objects.filter(word=word, article__in=can_read)
            best = rows.order_by("-weight", "-article_id").values_list("article_id", flat=True)
            found.update(best[:share])
    # Each word may be in more titles than its share, and all of them in one title that is in none.
    titles = ArticleWord.objects.filter(
        word__in=query.words, weight__gte=TAG, article__in=can_read
    ).values("article_id")
    most = titles.annotate(points=Sum("weight")).order_by("-points", "-article_id")
    found.update(most.values_list("article_id", flat=True)[:CANDIDATES])
    return sorted(found)


def telling_words(term: Term, met: Mapping[str, int]) -> set[str]:
    """Return the rarest words of which whatever meets the term has at least one.

    `met` is how many articles have each word.
    """
    return {word for one in term.alternatives for word in _telling(one, met)}


def _telling(one: Alternative, met: Mapping[str, int]) -> list[str]:
    # With k of m words an article lacks m - k at most, so it has one of any m - k + 1.
    rarest = sorted(one.words, key=lambda word: (met.get(word, 0), word))
    return rarest[: len(one.words) - one.need + 1]


def _sum(words: Iterable[str], met: Mapping[str, int]) -> int:
    return sum(met.get(word, 0) for word in words)
