"""Which articles a search of frequent words looks at, when not all that have them.

A word that every article has tells little of any. Of 50,000 articles three such words are 237,000
rows to add up. So first only the `most` articles are looked at whose titles and tags say the most
of what is asked for, and of which each has a rare word of a term, when one of the terms has only
rare ones. When too little of them is found, all are looked at; but when their words are too many
to add up, those that have the rare word, or of which each term says the most, an equal share each.

What the person may not read is left out of the best at first when they are ranked, which is cheap;
when too few are left, before they are chosen, so that it takes nobody's place.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Field, Func, Q, Value

from apps.core.tenancy import current_tenant_id
from apps.knowledge.engine.query import Alternative, Query, Term
from apps.knowledge.engine.words import TAG
from apps.knowledge.models import Article

CANDIDATES, LEAST = 1_000, 400
FREQUENT = 4_000
MOST_KEYS = 8_000
MOST_ROWS = 45_000
# One visit for all words; each is counted no further than it takes to call it frequent.
COUNT = (
    "SELECT w, (SELECT count(*) FROM (SELECT 1 FROM knowledge_articleword "
    "WHERE tenant_id = %s AND word = w LIMIT %s) AS capped) FROM unnest(%s::text[]) w"
)
TOTAL = (
    "SELECT count(*) FROM (SELECT 1 FROM knowledge_articleword WHERE tenant_id = %s "
    "AND word = ANY(%s) LIMIT %s) AS capped"
)
# All of these lie in the index knowledge_words_best; none is joined with another, so there is one
# way only to answer, whatever the statistics say.
STRONG = (
    "SELECT article_id, weight, false AS has_it FROM knowledge_articleword "
    "WHERE tenant_id = %s AND word = ANY(%s) AND weight >= %s"
)
HAVING_IT = (
    "SELECT article_id, 0, true FROM knowledge_articleword WHERE tenant_id = %s AND word = ANY(%s)"
)
ANY = "true"
BEST = (
    "SELECT article_id FROM ({rows}) AS one WHERE {readable} GROUP BY article_id HAVING {having} "
    "ORDER BY sum(weight) DESC, article_id DESC LIMIT %s"
)
HAVING = (
    "SELECT DISTINCT article_id FROM knowledge_articleword WHERE tenant_id = %s AND word = ANY(%s) "
    "AND {readable}"
)
SHARES = (
    "SELECT DISTINCT article_id FROM unnest(%s::text[]) AS term(w), LATERAL (SELECT article_id "
    "FROM knowledge_articleword WHERE tenant_id = %s AND word = w AND {readable} "
    "ORDER BY weight DESC, article_id DESC LIMIT %s) AS best"
)


def word_counts(query: Query) -> dict[str, int] | None:
    """Return how many of the company's articles have each word, `FREQUENT` at most. 1 query.

    None on SQLite, which looks at all articles, and without a company's scope.
    """
    tenant_id = current_tenant_id()
    if connection.vendor != "postgresql" or tenant_id is None:
        return None
    return dict(_rows(COUNT, [tenant_id, FREQUENT, list(query.words)]))


def among(field: str, keys: Collection[int]) -> Q:
    """Return the condition that a field is one of many keys.

    On PostgreSQL they are one parameter: a thousand take 5 ms of our processor otherwise.
    """
    if connection.vendor != "postgresql" or not keys:
        return Q(**{f"{field}__in": keys})
    return Q(
        Func(
            F(field),
            Value(list(keys), output_field=Field()),
            template="%(expressions)s)",
            arg_joiner=" = ANY(",
            output_field=BooleanField(),
        )
    )


def is_frequent(met: Mapping[str, int]) -> bool:
    """Say whether not all articles that have these words are to be looked at."""
    return max(met.values(), default=0) >= FREQUENT or sum(met.values()) > MOST_KEYS * 2


@dataclass(frozen=True)
class Pool:
    """Keys of articles; `is_whole` when no other can be an answer."""

    keys: Collection[int]
    is_whole: bool = False


@dataclass(frozen=True)
class Pools:
    """What to look at for a query, cheapest first, each with more than the one before."""

    allowed: Q
    """The condition on Article of what the person reads of what is asked for."""
    query: Query
    met: Mapping[str, int]
    few: int | None = None
    """How many to look at first, `CANDIDATES` when None."""

    def __iter__(self) -> Iterator["Pool | None"]:
        """Yield some articles, None for all. 1 to 3 queries each."""
        rarest = self._rarest
        rare = _sum(rarest, self.met)
        if any(self.met.get(word, 0) >= FREQUENT for word in rarest) or rare > MOST_KEYS:
            rarest = set()
        elif rare <= self.most:
            yield Pool(self._all(rarest, is_readable=False), is_whole=True)
            return
        best = self._best(rarest)
        yield Pool(best)
        if self._total <= MOST_ROWS:
            yield None
        elif rarest:
            yield Pool(self._all(rarest, is_readable=True), is_whole=True)
        else:
            shares = self._shares()
            yield Pool(shares.union(best))
            if len(best) == self.most:
                yield Pool(shares.union(self._best(is_readable=True)))

    @property
    def most(self) -> int:
        """Return how many are looked at first."""
        return CANDIDATES if self.few is None else self.few

    @property
    def _total(self) -> int:
        words = list(self.query.words)
        return int(_rows(TOTAL, [current_tenant_id(), words, MOST_ROWS + 1])[0][0])

    @property
    def _rarest(self) -> set[str]:
        every = (telling_words(term, self.met) for term in self.query.terms)
        return min(every, key=lambda one: _sum(one, self.met))

    def _best(self, rarest: Iterable[str] = (), *, is_readable: bool = False) -> list[int]:
        """Return those whose titles and tags say the most, of those that have a rare word."""
        tenant_id = current_tenant_id()
        parts, params = [STRONG], [tenant_id, list(self.query.words), TAG]
        if rarest:
            parts.append(HAVING_IT)
            params += [tenant_id, list(rarest)]
        where, more = self._readable() if is_readable else (ANY, [])
        having = "bool_or(has_it)" if rarest else ANY
        sql = BEST.format(rows=" UNION ALL ".join(parts), readable=where, having=having)
        return [key for (key,) in _rows(sql, [*params, *more, self.most])]

    def _all(self, rarest: Iterable[str], *, is_readable: bool) -> list[int]:
        where, more = self._readable() if is_readable else (ANY, [])
        params = [current_tenant_id(), list(rarest), *more]
        return [key for (key,) in _rows(HAVING.format(readable=where), params)]

    def _shares(self) -> set[int]:
        """Return those that the person reads and of which each term says the most."""
        where, more = self._readable()
        telling = sorted({w for term in self.query.terms for w in telling_words(term, self.met)})
        share = max(CANDIDATES // len(self.query.terms), LEAST)
        if self.few is not None:
            share = max(self.few // len(telling), 1)
        params = [telling, current_tenant_id(), *more, share]
        return {key for (key,) in _rows(SHARES.format(readable=where), params)}

    def _readable(self) -> tuple[str, list[Any]]:
        rows = Article.objects.filter(self.allowed).values("pk")
        sql, params = rows.query.sql_with_params()
        return f"article_id IN ({sql})", list(params)


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


def _rows(sql: str, params: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[Any] = cursor.fetchall()
        return found
