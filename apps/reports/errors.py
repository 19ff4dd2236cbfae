"""What goes wrong with saved and scheduled reports."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class ReportNameError(HuawuError):
    """A report without a name, or with one too long."""

    code = "reports.name"
    status = 400
    text = _("Give the report a name of at most 60 characters.")


class ReportTooManyError(HuawuError):
    """More kept reports or schedules than anybody needs."""

    code = "reports.too_many"
    status = 409
    text = _("There are too many already: remove some first.")


class ReportSharingError(HuawuError):
    """Shared by who may not, or with no department to share with."""

    code = "reports.sharing"
    status = 403
    text = _("Only team leads and admins share reports, and with the department they belong to.")


class RecipientError(HuawuError):
    """Nobody to send to, or one who may not get it."""

    code = "reports.recipient"
    status = 400
    text = _(
        "Choose active people of the company who have an e-mail address. Addresses outside are"
        " only possible at the domains that the admin has allowed."
    )


class ScheduleError(HuawuError):
    """A time or a step that cannot be."""

    code = "reports.schedule"
    status = 400
    text = _("Choose how often and at what time the report is sent.")
