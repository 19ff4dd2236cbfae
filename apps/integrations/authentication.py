"""`Authorization: Token …` for the API."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.models import User
from apps.core.tenancy import all_tenants
from apps.integrations.models import ApiToken, token_digest


class TokenAuthentication(BaseAuthentication):
    """Find the person whom the token acts as; the view opens the company's scope."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the person and token, None without the header. 1 query."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"token":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("Send the header as `Authorization: Token <token>`."))
        with all_tenants("the token says which company it is"):
            token = (
                ApiToken.objects.select_related("user__tenant")
                .filter(digest=token_digest(parts[1].decode("latin-1")), is_active=True)
                .first()
            )
        if token is None or not token.user.is_active:
            raise AuthenticationFailed(_("This token is not valid."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the scheme, so that a stranger gets 401 and not 403."""
        return "Token"


class TokenScheme(OpenApiAuthenticationExtension):
    """Describe the header in the OpenAPI schema."""

    target_class = "apps.integrations.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the OpenAPI security scheme."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <token>`",
        }
