"""What the fields of nodes may name: the company's queues, boxes, calendars, flows, prompts …"""

from collections.abc import Iterable
from typing import TypedDict

from apps.accounts.models import Agent
from apps.acd.models import Queue, Skill
from apps.ivr.models import Calendar, EntryPoint, Flow, HttpLookup, Pin, RuleSet
from apps.prompts.selectors import prompt_list, prompt_names, system_prompt_texts
from apps.voicemail.selectors import agent_box_numbers


class Choice(TypedDict):
    """One value of a field and how people call it."""

    value: str
    label: str


class PromptChoice(TypedDict):
    """A prompt: its name, what it says and in which languages it sounds."""

    value: str
    label: str
    languages: list[str]


class Pickers(TypedDict):
    """Values by the name of the field that takes them."""

    queue: list[Choice]
    box: list[Choice]
    calendar: list[Choice]
    flow: list[Choice]
    pin: list[Choice]
    skill: list[Choice]
    lookup: list[Choice]
    rules: list[Choice]
    agent: list[Choice]
    dialled: list[Choice]
    prompts: list[PromptChoice]


def flow_pickers(tenant_id: int, flow_id: int) -> Pickers:
    """Return the choices for a flow's fields. 11 queries."""
    queues = [
        Choice(value=queue.number, label=f"{queue.number} {queue.name}")
        for queue in Queue.objects.filter(tenant_id=tenant_id, is_active=True).order_by("number")
    ]
    agents = [
        Choice(value=agent.number, label=f"{agent.number} {agent.user.display_name}")
        for agent in Agent.objects.filter(tenant_id=tenant_id, is_active=True)
        .select_related("user")
        .order_by("number")
    ]
    boxes = agent_box_numbers(tenant_id)
    numbers = EntryPoint.objects.filter(tenant_id=tenant_id).order_by("flow_id", "did__number")
    dialled = numbers.values_list("flow_id", "did__number")
    first = sorted(dialled, key=lambda row: (row[0] != flow_id, row[1]))
    return Pickers(
        queue=queues,
        box=[*queues, *(agent for agent in agents if agent["value"] in boxes)],
        calendar=_named(Calendar.objects.filter(tenant_id=tenant_id)),
        flow=_named(Flow.objects.filter(tenant_id=tenant_id).exclude(pk=flow_id)),
        skill=_named(Skill.objects.filter(tenant_id=tenant_id)),
        pin=_named(Pin.objects.filter(tenant_id=tenant_id)),
        lookup=_named(HttpLookup.objects.filter(tenant_id=tenant_id)),
        rules=_named(RuleSet.objects.filter(tenant_id=tenant_id)),
        agent=agents,
        dialled=[Choice(value=number, label=number) for _flow, number in first],
        prompts=_prompts(tenant_id),
    )


def _named(rows: Iterable[Calendar | Flow | Pin | Skill | HttpLookup | RuleSet]) -> list[Choice]:
    names = sorted(row.name for row in rows)
    return [Choice(value=name, label=name) for name in names]


def _prompts(tenant_id: int) -> list[PromptChoice]:
    names = prompt_names(tenant_id)
    labels = {
        name: next((text for text in says.values() if text), "")
        for name, says in system_prompt_texts().items()
    }
    for prompt in prompt_list():
        labels[prompt.name] = prompt.title or next(
            (audio.text for audio in prompt.audios.all() if audio.text), ""
        )
    return [
        PromptChoice(
            value=name,
            label=label,
            languages=[language for language, known in names.items() if name in known],
        )
        for name, label in sorted(labels.items())
    ]
