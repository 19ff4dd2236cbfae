"""A number on a page: a button that dials it, without its middle for who may not see it.

The button has `data-dial` (the number, only for who may see it) and `data-dial-ref` (whose number
it is, see `references.py`): with the second the full number never leaves the server.
"""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import number_for
from apps.core.html_text import attribute, quoted

PLAIN = "btn btn-link p-0"


def dial_button(
    *,
    user: User | None,
    number: str,
    reference: str = "",
    label: str = "",
    css: str = PLAIN,
    testid: str = "",
) -> SafeString:
    """Return the button; '' without a number, mere text when it is hidden and has no reference.

    `label` stands in the number's place. `user` None is nobody in particular: masked.
    """
    if not number:
        return SafeString("")
    shown = number_for(user, number)
    is_hidden = shown != number
    if is_hidden and not reference:
        return SafeString(quoted(shown))
    title = _("Dial %(number)s") % {"number": shown}
    told = [attribute("class", css), attribute("title", title)]
    if not is_hidden:
        told.append(attribute("data-dial", number))
    if reference:
        told.append(attribute("data-dial-ref", reference))
    if testid:
        told.append(attribute("data-testid", testid))
    return SafeString(f'<button type="button"{"".join(told)}>{quoted(label or shown)}</button>')
