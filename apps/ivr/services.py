"""Publish flows."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import HuawuError
from apps.ivr.engine.documents import FlowError, flow_parse
from apps.ivr.models import Flow, FlowVersion


class FlowRefusedError(HuawuError):
    """The document cannot run; `detail` names the node and says why."""

    code = "ivr.flow_refused"
    status = 422
    text = _("This flow cannot be published.")


def flow_publish(*, flow: Flow, document: dict[str, Any], user: User | None = None) -> FlowVersion:
    """Make the document the flow's next version; calls that run keep theirs.

    Locks the flow's row, so two publishers get two numbers. Raises FlowRefusedError.
    """
    try:
        flow_parse(document)
    except FlowError as error:
        raise FlowRefusedError(str(error)) from error
    with transaction.atomic():
        Flow.objects.select_for_update().get(pk=flow.pk)
        last = flow.versions.aggregate(last=Max("number"))["last"] or 0
        return FlowVersion.objects.create(
            tenant_id=flow.tenant_id,
            flow=flow,
            number=last + 1,
            document=document,
            published_by=user,
        )
