"""Which queues say a prompt to who waits; asked before one is removed (`HUAWU_PROMPT_USES`)."""

from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.acd.models import Queue
from apps.prompts.ports import PromptUse


def queue_prompt_uses(tenant_id: int, names: Collection[str]) -> dict[str, list[PromptUse]]:
    """Return the queues that say each prompt, or play it as music. 1 query."""
    found: dict[str, list[PromptUse]] = {}
    wanted = Q(periodic_prompt__in=list(names)) | Q(music_prompt__in=list(names))
    for queue in Queue.objects.filter(wanted, tenant_id=tenant_id).order_by("number", "pk"):
        what = _("Queue %(queue)s") % {"queue": queue}
        for name in {queue.periodic_prompt, queue.music_prompt} & set(names):
            found.setdefault(name, []).append(PromptUse(what, "queue", queue.pk))
    return found
