"""Standard answers: the agent sends the caller to a recorded explanation, and may get him back."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.acd.selectors import agent_phone
from apps.audit.services import audit_record
from apps.calls.models import Call
from apps.calls.ports import phone_system
from apps.calls.selectors import call_need_talk
from apps.core.errors import HuawuError
from apps.core.events import user_stream
from apps.core.phones import interface_of
from apps.prompts.files import asterisk_name
from apps.prompts.models import Prompt, PromptKind


class NoAnswerPromptError(HuawuError):
    """The company has no standard answer of this name, or none that can be played."""

    code = "ivr.no_standard_answer"
    status = 409
    text = _("This standard answer cannot be played.")


@dataclass(frozen=True)
class StandardAnswerChoice:
    """A standard answer as the desk offers it."""

    name: str
    title: str


def standard_answers() -> list[StandardAnswerChoice]:
    """Return the standard answers of the company in scope that can be played. 1 query."""
    rows: Iterable[Prompt] = Prompt.objects.filter(kind=PromptKind.ANSWER, revision__gt=0).order_by(
        "title", "name"
    )
    return [StandardAnswerChoice(row.name, row.title or row.name) for row in rows]


def answer_transfer(*, call: Call, agent: Agent, name: str, is_back: bool) -> None:
    """Send the caller who talks with the agent to a standard answer; the agent is released.

    After it the caller is put through to this agent again (`is_back`; when he does not answer, to
    the queue), else the call ends. Raises NotTalkingError, NoAnswerPromptError, and what the phone
    system raises without a link.
    """
    call_need_talk(call=call, agent=agent)
    prompt = (
        Prompt.objects.select_related("tenant")
        .filter(kind=PromptKind.ANSWER, name=name, revision__gt=0)
        .first()
    )
    if prompt is None:
        raise NoAnswerPromptError(name)
    audit_record(
        actor=agent.user,
        tenant_id=agent.tenant_id,
        action="answer.transfer",
        object_type="call",
        object_id=call.pk,
        detail={"answer": name, "is_back": is_back},
    )
    # A call's linkedid is the uniqueid of the caller's channel.
    phone_system().call_to_answer(
        node=call.node,
        uniqueid=call.linkedid,
        sound=asterisk_name(prompt.tenant.slug, prompt.name, prompt.revision),
        back=interface_of(agent_phone(agent)) if is_back else "",
        user_stream=user_stream(agent.user_id),
    )
