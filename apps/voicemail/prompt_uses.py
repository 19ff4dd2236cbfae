"""Which voicemail boxes greet with a prompt; asked before one is removed (`HUAWU_PROMPT_USES`)."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from apps.prompts.ports import PromptUse
from apps.voicemail.models import VoicemailBox


def box_prompt_uses(tenant_id: int, names: Collection[str]) -> dict[str, list[PromptUse]]:
    """Return the boxes whose greeting is each prompt. 1 query."""
    found: dict[str, list[PromptUse]] = {}
    boxes = VoicemailBox.objects.filter(tenant_id=tenant_id, greeting__in=list(names))
    for box in boxes.order_by("number", "pk"):
        what = _("Voicemail box %(box)s") % {"box": box.number}
        found.setdefault(box.greeting, []).append(PromptUse(what, "voicemail_box", box.pk))
    return found
