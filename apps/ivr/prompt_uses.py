"""Which flows play a prompt; asked before one is removed (`HUAWU_PROMPT_USES`)."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import F, Max
from django.utils.translation import gettext as _

from apps.ivr.models import Flow, FlowVersion
from apps.prompts.ports import PromptUse


def flow_prompt_uses(tenant_id: int, names: Collection[str]) -> dict[str, list[PromptUse]]:
    """Return the drafts and the versions in force that name each prompt. 2 queries."""
    found: dict[str, list[PromptUse]] = {}

    def note(document: Any, what: str, flow_id: int) -> None:
        for name in set(prompts_named(document)).intersection(names):
            found.setdefault(name, []).append(PromptUse(what, "flow", flow_id))

    for flow in Flow.objects.filter(tenant_id=tenant_id).order_by("name", "pk"):
        note(flow.draft, _("Flow %(flow)s, draft") % {"flow": flow.name}, flow.pk)
    in_force = (
        FlowVersion.objects.filter(tenant_id=tenant_id)
        .annotate(newest=Max("flow__versions__number"))
        .filter(number=F("newest"))
        .select_related("flow")
        .order_by("flow__name", "pk")
    )
    for version in in_force:
        words = {"flow": version.flow.name, "version": version.number}
        what = _("Flow %(flow)s, version %(version)d, in force") % words
        note(version.document, what, version.flow_id)
    return found


def prompts_named(document: Any) -> Iterator[str]:
    """Yield every prompt that a document names, a broken draft's too.

    Every field that names prompts has the word in its own name.
    """
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _texts(value) if "prompt" in str(key) else prompts_named(value)
    elif isinstance(document, list):
        for value in document:
            yield from prompts_named(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
