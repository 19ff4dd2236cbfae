"""What routing rules said of a call, from what was kept with it."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.acd.engine.rule_record import ruling_replay
from apps.acd.engine.rules import RulesError, rules_parse
from apps.calls.engine import facts as kinds
from apps.calls.models import CallFact
from apps.ivr.models import RuleSetVersion
from apps.ivr.rule_texts import action_told, leaf_told, verdict_told

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SeenFact:
    """One comparison of a rule: what it says with what was there, and whether it held."""

    text: str
    is_true: bool


@dataclass(frozen=True)
class RuleVerdict:
    """What became of one rule. `code` is the engine's word, `reason` says it in the language."""

    rule: str
    name: str
    code: str
    reason: str
    seen: tuple[SeenFact, ...]


@dataclass(frozen=True)
class CallRuling:
    """One question to the rules. `rule` is '' when none decided and the flow went on.

    `is_same`: deciding again with that version on what was kept says the same; None when the
    version is gone.
    """

    at: datetime
    rules: str
    version: int
    rule: str
    action: str
    verdicts: tuple[RuleVerdict, ...]
    is_same: bool | None


def call_rulings(facts: Iterable[CallFact]) -> list[CallRuling]:
    """Return what the rules said among a call's facts, in their order. 0 or 1 query.

    Give only facts of a call that the person may see.
    """
    ruled = [fact for fact in facts if fact.kind == kinds.RULED]
    if not ruled:
        return []
    names = {str(fact.data.get("rules", "")) for fact in ruled}
    documents = {
        (row.rule_set.name, row.number): row.document
        for row in RuleSetVersion.objects.filter(rule_set__name__in=names).select_related(
            "rule_set"
        )
    }
    found = []
    for fact in ruled:
        try:
            found.append(_ruling(fact, documents))
        except (KeyError, TypeError, ValueError) as error:
            logger.warning("ruling %s is unreadable: %s", fact.key, error)
    return found


def _ruling(fact: CallFact, documents: dict[tuple[str, int], object]) -> CallRuling:
    data = fact.data
    rule = data["rule"]
    return CallRuling(
        at=fact.at,
        rules=str(data["rules"]),
        version=int(data["version"]),
        rule=str(rule["name"] or rule["id"]) if rule else "",
        action=action_told(data["action"]) if data["action"] else "",
        verdicts=verdicts_told(data["verdicts"]),
        is_same=_is_same(fact, documents.get((str(data["rules"]), int(data["version"])))),
    )


def verdicts_told(kept: Iterable[Mapping[str, Any]]) -> tuple[RuleVerdict, ...]:
    """Return the verdicts of a record in the person's language."""
    return tuple(
        RuleVerdict(
            rule=str(one["rule"]),
            name=str(one["name"] or one["rule"]),
            code=str(one["code"]),
            reason=verdict_told(str(one["code"])),
            seen=tuple(_seen(leaf) for leaf in one["seen"]),
        )
        for one in kept
    )


def _seen(leaf: Mapping[str, Any]) -> SeenFact:
    return SeenFact(leaf_told(leaf), bool(leaf["is_true"]))


def _is_same(fact: CallFact, document: object) -> bool | None:
    if document is None:
        return None
    try:
        return ruling_replay(fact.data, rules_parse(document)).is_same
    except (RulesError, ValueError) as error:
        logger.warning("ruling %s does not replay: %s", fact.key, error)
        return False
