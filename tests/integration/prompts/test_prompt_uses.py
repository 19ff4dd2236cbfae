"""Surveys and voicemail boxes play the company's prompts, and keep them from being removed."""

import pytest

from apps.core.tenancy import all_tenants, tenant_scope
from apps.prompts.models import Prompt
from apps.prompts.ports import prompt_uses
from apps.surveys.models import Survey, SurveyQuestion, SurveyQueue
from apps.surveys.selectors import survey_plan
from apps.voicemail.models import VoicemailBox
from tests.factories import PromptFactory, QueueFactory


@pytest.fixture
def prompt(db: None) -> Prompt:
    """Give a prompt of a company whose queue has a survey."""
    with all_tenants("test"):
        found: Prompt = PromptFactory(name="how-was-it", revision=4)
        queue = QueueFactory(tenant=found.tenant, number="7001", periodic_prompt="how-was-it")
        survey = Survey.objects.create(
            tenant=found.tenant, name="回访", intro_prompt="how-was-it", thanks_prompt="goodbye"
        )
        SurveyQuestion.objects.create(tenant=found.tenant, survey=survey, position=1, text="?")
        SurveyQueue.objects.create(tenant=found.tenant, survey=survey, queue=queue)
        VoicemailBox.objects.create(tenant=found.tenant, number="7001", greeting="how-was-it")
    return found


def test_every_place_that_plays_a_prompt_is_named(prompt: Prompt) -> None:
    with tenant_scope(prompt.tenant_id):
        uses = prompt_uses(prompt.tenant_id, ["how-was-it", "goodbye", "nobody"])
    assert sorted(use.kind for use in uses["how-was-it"]) == ["queue", "survey", "voicemail_box"]
    assert [use.kind for use in uses["goodbye"]] == ["survey"]
    assert uses["nobody"] == []
    assert {"回访", "7001"} <= {word for use in uses["how-was-it"] for word in use.what.split()}


def test_another_companys_places_do_not_count(prompt: Prompt) -> None:
    with all_tenants("test"):
        other = PromptFactory(name="how-was-it").tenant
    with tenant_scope(other.pk):
        assert prompt_uses(other.pk, ["how-was-it"])["how-was-it"] == []


def test_a_survey_plays_the_companys_prompt_in_its_newest_revision(prompt: Prompt) -> None:
    plan = survey_plan(f"{prompt.tenant.slug}-7001")
    assert plan is not None
    assert plan.prompts == {"how-was-it": f"huawu-company/{prompt.tenant.slug}/how-was-it-4"}
