"""Search and read the knowledge base."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.calls.models import Call
from apps.calls.selectors import call_get_for
from apps.console.access import console_page, render_work
from apps.core.errors import NotFoundError
from apps.knowledge.category_tree import category_and_below, category_nodes
from apps.knowledge.choices import ReadFrom
from apps.knowledge.engine.query import MAX_QUERY
from apps.knowledge.models import Article
from apps.knowledge.search import article_related, article_search, hits
from apps.knowledge.selectors import (
    article_get_for,
    article_list_for,
    favourite_list_for,
    may_manage,
    may_work,
    readable,
    recent_list_for,
    review_waiting_count_for,
)
from apps.knowledge.usage import (
    article_read,
    article_vote,
    call_articles,
    favourite_set,
    is_favourite,
    miss_record,
    vote_of,
)

PAGE_ROWS = 20
MAX_KEY = 2**31 - 1


def number_of(text: str) -> int | None:
    """Return a key sent in an address, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and int(text[:12]) <= MAX_KEY else None


@console_page
@require_safe
def knowledge(request: HttpRequest, *, user: User) -> HttpResponse:
    """Search, or look through the categories."""
    text = request.GET.get("q", "").strip()[:MAX_QUERY]
    category = number_of(request.GET.get("category", ""))
    tag = request.GET.get("tag", "").strip()[:60]
    page = Paginator(_keys(user, text, category, tag), PAGE_ROWS).get_page(
        number_of(request.GET.get("page", "")) or 1
    )
    can_read = readable(user)
    context: dict[str, Any] = {
        "q": text,
        "tag": tag,
        "category": category,
        "nodes": [node for node in category_nodes() if not node.is_archived],
        "page": page,
        "favourites": favourite_list_for(user=user, can_read=can_read)[:10],
        "recent": recent_list_for(user=user, can_read=can_read),
        "may_manage": may_manage(user),
        "review_waiting": review_waiting_count_for(user=user),
        "title": _("Knowledge"),
    }
    if text:
        found = article_search(
            user=user, text=text, category_id=category, tag=tag, can_read=can_read
        )
        page = Paginator(found.keys, PAGE_ROWS).get_page(
            number_of(request.GET.get("page", "")) or 1
        )
        context |= {
            "page": page,
            "hits": hits(user, list(page.object_list), found.query, can_read),
            "is_loose": found.is_loose,
            "is_cut": found.is_cut,
        }
        if not found.keys and category is None and not tag:
            miss_record(user=user, text=text)
    else:
        context["articles"] = list(page.object_list)
    return render_work(request, "console/knowledge/home.html", context)


def _keys(user: User, text: str, category: int | None, tag: str) -> Any:
    if text:
        return []
    rows = article_list_for(user=user)
    if category is not None:
        rows = rows.filter(category__in=category_and_below(category))
    if tag:
        rows = rows.filter(pk__in=article_search(user=user, text=tag, tag=tag).keys)
    return rows


@console_page
@require_safe
def article(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One article to read."""
    found = article_get_for(user=user, pk=pk)
    call = _call(request, user)
    source = ReadFrom.SEARCH if request.GET.get("from") == "search" else ReadFrom.PAGE
    article_read(article=found, user=user, source=ReadFrom.CALL if call else source, call=call)
    context = {**_shown(found, user), "call": call, "title": found.title}
    if call is not None:
        context["is_used"] = any(one.article_id == found.pk for one in call_articles(call))
    return render_work(request, "console/knowledge/article.html", context)


@console_page
@require_safe
def article_print(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One article alone on a page, for paper."""
    found = article_get_for(user=user, pk=pk)
    return render(request, "console/knowledge/print.html", {"article": found, "title": found.title})


@require_POST
@console_page
def vote(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Say whether it helped."""
    found = article_get_for(user=user, pk=pk)
    article_vote(
        article=found,
        user=user,
        is_helpful=request.POST.get("helpful") == "1",
        comment=request.POST.get("comment", ""),
    )
    found.refresh_from_db()
    context = {**_shown(found, user), "is_thanked": True}
    if request.headers.get("HX-Request") == "true":
        return render(request, "console/knowledge/votes.html", context)
    return redirect("console:knowledge-article", pk=pk)


@require_POST
@console_page
def favourite(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Put it among the favourites or take it away."""
    found = article_get_for(user=user, pk=pk)
    favourite_set(article=found, user=user, is_on=request.POST.get("on") == "1")
    if request.headers.get("HX-Request") == "true":
        context = {"article": found, "is_favourite": is_favourite(article=found, user=user)}
        return render(request, "console/knowledge/favourite.html", context)
    return redirect("console:knowledge-article", pk=pk)


def _shown(found: Article, user: User) -> dict[str, Any]:
    """Return what an article's page shows."""
    assert found.version is not None  # noqa: S101 - the selector saw to it
    return {
        "article": found,
        "files": found.attachments.filter(is_removed=False).order_by("name", "pk"),
        "related": article_related(user=user, article=found),
        "vote": vote_of(article=found, user=user),
        "is_favourite": is_favourite(article=found, user=user),
        "may_work": may_work(user, found),
        "version_text": pgettext("article", "Version %(number)s")
        % {"number": found.version.number},
    }


def _call(request: HttpRequest, user: User) -> Call | None:
    """Return the call beside which the article is read; one that he may not see is none."""
    pk = number_of(request.GET.get("call", ""))
    if pk is None:
        return None
    try:
        return call_get_for(user=user, pk=pk)
    except NotFoundError:
        return None
