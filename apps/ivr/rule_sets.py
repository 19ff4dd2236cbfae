"""Make, save, publish and roll back routing rules; two people never overwrite each other unseen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, User
from apps.acd.engine.rules import ERROR, Doubt, Known, RulesError, rules_check, rules_parse
from apps.acd.models import QueueMember, Skill
from apps.audit.selectors import audit_of
from apps.audit.services import audit_record
from apps.core.errors import HuawuError, NotFoundError
from apps.core.form_text import form_text
from apps.ivr.drafts import DraftSave, draft_storable
from apps.ivr.flow_uses import flows_with_newest
from apps.ivr.models import EntryPoint, QueueHours, RuleSet, RuleSetVersion
from apps.ivr.selectors import calendar_names, flow_names_published, queue_numbers
from apps.voicemail.selectors import agent_box_numbers

NAME_LENGTH = 60
EMPTY: dict[str, Any] = {"rules": []}


class RuleSetNameError(HuawuError):
    """The name is empty, too long or taken."""

    code = "ivr.rule_set_name"
    status = 422
    text = _("Give the rules a name of at most 60 characters that no other rules have.")


class RuleSetChangedError(HuawuError):
    """Somebody else saved the draft meanwhile."""

    code = "ivr.rule_set_changed"
    status = 409
    text = _("Somebody else has saved these rules meanwhile.")


class RuleSetRefusedError(HuawuError):
    """The rules cannot be published; `doubts` say why."""

    code = "ivr.rule_set_refused"
    status = 422
    text = _("These rules cannot be published yet.")

    def __init__(self, doubts: list[Doubt]) -> None:
        super().__init__("; ".join(map(str, doubts)))
        self.doubts = doubts


class RuleSetUnchangedError(HuawuError):
    """The version in force says the same already."""

    code = "ivr.rule_set_unchanged"
    status = 422
    text = _("Nothing differs from the version in force.")


class RuleSetInUseError(HuawuError):
    """A number or a flow asks these rules."""

    code = "ivr.rule_set_in_use"
    status = 409
    text = _("A number or a flow still asks these rules.")


@dataclass(frozen=True)
class RuleSetUses:
    """Who asks a rule set: numbers, and flows by draft or by the version in force."""

    numbers: tuple[str, ...]
    flows: tuple[str, ...]


def rule_set_get(pk: int) -> RuleSet:
    """Return a rule set of the company in scope. Raises NotFoundError. 1 query."""
    found: RuleSet | None = RuleSet.objects.filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"rule set {pk}")
    return found


def rule_set_newest(rule_set: RuleSet) -> RuleSetVersion | None:
    """Return the version in force, None when none was published. 1 query."""
    return rule_set.versions.order_by("-number").first()


def rule_sets_with_newest() -> "QuerySet[Any]":
    """Return the rule sets in scope by name, each with number and document of its newest."""
    newest = RuleSetVersion.objects.filter(rule_set=OuterRef("pk")).order_by("-number")
    return RuleSet.objects.annotate(
        newest_number=Subquery(newest.values("number")[:1]),
        newest_document=Subquery(newest.values("document")[:1]),
    ).order_by("name", "pk")


def rule_set_last_save(rule_set: RuleSet) -> DraftSave:
    """Return who saved the draft last, and when. 1 query."""
    entry = audit_of(
        object_type="rule_set", object_id=rule_set.pk, action="rule_set.draft_save"
    ).first()
    if entry is None:
        return DraftSave("", None)
    return DraftSave(entry.actor.display_name if entry.actor else "", entry.at)


@dataclass(frozen=True)
class NumberAsks:
    """A number of the company, and whether it asks these rules; `other` names those it asks."""

    number: str
    is_here: bool
    other: str


def rule_set_numbers(rule_set: RuleSet) -> list[NumberAsks]:
    """Return the company's numbers that have a flow, by number. 1 query."""
    entries = EntryPoint.objects.filter(tenant_id=rule_set.tenant_id).select_related(
        "did", "rule_set"
    )
    return [
        NumberAsks(
            entry.did.number,
            entry.rule_set_id == rule_set.pk,
            entry.rule_set.name if entry.rule_set and entry.rule_set_id != rule_set.pk else "",
        )
        for entry in entries.order_by("did__number")
    ]


def rule_set_numbers_give(*, rule_set: RuleSet, numbers: list[str], actor: User) -> None:
    """Let these numbers of the company ask the rules before their flows, and no others."""
    entries = EntryPoint.objects.filter(tenant_id=rule_set.tenant_id)
    # PostgreSQL takes no NUL, not even to look for.
    numbers = [number for number in numbers if "\x00" not in number]
    with transaction.atomic():
        entries.filter(rule_set=rule_set).exclude(did__number__in=numbers).update(rule_set=None)
        entries.filter(did__number__in=numbers).update(rule_set=rule_set)
        _audit(rule_set, actor, "rule_set.numbers", numbers=sorted(numbers)[:100])


def rule_set_uses(rule_set: RuleSet) -> RuleSetUses:
    """Return who asks the rules by name. 2 queries."""
    return rule_sets_uses([rule_set])[rule_set.pk]


def rule_sets_uses(rule_sets: Iterable[RuleSet]) -> dict[int, RuleSetUses]:
    """Return who asks each of a company's rule sets, by its id. 2 queries."""
    sets = list(rule_sets)
    numbers: dict[int, list[str]] = {one.pk: [] for one in sets}
    entries = EntryPoint.objects.filter(rule_set__in=numbers).order_by("did__number")
    for pk, number in entries.values_list("rule_set_id", "did__number"):
        numbers[pk].append(number)
    flows = [
        (flow.name, _asked(flow.draft) | _asked(flow.newest_document))
        for flow in flows_with_newest().filter(tenant__in={one.tenant_id for one in sets})
    ]
    return {
        one.pk: RuleSetUses(
            tuple(numbers[one.pk]), tuple(flow for flow, asked in flows if one.name in asked)
        )
        for one in sets
    }


def _asked(document: Any) -> set[str]:
    nodes = document.get("nodes") if isinstance(document, Mapping) else None
    return {
        str(node.get("rules"))
        for node in (nodes.values() if isinstance(nodes, Mapping) else ())
        if isinstance(node, Mapping) and node.get("kind") == "route"
    }


def rules_known(tenant_id: int) -> Known:
    """Return what the company's rules may name. 8 queries."""
    queues = queue_numbers(tenant_id)
    served: dict[str, set[str]] = {
        number: set()
        for number in Agent.objects.filter(
            tenant_id=tenant_id, is_active=True, user__is_active=True
        ).values_list("number", flat=True)
    }
    members = QueueMember.objects.filter(tenant_id=tenant_id, queue__is_active=True)
    for agent, queue in members.values_list("agent__number", "queue__number"):
        if agent in served:
            served[agent].add(queue)
    hours = QueueHours.objects.filter(tenant_id=tenant_id)
    return Known(
        queues=queues,
        queues_with_hours=frozenset(hours.values_list("queue__number", flat=True)),
        agents={agent: frozenset(numbers) for agent, numbers in served.items()},
        flows=flow_names_published(tenant_id),
        boxes=queues | agent_box_numbers(tenant_id),
        calendars=calendar_names(tenant_id),
        skills=frozenset(Skill.objects.filter(tenant_id=tenant_id).values_list("name", flat=True)),
    )


def rules_doubts(document: object, known: Known) -> list[Doubt]:
    """Return everything that is wrong or doubtful in a document, however unfinished."""
    try:
        return rules_check(rules_parse(document), known)
    except RulesError as error:
        return [
            Doubt(ERROR, problem.place, problem.code, problem.detail) for problem in error.problems
        ]


def rule_set_create(*, tenant_id: int, name: str, actor: User) -> RuleSet:
    """Make an empty rule set. Raises RuleSetNameError."""
    name = _name(tenant_id, name)
    try:
        with transaction.atomic():
            made: RuleSet = RuleSet.objects.create(tenant_id=tenant_id, name=name, draft=EMPTY)
            _audit(made, actor, "rule_set.create", name=name)
    except IntegrityError as error:  # somebody else took the name at this moment
        raise RuleSetNameError(name) from error
    return made


def rule_set_save(
    *, rule_set: RuleSet, document: dict[str, Any], revision: int, actor: User
) -> int:
    """Keep the draft, however unfinished; return its revision.

    `revision` is that of the draft which the page began with. Locks the row. Raises
    RuleSetChangedError, FlowTooLargeError, FlowUnstorableError.
    """
    draft = draft_storable(document)
    with transaction.atomic():
        locked = RuleSet.objects.select_for_update(no_key=True).get(pk=rule_set.pk)
        if locked.revision != revision:
            raise RuleSetChangedError(rule_set.name)
        if locked.draft != draft:
            locked.draft, locked.revision = draft, revision + 1
            locked.save(update_fields=["draft", "revision", "updated_at"])
            _audit(locked, actor, "rule_set.draft_save", rules=len(draft.get("rules", ())))
    rule_set.draft, rule_set.revision = locked.draft, locked.revision
    return locked.revision


def rule_set_publish(
    *, rule_set: RuleSet, revision: int, note: str = "", user: User | None = None
) -> RuleSetVersion:
    """Put the draft of this revision in force; the next call asks it within two seconds.

    Locks the row. Writes the audit trail. Raises RuleSetChangedError, RuleSetRefusedError,
    RuleSetUnchangedError.
    """
    with transaction.atomic():
        locked = RuleSet.objects.select_for_update(no_key=True).get(pk=rule_set.pk)
        if locked.revision != revision:
            raise RuleSetChangedError(rule_set.name)
        return _publish(locked, locked.draft, note, user)


def rule_set_roll_back(
    *, rule_set: RuleSet, number: int, note: str = "", user: User | None = None
) -> RuleSetVersion:
    """Publish an earlier version again, as the next one; the draft stays.

    It is checked like any other. Raises NotFoundError and as `rule_set_publish`.
    """
    with transaction.atomic():
        locked = RuleSet.objects.select_for_update(no_key=True).get(pk=rule_set.pk)
        earlier = locked.versions.filter(number=number).first()
        if earlier is None:
            raise NotFoundError(f"version {number}")
        return _publish(locked, earlier.document, note, user)


def rule_set_delete(*, rule_set: RuleSet, actor: User) -> None:
    """Remove the rules with their versions, when nobody asks them. Raises RuleSetInUseError."""
    with transaction.atomic():
        locked = RuleSet.objects.select_for_update(no_key=True).get(pk=rule_set.pk)
        uses = rule_set_uses(locked)
        if uses.numbers or uses.flows:
            raise RuleSetInUseError(rule_set.name)
        _audit(locked, actor, "rule_set.delete", name=locked.name)
        locked.versions.all().delete()
        locked.delete()


def _publish(
    rule_set: RuleSet, document: dict[str, Any], note: str, user: User | None
) -> RuleSetVersion:
    doubts = rules_doubts(document, rules_known(rule_set.tenant_id))
    if errors := [doubt for doubt in doubts if doubt.level == ERROR]:
        raise RuleSetRefusedError(errors)
    newest = rule_set_newest(rule_set)
    if newest is not None and newest.document == document:
        raise RuleSetUnchangedError(rule_set.name)
    version: RuleSetVersion = RuleSetVersion.objects.create(
        tenant_id=rule_set.tenant_id,
        rule_set=rule_set,
        number=newest.number + 1 if newest else 1,
        document=document,
        note=form_text(note, 200),
        published_by=user,
    )
    _audit(rule_set, user, "rule_set.publish", version=version.number, note=version.note)
    return version


def _name(tenant_id: int, name: str) -> str:
    name = name.strip()
    taken = RuleSet.objects.filter(tenant_id=tenant_id, name=name)
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable() or taken.exists():
        raise RuleSetNameError(name)
    return name


def _audit(rule_set: RuleSet, actor: User | None, action: str, **detail: Any) -> None:
    audit_record(
        actor=actor,
        tenant_id=rule_set.tenant_id,
        action=action,
        object_type="rule_set",
        object_id=rule_set.pk,
        detail=detail,
    )
