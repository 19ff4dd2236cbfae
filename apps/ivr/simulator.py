"""Dial a flow without a phone, in a company's own data at any moment, and run its tests.

Nothing is written and nobody outside is asked: a wrong PIN counts for nobody.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.hashers import check_password
from django.utils import timezone

from apps.acd.engine.fact_fields import Value
from apps.core.tenancy import tenant_scope
from apps.customers.selectors import account_balance
from apps.ivr.engine.calendars import PeriodsError, opening
from apps.ivr.engine.documents import Flow, FlowError, flow_parse
from apps.ivr.engine.scripts import Script, script_judge, scripts_read
from apps.ivr.engine.simulation import (
    InputError,
    Simulation,
    decision_told,
    inputs_read,
    simulate,
)
from apps.ivr.engine.steps import CALLER, DIALLED, LANGUAGES
from apps.ivr.engine.voice import LookupFailedError, Lookups, PinAnswer, QueueDoor, QueueNow, Routed
from apps.ivr.engine.world import AnsweredWorld, Answers, EmptyWorld, answers_read
from apps.ivr.holidays import day_kind
from apps.ivr.lookups import customer_fields, may_call_back, queue_now, region_fields
from apps.ivr.models import FlowVersion, Pin, QueueHours
from apps.ivr.routing import RulesPlan, routing_read, rules_route
from apps.ivr.selectors import (
    calendar_plan,
    flow_names_published,
    flows_entered,
    queue_numbers,
    rules_in_force,
)
from apps.prompts.selectors import prompt_list, system_prompt_texts
from apps.tenants.models import Tenant
from apps.voicemail.selectors import agent_box_numbers


@dataclass(frozen=True)
class CompanyWorld:
    """`ivr.engine.voice.Lookups` in one company's data at the moment `at`.

    A naive `at` is the local time of each calendar. `is_by_plan` leaves out the switches "open now"
    and "closed now".
    """

    tenant_id: int
    at: datetime
    is_by_plan: bool = False

    def account_balance(self, *, account_number: str, pin: str) -> Decimal | None:
        """Return the balance when account and PIN fit, else None."""
        with tenant_scope(self.tenant_id):
            found = account_balance(account_number=account_number, pin=pin)
        return found.balance if found else None

    def is_open(self, calendar: str) -> bool:
        """Return whether the calendar is open at that moment. Raises LookupFailedError."""
        with tenant_scope(self.tenant_id):
            plan = calendar_plan(calendar)
        if plan is None:
            raise LookupFailedError(f"there is no calendar {calendar!r}")
        if self.is_by_plan:
            plan = replace(plan, override=None)
        try:
            at = self.at if self.at.tzinfo else self.at.replace(tzinfo=ZoneInfo(plan.time_zone))
            return opening(plan, at, day_kind).is_open
        except (PeriodsError, ZoneInfoNotFoundError) as error:
            raise LookupFailedError(f"calendar {calendar!r} cannot be read: {error}") from error

    def customer(self, number: str) -> Mapping[str, str]:
        """Return who has this number, {} when nobody."""
        with tenant_scope(self.tenant_id):
            return customer_fields(number)

    def region(self, number: str) -> Mapping[str, str]:
        """Return where a number is from."""
        return region_fields(number)

    def queue_now(self, queue: str) -> QueueNow:
        """Return the queue as it is now, whatever `at` is. Raises LookupFailedError."""
        with tenant_scope(self.tenant_id):
            return queue_now(queue)

    def queue_door(self, queue: str) -> QueueDoor:
        """Return whether the queue takes callers at that moment. Raises LookupFailedError."""
        with tenant_scope(self.tenant_id):
            row = (
                QueueHours.objects.select_related("queue", "calendar")
                .filter(queue__number=queue, queue__is_active=True)
                .first()
            )
        if row is None or self.is_open(row.calendar.name):
            return QueueDoor.OPEN
        return QueueDoor.CLOSED_BOX if row.queue.has_voicemail else QueueDoor.CLOSED

    def pin_check(self, *, name: str, pin: str, caller: str) -> PinAnswer:
        """Compare with the PIN of this name; no try is counted. Raises LookupFailedError."""
        with tenant_scope(self.tenant_id):
            row = Pin.objects.filter(name=name).first()
        if row is None:
            raise LookupFailedError(f"there is no PIN {name!r}")
        return PinAnswer.OK if check_password(pin, row.pin_hash) else PinAnswer.WRONG

    def call_back(self, *, queue: str, number: str) -> bool:
        """Say whether the number may be called back; nothing is ordered."""
        with tenant_scope(self.tenant_id):
            return may_call_back(queue=queue, number=number)

    def route(self, *, rules: str, given: Mapping[str, Value]) -> Routed:
        """Ask the rules in force, in the company as it is now. Raises LookupFailedError."""
        with tenant_scope(self.tenant_id):
            plan = rules_in_force(self.tenant_id).get(rules)
            if plan is None:
                raise LookupFailedError(f"no rules {rules!r} are in force")
            return route_in_company(self, plan, given)

    def http(self, *, lookup: str, variables: Mapping[str, str]) -> Mapping[str, str]:
        """Ask nobody: the company's services get no simulated calls. Raises LookupFailedError."""
        raise LookupFailedError(f"{lookup!r} is not asked in the simulator: give its answer")


def route_in_company(world: CompanyWorld, plan: RulesPlan, given: Mapping[str, Value]) -> Routed:
    """Return what rules would say of a call at the world's moment. In the company's scope."""
    tenant = Tenant.objects.get(pk=world.tenant_id)
    at = world.at if world.at.tzinfo else world.at.replace(tzinfo=ZoneInfo(tenant.timezone))
    return rules_route(
        plan,
        routing_read(plan.rules, given, time_zone=tenant.timezone, now=at),
        queues=queue_numbers(world.tenant_id),
        boxes=agent_box_numbers(world.tenant_id),
        flows=flow_names_published(world.tenant_id),
        door=world.queue_door,
        is_open=world.is_open,
    )


@dataclass(frozen=True)
class ScriptResult:
    """What came of one flow test: `faults` is empty when all was as expected."""

    name: str
    faults: tuple[str, ...]


def flow_simulate(
    document: object,
    *,
    tenant_id: int,
    caller: str,
    dialled: str,
    at: datetime | None = None,
    inputs: object = (),
    answers: object = None,
) -> dict[str, Any]:
    """Return the story of a call so far, for a page: JSON-able.

    `at` is aware, None for now; `inputs` as `inputs_read`, `answers` as `answers_read` say.
    `{"error", "events", "path", "variables", "waits", "decision", "unused", "texts"}`: `error` is
    '' or why the document, an input or an answer cannot be used, and then nothing else is there.
    `texts` are the words of each prompt heard, by name and language.
    """
    try:
        flow = flow_parse(document)
        given = inputs_read(list(inputs) if isinstance(inputs, tuple) else inputs)
        by_hand = answers_read(answers or {})
    except (FlowError, InputError) as error:
        return {"error": str(error)}
    sounds = _sounds(tenant_id)
    found = simulate(
        flow,
        inputs=given,
        world=_world(by_hand, CompanyWorld(tenant_id, at or timezone.now())),
        library=flow_library(flow, tenant_id=tenant_id),
        variables={CALLER: caller, DIALLED: dialled},
        prompt_ms=lambda name, language: _sound(sounds, name, language).length_ms,
    )
    return {"error": "", **_json(found), "texts": _texts(found, sounds)}


def flow_library(flow: Flow, *, tenant_id: int) -> dict[str, Flow]:
    """Return the published flows that this one may enter, however deep, by name.

    What was never published or cannot run is left out, as for a call. 1 query for each depth.
    """
    library: dict[str, Flow] = {}
    with tenant_scope(tenant_id):
        rules = rules_in_force(tenant_id)
    wanted = set(flows_entered(flow, rules))
    while wanted:
        found = _published(wanted, tenant_id)
        library |= found
        wanted = {name for one in found.values() for name in flows_entered(one, rules)}
        wanted -= library.keys()
        wanted.discard(flow.name)
    return library


def flow_tests_run(document: object, *, tenant_id: int | None) -> list[ScriptResult]:
    """Run a document's tests in a company's data, None: with nothing but their own answers.

    Raises FlowError when the document or a test cannot run.
    """
    flow = flow_parse(document)
    scripts = scripts_read(document)
    library = flow_library(flow, tenant_id=tenant_id) if tenant_id and scripts else {}
    return [
        ScriptResult(
            script.name, tuple(script_judge(script, _run(flow, script, tenant_id, library)))
        )
        for script in scripts
    ]


def _run(
    flow: Flow, script: Script, tenant_id: int | None, library: Mapping[str, Flow]
) -> Simulation:
    at = script.at or timezone.now()
    # Not as the switch stands today: a test must say the same tomorrow.
    company = None if tenant_id is None else CompanyWorld(tenant_id, at, is_by_plan=True)
    return simulate(
        flow,
        inputs=script.inputs,
        world=_world(script.answers, company),
        library=library,
        variables={CALLER: script.caller, DIALLED: script.dialled},
    )


def _world(answers: Answers, company: CompanyWorld | None) -> Lookups:
    return AnsweredWorld(answers, company or cast(Lookups, EmptyWorld()))


def _published(names: Iterable[str], tenant_id: int) -> dict[str, Flow]:
    with tenant_scope(tenant_id):
        newest = (
            FlowVersion.objects.filter(flow__name__in=sorted(names))
            .order_by("flow_id", "-number")
            .distinct("flow_id")
        )
        documents = dict(newest.values_list("flow__name", "document"))
    found = {}
    for name, document in documents.items():
        with suppress(FlowError):
            found[name] = replace(flow_parse(document), name=name)
    return found


@dataclass(frozen=True)
class _Sound:
    """A prompt in one language: what it says, how long (None: not known)."""

    text: str
    length_ms: int | None


def _sounds(tenant_id: int) -> dict[tuple[str, str], _Sound]:
    """Return the prompts by name and language, the company's before the system's. 2 queries."""
    sounds = {
        (name, language): _Sound(text, None)
        for name, says in system_prompt_texts().items()
        for language, text in says.items()
    }
    with tenant_scope(tenant_id):
        for prompt in prompt_list():
            for audio in prompt.audios.all():
                sounds[prompt.name, audio.language] = _Sound(audio.text, audio.duration_ms or None)
    return sounds


def _sound(sounds: Mapping[tuple[str, str], _Sound], name: str, language: str) -> _Sound:
    # As in a call: the other language when this one has none.
    known = (sounds.get((name, one)) for one in (language, *LANGUAGES))
    return next((sound for sound in known if sound), _Sound("", None))


def _texts(found: Simulation, sounds: Mapping[tuple[str, str], _Sound]) -> dict[str, Any]:
    texts: dict[str, dict[str, str]] = {}
    for event in found.events:
        if event.kind == "play":
            language = event.data["language"]
            for name in event.data["prompts"]:
                texts.setdefault(name, {})[language] = _sound(sounds, name, language).text
    return texts


def _json(found: Simulation) -> dict[str, Any]:
    decision = found.decision
    return {
        "events": [
            {"at_ms": event.at_ms, "kind": event.kind, "data": dict(event.data)}
            for event in found.events
        ],
        "path": [asdict(step) for step in found.path],
        "variables": dict(found.variables),
        "waits": asdict(found.waits) if found.waits else None,
        "decision": decision_told(decision) if decision else None,
        "unused": found.unused,
    }
