"""Write articles: drafts, review, versions, who reads them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import Department, User
from apps.accounts.selectors import user_list_for
from apps.console.access import console_command, console_page, render_work
from apps.console.knowledge.filters import WorkFilter
from apps.console.knowledge.forms import DirectForm, TextForm
from apps.console.knowledge.pages import PAGE_ROWS, number_of
from apps.console.knowledge.tables import WorkTable
from apps.core.errors import HuawuError, NotFoundError
from apps.knowledge import directing, services
from apps.knowledge.category_tree import category_nodes
from apps.knowledge.choices import ArticleState, PinKind
from apps.knowledge.engine.diff import differences
from apps.knowledge.engine.plain import html_text
from apps.knowledge.errors import DraftChangedError, InvalidArticleError
from apps.knowledge.models import ArticleDepartment, DraftCopy
from apps.knowledge.selectors import (
    article_departments,
    article_work_get_for,
    article_work_list_for,
    draft_of,
    may_direct,
    may_manage,
    may_review,
    version_get,
)

UNPROCESSABLE = 422


@console_page
@require_safe
def work(request: HttpRequest, *, user: User) -> HttpResponse:
    """What the person writes and reviews."""
    found = WorkFilter(
        request.GET or None, queryset=article_work_list_for(user=user), request=request
    )
    rows = found.qs if found.is_bound else found.qs.exclude(state=ArticleState.ARCHIVED)
    table = WorkTable(rows)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "table": table,
        "filter": found,
        "may_manage": may_manage(user),
        "title": _("Write and review"),
    }
    return render_work(request, "console/knowledge/work.html", context)


@console_page
def article_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Begin an article: a title and where it lies; the text comes next."""
    problem: object = ""
    form = TextForm(request.POST or {"title": request.GET.get("title", "")})
    if request.method == "POST":
        if form.is_valid():
            try:
                made = services.article_create(
                    user=user, text=form.text, category_id=form.cleaned_data["category"]
                )
            except HuawuError as error:
                problem = error.text
            else:
                return redirect("console:knowledge-edit", pk=made.pk)
        else:
            problem = InvalidArticleError.text
    context = {
        "form": form,
        "problem": problem,
        "nodes": [node for node in category_nodes() if not node.is_archived],
        "title": _("New article"),
    }
    return render_work(request, "console/knowledge/new.html", context)


@console_page
@require_safe
def edit(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The draft to be written, or what may be done with the article when there is none."""
    found = article_work_get_for(user=user, pk=pk)
    draft = draft_of(found)
    copies = DraftCopy.objects.filter(article=found).select_related("kept_for")
    context: dict[str, Any] = {
        "article": found,
        "draft": draft,
        "files": found.attachments.filter(is_removed=False).order_by("name", "pk"),
        "copies": [
            {"row": copy, "lines": _changes(draft, copy) if draft else []} for copy in copies
        ],
        "lines": _changes(found.version, draft) if draft and found.version else [],
        "may_review": may_review(user, found),
        "may_direct": may_direct(user, found),
        "departments": article_departments(found),
        "title": (draft or found).title,
    }
    return render_work(request, "console/knowledge/edit.html", context)


def _changes(old: Any, new: Any) -> list[Any]:
    """Return the changed lines between two texts with their titles and words."""
    lines = differences(_plain(old), _plain(new))
    return [line for line in lines if line.is_changed]


def _plain(row: Any) -> str:
    words = "、".join([*row.tags, *row.keywords])
    return "\n".join([row.title, words, html_text(row.body)])


@console_command
def draft_save(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Save the draft that the page has seen; 409 when somebody else was quicker."""
    found = article_work_get_for(user=user, pk=pk)
    form = TextForm(request.POST)
    if not form.is_valid() or form.cleaned_data["number"] is None:
        raise InvalidArticleError
    is_page = request.POST.get("is_page") == "1"
    try:
        number = services.draft_save(
            article=found, user=user, seen=form.cleaned_data["number"], text=form.text
        )
    except DraftChangedError as error:
        if is_page:
            messages.error(request, str(error.text))
            return redirect("console:knowledge-edit", pk=pk)
        raise
    if is_page:
        messages.success(request, _("Saved."))
        return redirect("console:knowledge-edit", pk=pk)
    return JsonResponse({"number": number})


@console_command
def act(request: HttpRequest, pk: int, *, user: User, action: str) -> HttpResponse:
    """Hand in, take back, decide, discard, archive and the like."""
    found = article_work_get_for(user=user, pk=pk)
    seen = number_of(request.POST.get("number", "")) or 0
    done: str = _("Saved.")
    try:
        if action == "begin":
            services.draft_begin(article=found, user=user)
            return redirect("console:knowledge-edit", pk=pk)
        if action == "submit":
            note = request.POST.get("note", "")
            services.draft_submit(article=found, user=user, seen=seen, note=note)
            done = _("Handed in for review.")
        elif action == "withdraw":
            services.draft_withdraw(article=found, user=user, seen=seen)
        elif action == "reject":
            services.draft_reject(
                article=found, user=user, seen=seen, reason=request.POST.get("reason", "")
            )
            done = _("Sent back to its writer.")
        elif action == "approve":
            services.draft_approve(article=found, user=user, seen=seen)
            done = pgettext("article", "Published.")
        elif action == "discard":
            services.draft_discard(article=found, user=user, seen=seen)
        elif action == "archive":
            directing.article_archive(article=found, user=user)
            done = _("Archived. Nobody finds it any more; it can be brought back.")
        elif action == "unarchive":
            directing.article_unarchive(article=found, user=user)
    except HuawuError as error:
        if error.status not in (UNPROCESSABLE, 409):
            raise
        messages.error(request, str(error.text))
    else:
        messages.success(request, done)
    return redirect("console:knowledge-edit", pk=pk)


@console_command
def copy_act(request: HttpRequest, pk: int, copy_pk: int, *, user: User) -> HttpResponse:
    """Take a kept copy for the draft, or let it go."""
    found = article_work_get_for(user=user, pk=pk)
    copy = DraftCopy.objects.filter(article=found, pk=copy_pk).first()
    if copy is None:
        raise NotFoundError(f"copy {copy_pk}")
    try:
        if request.POST.get("take") == "1":
            seen = number_of(request.POST.get("number", "")) or 0
            services.copy_take(article=found, copy=copy, user=user, seen=seen)
        else:
            services.copy_drop(article=found, copy=copy, user=user)
    except HuawuError as error:
        if error.status not in (UNPROCESSABLE, 409):
            raise
        messages.error(request, str(error.text))
    else:
        messages.success(request, _("Saved."))
    return redirect("console:knowledge-edit", pk=pk)


@console_page
def direct(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Where it lies, who reads it and until when."""
    found = article_work_get_for(user=user, pk=pk)
    departments = list(Department.objects.order_by("name"))
    problem: object = ""
    if request.method == "POST":
        form = DirectForm(request.POST, departments=[(row.pk, row.name) for row in departments])
        if form.is_valid():
            data = form.cleaned_data
            try:
                directing.article_direct(
                    article=found,
                    user=user,
                    values={
                        "category_id": data["category"],
                        "owner_id": data["owner"],
                        "department_ids": data["departments"],
                        "review_on": data["review_on"],
                        "expires_on": data["expires_on"],
                        "pins": form.pins,
                    },
                )
            except HuawuError as error:
                if error.status != UNPROCESSABLE:
                    raise
                problem = error.text
            else:
                messages.success(request, _("Saved."))
                return redirect("console:knowledge-edit", pk=pk)
        else:
            problem = _("Look at the dates and at what is chosen.")
    chosen = set(
        ArticleDepartment.objects.filter(article=found).values_list("department_id", flat=True)
    )
    pins: dict[str, list[str]] = {kind: [] for kind in PinKind.values}
    for pin in found.pins.order_by("value"):
        pins[pin.kind].append(pin.value)
    context = {
        "article": found,
        "problem": problem,
        "nodes": [node for node in category_nodes() if not node.is_archived],
        "departments": [{"row": row, "is_chosen": row.pk in chosen} for row in departments],
        "people": user_list_for(user=user).filter(is_active=True).order_by("username"),
        "pins": {kind: "，".join(values) for kind, values in pins.items()},
        "may_direct": may_direct(user, found),
        "title": found.title,
    }
    return render_work(request, "console/knowledge/direct.html", context)


@console_page
@require_safe
def versions(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Every version, and what one changed against another."""
    found = article_work_get_for(user=user, pk=pk)
    rows = list(found.versions.select_related("published_by", "written_by"))
    new = number_of(request.GET.get("new", "")) or (rows[0].number if rows else 0)
    old = number_of(request.GET.get("old", "")) or max(1, new - 1)
    lines: list[Any] = []
    if rows and old != new:
        lines = differences(_plain(version_get(found, old)), _plain(version_get(found, new)))
    context = {
        "article": found,
        "rows": rows,
        "old": old,
        "new": new,
        "lines": lines,
        "title": found.title,
    }
    return render_work(request, "console/knowledge/versions.html", context)


@console_page
@require_safe
def version(request: HttpRequest, pk: int, number: int, *, user: User) -> HttpResponse:
    """One version as it was read."""
    found = article_work_get_for(user=user, pk=pk)
    row = version_get(found, number)
    context = {"article": found, "version": row, "title": row.title}
    return render_work(request, "console/knowledge/version.html", context)


@console_command
def version_restore(request: HttpRequest, pk: int, number: int, *, user: User) -> HttpResponse:
    """Begin a draft with an old version."""
    found = article_work_get_for(user=user, pk=pk)
    try:
        services.version_restore(article=found, version=version_get(found, number), user=user)
    except HuawuError as error:
        if error.status != 409:
            raise
        messages.error(request, str(error.text))
    else:
        messages.success(request, _("The old version is a draft now. Hand it in to publish it."))
    return redirect("console:knowledge-edit", pk=pk)
