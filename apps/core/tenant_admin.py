"""The admin page of a row that belongs to a company."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from apps.core.tenancy import all_tenants, current_tenant_id


class TenantForm(forms.ModelForm[Any]):
    """A form whose company is no field of it, and yet part of what must be unique."""

    def _get_validation_exclusions(self) -> set[str]:
        # Django leaves a constraint out of validation when one of its fields is not in the form:
        # a number taken in the same company would reach the database and be a server error.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return excluded - {"tenant"} if self.instance.tenant_id is not None else excluded

    def validate_unique(self) -> None:
        """Look at every company: what is unique in all of them is taken, whoever has it."""
        with all_tenants("a phone's name is unique on the whole installation"):
            super().validate_unique()

    def validate_constraints(self) -> None:
        """As above; a constraint within a company compares the company itself."""
        with all_tenants("a number dialled is unique on the whole installation"):
            super().validate_constraints()


class TenantAdmin(admin.ModelAdmin[Any]):
    """Show and write only rows of the company in scope; a new row gets that company."""

    form = TenantForm

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form class; a new row has its company before it is looked at."""
        found: Any = super().get_form(request, obj, change=change, **kwargs)
        tenant_id = current_tenant_id() or getattr(request.user, "tenant_id", None)
        if change or tenant_id is None:
            return found

        class WithCompany(found):  # type: ignore[misc]  # made at run time
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                if self.instance.tenant_id is None:
                    self.instance.tenant_id = tenant_id

        return WithCompany

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show and save; what two people save at once is a message to the second, no error."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            text = _("Not saved: another entry has the same value already.")
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Give new inline rows their parent's company."""
        for row in formset.save(commit=False):
            if getattr(row, "tenant_id", 1) is None:
                row.tenant_id = form.instance.tenant_id
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()
