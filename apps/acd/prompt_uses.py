"""Which queues say a prompt to who waits; asked before one is removed (`HUAWU_PROMPT_USES`)."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from apps.acd.models import Queue
from apps.prompts.ports import PromptUse


def queue_prompt_uses(tenant_id: int, names: Collection[str]) -> dict[str, list[PromptUse]]:
    """Return the queues that say each prompt. 1 query."""
    found: dict[str, list[PromptUse]] = {}
    queues = Queue.objects.filter(tenant_id=tenant_id, periodic_prompt__in=list(names))
    for queue in queues.order_by("number", "pk"):
        what = _("Queue %(queue)s") % {"queue": queue}
        found.setdefault(queue.periodic_prompt, []).append(PromptUse(what, "queue", queue.pk))
    return found
