"""Which surveys play a prompt; asked before one is removed (`HUAWU_PROMPT_USES`)."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from apps.prompts.ports import PromptUse
from apps.surveys.models import Survey


def survey_prompt_uses(tenant_id: int, names: Collection[str]) -> dict[str, list[PromptUse]]:
    """Return the surveys that name each prompt. 2 queries."""
    found: dict[str, list[PromptUse]] = {}
    surveys = Survey.objects.filter(tenant_id=tenant_id).prefetch_related("questions")
    for survey in surveys.order_by("name", "pk"):
        played = {survey.intro_prompt, survey.thanks_prompt}
        played |= {question.prompt for question in survey.questions.all()}
        for name in played.intersection(names):
            what = _("Survey %(survey)s") % {"survey": survey.name}
            found.setdefault(name, []).append(PromptUse(what, "survey", survey.pk))
    return found
