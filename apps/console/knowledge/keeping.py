"""Look after the knowledge base: categories, synonyms, files, and what becomes of articles."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.console.knowledge.forms import CategoryForm
from apps.console.knowledge.pages import PAGE_ROWS
from apps.console.knowledge.tables import MissTable, StaleTable, UsageTable
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.integrations.access import signed_in_or_token
from apps.knowledge import category_tree, usage
from apps.knowledge.errors import FileRefusedError, InvalidArticleError
from apps.knowledge.files import attachment_add, attachment_path, attachment_remove
from apps.knowledge.models import SynonymGroup
from apps.knowledge.selectors import article_work_get_for, attachment_get_for, may_manage

UNPROCESSABLE = 422
MOST_STALE = 50


def _try(request: HttpRequest, act: Callable[[], object]) -> None:
    """Do it; what can be put right on the page is said there."""
    try:
        act()
    except HuawuError as error:
        if error.status != UNPROCESSABLE:
            raise
        messages.error(request, str(error.text))
    else:
        messages.success(request, _("Saved."))


def _need_manager(user: User) -> None:
    if not may_manage(user):
        raise ForbiddenError(user.username)


@console_page
@require_safe
def categories(request: HttpRequest, *, user: User) -> HttpResponse:
    """The tree of categories."""
    if not may_manage(user):
        raise PermissionDenied
    nodes = category_tree.category_nodes()
    context = {
        "nodes": nodes,
        "parents": [
            node
            for node in nodes
            if not node.is_archived and node.level < category_tree.MAX_LEVELS - 1
        ],
        "title": _("Categories"),
    }
    return render_work(request, "console/knowledge/categories.html", context)


@console_command
def category_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Add a category."""
    _need_manager(user)
    form = CategoryForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        _try(
            request,
            lambda: category_tree.category_add(
                user=user, name=data["name"], parent_id=data["parent"]
            ),
        )
    else:
        messages.error(request, _("Give a name of at most 80 characters."))
    return redirect("console:knowledge-categories")


@console_command
def category_save(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Rename, move, order or archive a category."""
    _need_manager(user)
    form = CategoryForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a name, and an order between 0 and 9999."))
        return redirect("console:knowledge-categories")
    data = form.cleaned_data
    _try(
        request,
        lambda: category_tree.category_change(
            user=user,
            pk=pk,
            name=data["name"],
            parent_id=data["parent"],
            position=data["position"] or 0,
            is_archived=data["is_archived"],
        ),
    )
    return redirect("console:knowledge-categories")


@console_page
@require_safe
def synonyms(request: HttpRequest, *, user: User) -> HttpResponse:
    """The company's words that mean the same."""
    if not may_manage(user):
        raise PermissionDenied
    context = {"groups": SynonymGroup.objects.all(), "title": _("Synonyms")}
    return render_work(request, "console/knowledge/synonyms.html", context)


@console_command
def synonyms_save(request: HttpRequest, pk: int | None = None, *, user: User) -> HttpResponse:
    """Keep a group of synonyms, or take it away when it is emptied."""
    text = request.POST.get("words", "")[:1_000]
    _try(request, lambda: usage.synonyms_save(user=user, text=text, pk=pk))
    return redirect("console:knowledge-synonyms")


@console_page
@require_safe
def insights(request: HttpRequest, *, user: User) -> HttpResponse:
    """What is read, what is not, what has grown old, and what was looked for in vain."""
    if not may_manage(user):
        raise PermissionDenied
    used = UsageTable(usage.usage_list_for(user=user), prefix="used-")
    missed = MissTable(usage.miss_list_for(user=user), prefix="missed-")
    for table in (used, missed):
        RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "used": used,
        "missed": missed,
        "stale": StaleTable(usage.stale_list_for(user=user)[:MOST_STALE]),
        "unread": StaleTable(usage.unread_list_for(user=user)[:MOST_STALE]),
        "title": _("Use of the knowledge"),
    }
    return render_work(request, "console/knowledge/insights.html", context)


@console_command
def miss_done(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take a search off the list."""
    usage.miss_done(user=user, pk=pk)
    return redirect("console:knowledge-insights")


@console_command
def file_add(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take a file for an article; the editor is answered in JSON."""
    found = article_work_get_for(user=user, pk=pk)
    is_page = request.POST.get("is_page") == "1"
    try:
        sent = request.FILES.get("file")
        if sent is None or isinstance(sent, list):
            raise FileRefusedError("no file")
        made = attachment_add(article=found, user=user, name=sent.name or "", pieces=sent.chunks())
    except HuawuError as error:
        if not is_page or error.status != UNPROCESSABLE:
            raise
        messages.error(request, str(error.text))
    else:
        if not is_page:
            url = f"/knowledge/files/{made.pk}/"
            return JsonResponse({"url": url, "name": made.name, "is_image": made.is_image})
        messages.success(request, _("Saved."))
    return redirect("console:knowledge-edit", pk=pk)


@require_safe
@signed_in_or_token
def file(request: HttpRequest, pk: int, *, user: User) -> HttpResponseBase:
    """Give a file to who reads its article: to keep, never as a page."""
    found = attachment_get_for(user=user, pk=pk)
    path = attachment_path(found)
    if not path.is_file():
        raise NotFoundError(f"attachment {pk} has no file")
    kind = f"{found.kind}; charset=utf-8" if found.kind == "text/plain" else found.kind
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=found.name, content_type=kind
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@console_command
def file_remove(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take a file off its article."""
    found = attachment_get_for(user=user, pk=pk)
    if found.is_removed:
        raise InvalidArticleError
    attachment_remove(attachment=found, user=user)
    messages.success(request, _("Saved."))
    return redirect("console:knowledge-edit", pk=found.article_id)
