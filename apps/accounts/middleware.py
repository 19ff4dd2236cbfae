"""Give each request the scope of the person's company."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from apps.core.tenancy import all_tenants, tenant_scope


class TenantScopeMiddleware:
    """Open the company's scope, time zone and the person's language; nothing for strangers.

    The API authenticates later, by token: its authentication class opens the scope itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request inside the scope."""
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if user.language and "django_language" not in request.COOKIES:
            translation.activate(user.language)
        if user.tenant is None:
            if user.is_superuser:
                with all_tenants("the host operator works for all companies"):
                    return self.get_response(request)
            return self.get_response(request)
        with tenant_scope(user.tenant.pk), timezone.override(ZoneInfo(user.tenant.timezone)):
            return self.get_response(request)
