"""What can go wrong with alarms and their rules."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class RuleFaultError(HuawuError):
    """A rule that cannot work; `field` says where."""

    code = "alarms.rule"
    status = 400
    text = _("This rule cannot work.")

    def __init__(self, field: str, said: object) -> None:
        super().__init__(field)
        self.field = field
        self.said = said

    @property
    def fields(self) -> dict[str, str]:
        """Return what is wrong by field, as the API tells it."""
        return {self.field: str(self.said)}


class RuleLimitError(HuawuError):
    """The company has very many already."""

    code = "alarms.rule_limit"
    status = 409
    text = _("There are too many alarm rules. Delete some first.")
