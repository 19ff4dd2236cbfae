"""Look whether a flow's document can be used: only what ends, and always finds somebody."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from apps.workorders.engine import conditions
from apps.workorders.engine.flow import (
    ESCALATIONS,
    KINDS,
    MODES,
    MOST_BRANCHES,
    MOST_DEEP,
    MOST_LEVELS,
    MOST_MINUTES,
    MOST_PEOPLE,
    MOST_RETURNS,
    MOST_STEPS,
    ROLES,
    RULES,
    START,
    VERSION,
    Flow,
    build,
)
from apps.workorders.engine.problems import DocumentError, Problem, is_text, is_whole

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
STEP = frozenset(
    [
        "key",
        "kind",
        "name",
        "approvers",
        "fallback",
        "mode",
        "k",
        "deadline_min",
        "escalation",
        "editable",
        "may_attach",
        "needs_opinion",
        "takes_submitter",
    ]
)
BLOCK = frozenset(
    {
        "key",
        "kind",
        "name",
        "branches",
        "join",
        "k",
    }
)
BRANCH = frozenset(
    {
        "key",
        "name",
        "steps",
        "if",
    }
)


class _Check:
    """One look at one document; `found` grows."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = types
        self.found: list[Problem] = []
        self.keys: set[str] = {START}
        self.people_steps = 0

    def tell(self, path: str, code: str, **params: Any) -> None:
        self.found.append(Problem(path, code, params))

    def key(self, raw: Mapping[str, Any], path: str) -> None:
        key = raw.get("key")
        if not isinstance(key, str) or not KEY.fullmatch(key):
            self.tell(f"{path}.key", "bad_key")
        elif key in self.keys:
            self.tell(f"{path}.key", "key_twice", key=key)
        else:
            self.keys.add(key)

    def steps(self, raws: Any, path: str, deep: int) -> None:
        if not isinstance(raws, list):
            self.tell(path, "not_steps")
            return
        for at, raw in enumerate(raws):
            if len(self.keys) > MOST_STEPS * 2:
                self.tell(path, "too_many_steps", most=MOST_STEPS)
                return
            self.step(raw, f"{path}.{at}", deep)

    def step(self, raw: Any, path: str, deep: int) -> None:
        if not isinstance(raw, Mapping) or raw.get("kind") not in KINDS:
            self.tell(path, "unknown_kind")
            return
        self.key(raw, path)
        is_block = raw["kind"] in ("condition", "parallel")
        for name in sorted(str(name)[:40] for name in set(raw) - (BLOCK if is_block else STEP)):
            self.tell(path, "unknown_property", name=name)
        if not is_text(raw.get("name", ""), 100, least=0 if is_block else 1):
            self.tell(f"{path}.name", "no_name")
        if is_block:
            self.block(raw, path, deep)
        else:
            self.people_steps += 1
            self.people(raw, path)

    def block(self, raw: Mapping[str, Any], path: str, deep: int) -> None:
        branches = raw.get("branches")
        if deep == 0:
            self.tell(path, "too_deep", most=MOST_DEEP)
            return
        if not isinstance(branches, list) or not 2 <= len(branches) <= MOST_BRANCHES:
            self.tell(f"{path}.branches", "branches_missing", most=MOST_BRANCHES)
            return
        is_condition = raw["kind"] == "condition"
        for at, branch in enumerate(branches):
            inner = f"{path}.branches.{at}"
            if not isinstance(branch, Mapping):
                self.tell(inner, "not_a_branch")
                continue
            self.key(branch, inner)
            for name in sorted(str(name)[:40] for name in set(branch) - BRANCH):
                self.tell(inner, "unknown_property", name=name)
            if not is_text(branch.get("name", ""), 100, least=0):
                self.tell(f"{inner}.name", "no_name")
            self.branch_condition(branch, inner, is_condition, is_last=at == len(branches) - 1)
            self.steps(branch.get("steps"), f"{inner}.steps", deep - 1)
            if not is_condition and branch.get("steps") == []:
                self.tell(f"{inner}.steps", "branch_empty")
        join = raw.get("join", "all")
        if is_condition:
            if "join" in raw or "k" in raw:
                self.tell(path, "no_join_here")
        elif join not in ("all", "any"):
            self.tell(f"{path}.join", "unknown_join")
        elif join == "any" and not is_whole(raw.get("k"), 1, len(branches)):
            self.tell(f"{path}.k", "bad_k", most=len(branches))

    def branch_condition(
        self, branch: Mapping[str, Any], path: str, is_condition: bool, *, is_last: bool
    ) -> None:
        has = branch.get("if") is not None
        if is_condition and is_last and has:
            self.tell(path, "else_missing")
        elif is_condition and not is_last and not has:
            self.tell(path, "condition_missing")
        elif has and not is_condition:
            self.tell(path, "no_condition_here")
        elif has:
            self.found.extend(conditions.check(branch["if"], f"{path}.if", self.types))

    def people(self, raw: Mapping[str, Any], path: str) -> None:
        self.rule(raw.get("approvers"), f"{path}.approvers")
        if raw.get("fallback") is not None:
            fallback = raw["fallback"]
            by = fallback.get("by") if isinstance(fallback, Mapping) else None
            if by not in ("person", "admin"):
                self.tell(f"{path}.fallback", "bad_fallback")
            elif by == "person":
                self.rule(fallback, f"{path}.fallback")
        mode = raw.get("mode", "any")
        if mode not in MODES:
            self.tell(f"{path}.mode", "unknown_mode")
        elif mode == "k" and not is_whole(raw.get("k"), 1, MOST_PEOPLE):
            self.tell(f"{path}.k", "bad_k", most=MOST_PEOPLE)
        for name in ("may_attach", "needs_opinion", "takes_submitter"):
            if not isinstance(raw.get(name, False), bool):
                self.tell(f"{path}.{name}", "not_yes_no")
        self.editable(raw.get("editable", []), f"{path}.editable")
        self.deadline(raw, path)

    def editable(self, keys: Any, path: str) -> None:
        if not isinstance(keys, list):
            self.tell(path, "not_fields")
            return
        for key in keys:
            if not isinstance(key, str) or self.types.get(key) in (None, "heading"):
                self.tell(path, "unknown_field", field=str(key)[:60])

    def rule(self, raw: Any, path: str) -> None:
        by = raw.get("by") if isinstance(raw, Mapping) else None
        if by not in RULES:
            self.tell(path, "approvers_missing")
            return
        for problem in _rule_problems(raw, by, self.types):
            self.tell(path, problem)

    def deadline(self, raw: Mapping[str, Any], path: str) -> None:
        deadline, levels = raw.get("deadline_min"), raw.get("escalation", [])
        if deadline is not None and not is_whole(deadline, 1, MOST_MINUTES):
            self.tell(f"{path}.deadline_min", "bad_minutes")
            return
        if not isinstance(levels, list) or len(levels) > MOST_LEVELS:
            self.tell(f"{path}.escalation", "bad_escalation")
            return
        if deadline is None:
            if levels:
                self.tell(f"{path}.escalation", "no_deadline")
            return
        before = None
        for at, level in enumerate(levels):
            inner = f"{path}.escalation.{at}"
            if not isinstance(level, Mapping) or level.get("do") not in ESCALATIONS:
                self.tell(inner, "bad_escalation")
                continue
            after = level.get("after_min")
            if not is_whole(after, -deadline + 1, MOST_MINUTES):
                self.tell(inner, "bad_minutes")
                continue
            if before is not None and after <= before:
                self.tell(inner, "escalation_order")
            before = after
            if level["do"] != "remind" and after < 0:
                self.tell(inner, "only_remind_before")
            if level["do"] == "person" and not is_whole(level.get("person"), 1, 2**63 - 1):
                self.tell(inner, "person_missing")


def _rule_problems(raw: Mapping[str, Any], by: str, types: Mapping[str, str]) -> Iterator[str]:
    department = raw.get("department")
    is_department = is_whole(department, 1, 2**63 - 1)
    if by == "person":
        if not _are_people(raw.get("ids")):
            yield "person_missing"
    elif by == "role":
        if raw.get("role") not in ROLES:
            yield "role_missing"
        if department is not None and department != "submitter" and not is_department:
            yield "department_missing"
    elif by in ("department", "department_head"):
        if department != "submitter" and not is_department:
            yield "department_missing"
    elif by == "submitter_head":
        if not is_whole(raw.get("levels", 1), 1, 5):
            yield "bad_levels"
    elif by == "field":
        key = raw.get("field")
        if not isinstance(key, str) or types.get(key) != "person":
            yield "person_field_missing"


def _are_people(ids: Any) -> bool:
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_PEOPLE:
        return False
    return all(is_whole(one, 1, 2**63 - 1) for one in ids) and len(set(ids)) == len(ids)


def check(document: Any, types: Mapping[str, str]) -> list[Problem]:
    """Return everything that is wrong with a flow's document, [] when it can be used.

    `types` are the form's fields and their types, by key.
    """
    if not isinstance(document, Mapping):
        return [Problem("", "not_a_flow")]
    if document.get("version") != VERSION:
        return [Problem("version", "unknown_version")]
    look = _Check(types)
    for name in sorted(
        str(name)[:40]
        for name in set(document) - {"version", "start", "steps", "max_returns", "may_withdraw"}
    ):
        look.tell("", "unknown_property", name=name)
    start = document.get("start")
    if start is not None and not isinstance(start, Mapping):
        look.tell("start", "not_a_start")
    elif start and start.get("editable") is not None:
        look.editable(start["editable"], "start.editable")
    if not is_whole(document.get("max_returns", 0), 0, MOST_RETURNS):
        look.tell("max_returns", "bad_returns", most=MOST_RETURNS)
    if not isinstance(document.get("may_withdraw", True), bool):
        look.tell("may_withdraw", "not_yes_no")
    look.steps(document.get("steps"), "steps", MOST_DEEP)
    if not look.found and look.people_steps == 0:
        look.tell("steps", "no_steps")
    if look.people_steps > MOST_STEPS:
        look.tell("steps", "too_many_steps", most=MOST_STEPS)
    return look.found


def load(document: Any, types: Mapping[str, str]) -> Flow:
    """Return the flow of a document; `types` are its form's. Raises DocumentError."""
    problems = check(document, types)
    if problems:
        raise DocumentError(problems)
    return build(document, types)
