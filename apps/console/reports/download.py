"""The report that a page shows, as a file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.console.access import console_page
from apps.console.reports.attached import content_of, file_name
from apps.console.reports.files import csv_rows
from apps.console.reports.pages import choice_for
from apps.console.reports.sizes import form_of, is_big
from apps.imports.access import export_need
from apps.imports.downloads import csv_response
from apps.reports.selectors import report


@console_page  # type: ignore[arg-type]  # a file, sent in pieces
@require_safe
def download(request: HttpRequest, kind: str, *, user: User) -> HttpResponseBase:
    """The report that the page shows, for who may export. Audited."""
    export_need(user)
    assert user.tenant is not None  # noqa: S101 - export_need saw to it
    choice = choice_for(request.GET, kind, user)
    found = report(user=user, asked=choice.asked)
    form = form_of(request.GET)
    if is_big(found, form):
        # A PDF of its first rows alone would look like the whole.
        many = {"rows": len(found.rows), "form": form.upper()}
        says = _("%(form)s of %(rows)s rows is made in the background: ask for it below.") % many
        messages.info(request, says)
        return redirect(f"{reverse('console:report', args=[kind])}?{choice.address()}")
    audit_record(
        actor=user,
        tenant_id=user.tenant.pk,
        action="report.fetch",
        object_type="report",
        object_id=kind,
        detail={"filter": choice.address(), "format": form, "rows": len(found.rows)},
    )
    name = file_name(found, form)
    if form == "csv":
        return csv_response(request, list(csv_rows(found)), name)
    content, content_type = content_of(found, form, user.tenant.name)
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
