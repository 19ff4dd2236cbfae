"""Views for a session or an API token alike, inside the company's scope."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.models import User
from apps.core.errors import ForbiddenError, HuawuError
from apps.core.tenancy import NO_SCOPE, all_tenants, database_scope, tenant_scope
from apps.integrations.authentication import TokenAuthentication


def scope_of(user: User) -> AbstractContextManager[None]:
    """Return the scope in which this person's requests run.

    Raises ForbiddenError for somebody of no company who is not the host operator.
    """
    if user.tenant_id is None:
        if not user.is_superuser:
            raise ForbiddenError(user.username)
        return all_tenants("the host operator works for all companies")
    return tenant_scope(user.tenant_id)


class ScopedViewMixin:
    """An API view that works in the company's scope, and whose times are UTC."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer and render inside the scope that `initial` opens; closed whatever happens."""
        with ExitStack() as self._scope:
            response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # APIView's
            response.render()
        answer: HttpResponseBase = response
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, then open the scope for the rest of the request."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # APIView's
        assert isinstance(request.user, User)  # noqa: S101 - the permission class saw to it
        self._scope.enter_context(scope_of(request.user))
        self._scope.enter_context(timezone.override(UTC))

    @property
    def _user(self) -> User:
        user = self.request.user  # type: ignore[attr-defined]  # APIView's
        assert isinstance(user, User)  # noqa: S101 - the permission class saw to it
        return user

    @property
    def has_no_rows(self) -> bool:
        """Say whether the schema generator asks, or no company is in scope: there are no rows."""
        return getattr(self, "swagger_fake_view", False) or database_scope() == NO_SCOPE


class CompanyViewMixin(ScopedViewMixin):
    """A view of what has its name only in a company: 1001 or 7001 is somebody else in each."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse the host operator, who has no company. Raises ForbiddenError."""
        super().initial(request, *args, **kwargs)
        assert isinstance(request.user, User)  # noqa: S101 - the permission class saw to it
        if request.user.tenant_id is None:
            raise ForbiddenError(request.user.username)


def signed_in_or_token(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Call the view with `user=`, found by session or token; 401 for strangers, errors as JSON."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user if request.user.is_authenticated else None
        if user is None:
            try:
                found = TokenAuthentication().authenticate(Request(request))
            except AuthenticationFailed as error:
                return _unauthorised(str(error.detail))
            if found is None:
                return _unauthorised(str(_("Sign in, or send a token.")))
            user = found[0]
            request.user = user  # for what looks at the answer
        if user.tenant_id is None and not user.is_superuser:
            return _unauthorised(str(_("This person belongs to no company.")))
        with scope_of(user):
            try:
                return view(request, *args, user=user, **kwargs)
            except HuawuError as error:
                return JsonResponse(
                    {"code": error.code, "detail": str(error.text)}, status=error.status
                )

    return wrapped


def _unauthorised(detail: str) -> JsonResponse:
    response = JsonResponse({"code": "integrations.unauthorised", "detail": detail}, status=401)
    response["WWW-Authenticate"] = "Token"
    return response
