"""Knowledge beside a call: what is offered, and what helped."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.acd.models import Queue
from apps.calls.models import Call
from apps.calls.selectors import call_get_for
from apps.console.access import console_page
from apps.knowledge.choices import PinKind
from apps.knowledge.engine.query import MAX_QUERY
from apps.knowledge.search import OFFERED, article_search, article_suggest, hits
from apps.knowledge.selectors import article_get_for, readable
from apps.knowledge.usage import call_article_set, call_articles


@console_page
@require_safe
def panel(request: HttpRequest, call_pk: int, *, user: User) -> HttpResponse:
    """What to read on this call: searched by `q`, else offered by the call and what is noted."""
    call = call_get_for(user=user, pk=call_pk)
    text = request.GET.get("q", "").strip()[:MAX_QUERY]
    note = request.GET.get("note", "").strip()[:MAX_QUERY]
    can_read = readable(user)
    if text:
        found = article_search(user=user, text=text, can_read=can_read)
        keys, query = list(found.keys[:OFFERED]), found.query
    else:
        pins, parts = _known(call)
        keys, query = article_suggest(user=user, pins=pins, parts=[note, *parts], can_read=can_read)
    context = {
        "call": call,
        "q": text,
        "hits": hits(user, keys, query, can_read),
        "used": {one.article_id for one in call_articles(call)},
    }
    return render(request, "console/knowledge/panel.html", context)


def _known(call: Call) -> tuple[list[tuple[str, str]], list[str]]:
    """Return by what of the call articles are offered: pins, and words."""
    nodes = [str(step.get("node", "")) for step in call.path if isinstance(step, dict)]
    pins = [(str(PinKind.QUEUE), call.queue_number)]
    pins += [(str(PinKind.NODE), node) for node in nodes]
    parts: list[str] = []
    if call.queue_number:
        queue = Queue.objects.filter(number=call.queue_number).first()
        parts.append(queue.name if queue else "")
    if call.customer is not None:
        pins += [
            (str(PinKind.CUSTOMER), kind) for kind in (call.customer.kind, call.customer.level)
        ]
        parts.append(call.customer.kind)
    return pins, [*parts, *nodes]


@require_POST
@console_page
def used(request: HttpRequest, call_pk: int, pk: int, *, user: User) -> HttpResponse:
    """Keep with the call that an article helped, or take that back."""
    call = call_get_for(user=user, pk=call_pk)
    found = article_get_for(user=user, pk=pk)
    is_used = request.POST.get("used") == "1"
    call_article_set(call=call, article=found, user=user, is_used=is_used)
    if request.headers.get("HX-Request") == "true":
        context = {"call": call, "article": found, "is_used": is_used}
        return render(request, "console/knowledge/used.html", context)
    return redirect("console:knowledge-article", pk=pk)
