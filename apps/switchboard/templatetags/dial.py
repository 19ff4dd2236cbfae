"""`{% dial_number call.caller "call" call.pk %}` and `{{ number|number_for:user }}`."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from apps.accounts import selectors
from apps.accounts.models import User
from apps.switchboard.dial_buttons import PLAIN, dial_button

register = template.Library()


def person_of(context: Any) -> User | None:
    """Return who looks at the page, None when the template does not know."""
    request = context.get("request")
    found = getattr(request, "user", None)
    return found if isinstance(found, User) else None


@register.simple_tag(takes_context=True)
def dial_number(
    context: Any,
    number: str,
    kind: str = "",
    pk: object = "",
    label: str = "",
    css: str = PLAIN,
    testid: str = "",
) -> SafeString:
    """Show a number as a button that dials it; `kind` and `pk` say whose it is."""
    return dial_button(
        user=person_of(context),
        number=str(number or ""),
        reference=f"{kind}:{pk}" if kind and pk else "",
        label=label,
        css=css,
        testid=testid,
    )


@register.filter
def number_for(number: str, user: object) -> str:
    """Show a number as the person may see it."""
    return selectors.number_for(user if isinstance(user, User) else None, str(number or ""))
