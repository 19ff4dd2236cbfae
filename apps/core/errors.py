"""The root of every error that Huawu raises on purpose."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _


class HuawuError(Exception):
    """An error with a stable code, an HTTP status and a text for people.

    Subclasses set `code` (`<app>.<what>`), `status` and `text`; `detail` adds facts for the log.
    """

    code: ClassVar[str] = "core.error"
    status: ClassVar[int] = 400
    text: ClassVar[object] = _("Something went wrong. Try again.")

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class NotFoundError(HuawuError):
    """The object does not exist, or the person may not see it: the answer is the same."""

    code = "core.not_found"
    status = 404
    text = _("Not found.")


class ForbiddenError(HuawuError):
    """The person may see the object but not do this with it."""

    code = "core.forbidden"
    status = 403
    text = _("You may not do this.")
