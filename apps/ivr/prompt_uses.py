"""Which flows play a prompt; asked before one is removed (`HUAWU_PROMPT_USES`)."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Max
from django.utils.translation import gettext as _

from apps.ivr.models import Flow, FlowVersion
from apps.prompts.ports import PromptUse


def flow_prompt_uses(tenant_id: int, name: str) -> list[PromptUse]:
    """Return the drafts and the versions in force that name the prompt. 2 queries."""
    found = [
        PromptUse(_("Flow %(flow)s, draft") % {"flow": flow.name})
        for flow in Flow.objects.filter(tenant_id=tenant_id).order_by("name", "pk")
        if name in set(_prompts_of(flow.draft))
    ]
    in_force = (
        FlowVersion.objects.filter(tenant_id=tenant_id)
        .annotate(newest=Max("flow__versions__number"))
        .filter(number=F("newest"))
        .select_related("flow")
        .order_by("flow__name", "pk")
    )
    found += [
        PromptUse(
            _("Flow %(flow)s, version %(version)d, in force")
            % {"flow": version.flow.name, "version": version.number}
        )
        for version in in_force
        if name in set(_prompts_of(version.document))
    ]
    return found


def _prompts_of(document: Any) -> Iterator[str]:
    # Every field that names prompts has the word in its own name; a broken draft counts too.
    if isinstance(document, dict):
        for key, value in document.items():
            if "prompt" in str(key):
                yield from _texts(value)
            else:
                yield from _prompts_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from _prompts_of(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
