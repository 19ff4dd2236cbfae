"""A flow's document as a page of nested inputs, and back.

Names are paths: `s0.` is the first step, `s0.b1.s2.` the third step of its second branch; a list's
length is in `<path>n`, a step's number of branches in `<path>bn`, of escalation levels in
`<path>en`. Drafts may be faulty: the check says what is wrong.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.console.work_orders.conditions_form import condition_read, condition_view
from apps.console.work_orders.typed import typed_whole

KIND_LABELS = {
    "approval": _("Approval"),
    "handling": _("Handling"),
    "condition": _("Condition"),
    "parallel": _("At the same time"),
}
PEOPLE_KINDS = ("approval", "handling")
BY = (
    ("person", _("named people")),
    ("role", _("everybody of a role")),
    ("department", _("everybody of a department")),
    ("department_head", _("a department's leads")),
    ("submitter_head", _("the submitter's leads")),
    ("field", _("the person in a field")),
    ("previous", _("who decided the step before")),
    ("submitter", _("the submitter")),
)
MODES = (
    ("any", _("one of them decides")),
    ("all", _("all of them")),
    ("k", _("a number of them")),
    ("sequence", _("one after the other")),
)
DOES = (
    ("remind", _("remind")),
    ("head", _("hand over to their leads")),
    ("person", _("hand over to a person")),
    ("approve", _("approve by itself")),
    ("return", _("return to the submitter")),
    ("reject", _("reject by itself")),
)
PATH = re.compile(r"(?:s\d{1,3}\.(?:b\d{1,2}\.)?){0,12}\Z")
PART = re.compile(r"([sb])(\d+)\.")
MOST_STEPS, MOST_BRANCHES, MOST_LEVELS, MOST_DEEP = 100, 10, 6, 6


def flow_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the inputs of the flow's steps, branches nested in them."""
    return _step_rows(document.get("steps"), "")


def _step_rows(steps: Any, prefix: str) -> list[dict[str, Any]]:
    found = []
    for at, raw in enumerate(steps if isinstance(steps, list) else []):
        one = raw if isinstance(raw, dict) else {}
        path = f"{prefix}s{at}."
        found.append(
            {
                "path": path,
                "raw": one,
                "kind_label": KIND_LABELS.get(str(one.get("kind")), one.get("kind")),
                "is_people": one.get("kind") in PEOPLE_KINDS,
                "is_condition": one.get("kind") == "condition",
                "approvers": _dict(one.get("approvers")),
                "fallback": _dict(one.get("fallback")),
                "editable": one.get("editable") if isinstance(one.get("editable"), list) else [],
                "may_attach": one.get("may_attach", True),
                "takes_submitter": one.get("takes_submitter", one.get("kind") == "handling"),
                "levels": [*_dicts(one.get("escalation")), {}],
                "branches": _branch_rows(one.get("branches"), path),
            }
        )
    return found


def _branch_rows(branches: Any, path: str) -> list[dict[str, Any]]:
    found = []
    rows = _dicts(branches)
    for at, one in enumerate(rows):
        own = f"{path}b{at}."
        found.append(
            {
                "path": own,
                "raw": one,
                "is_last": at == len(rows) - 1,
                "condition": condition_view(f"{own}if.", one.get("if")),
                "steps": _step_rows(one.get("steps"), own),
            }
        )
    return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [_dict(item) for item in value] if isinstance(value, list) else []


def flow_document(post: QueryDict, types: Mapping[str, str]) -> dict[str, Any]:
    """Return the document that the page's inputs say; `types` are the form's fields'."""
    found: dict[str, Any] = {"version": 1}
    if "start_all" not in post:
        found["start"] = {"editable": post.getlist("start")}
    returns = typed_whole(post.get("max_returns", ""))
    if returns is not None:
        found["max_returns"] = returns
    found["may_withdraw"] = "may_withdraw" in post
    found["steps"] = _steps("", post, types, MOST_DEEP)
    return found


def _steps(
    prefix: str, post: QueryDict, types: Mapping[str, str], deep: int
) -> list[dict[str, Any]]:
    count = _count(post, f"{prefix}n", MOST_STEPS) if deep else 0
    return [_step(f"{prefix}s{at}.", post, types, deep) for at in range(count)]


def _step(path: str, post: QueryDict, types: Mapping[str, str], deep: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "key": _text(post, f"{path}key"),
        "kind": _text(post, f"{path}kind"),
        "name": _text(post, f"{path}name"),
    }
    if found["kind"] in PEOPLE_KINDS:
        return {**found, **_people_step(path, post, found["kind"])}
    if found["kind"] == "parallel":
        found["join"] = "any" if _text(post, f"{path}join") == "any" else "all"
        if found["join"] == "any":
            found["k"] = typed_whole(_text(post, f"{path}k")) or 1
    branches = []
    for at in range(_count(post, f"{path}bn", MOST_BRANCHES)):
        own = f"{path}b{at}."
        branch: dict[str, Any] = {
            "key": _text(post, f"{own}key"),
            "name": _text(post, f"{own}name"),
        }
        condition = condition_read(f"{own}if.", post, types)
        if condition is not None:
            branch["if"] = condition
        branch["steps"] = _steps(own, post, types, deep - 1)
        branches.append(branch)
    return {**found, "branches": branches}


def _people_step(path: str, post: QueryDict, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "approvers": _rule(f"{path}a.", post),
        "mode": _text(post, f"{path}mode") or "any",
        "may_attach": f"{path}may_attach" in post,
        "needs_opinion": f"{path}needs_opinion" in post,
        "takes_submitter": f"{path}takes_submitter" in post,
    }
    if found["mode"] == "k":
        found["k"] = typed_whole(_text(post, f"{path}k")) or 1
    if editable := post.getlist(f"{path}editable"):
        found["editable"] = editable
    fallback = _keys(post.getlist(f"{path}fallback"))
    if fallback:
        found["fallback"] = {"by": "person", "ids": fallback}
    if (deadline := typed_whole(_text(post, f"{path}deadline"))) is not None:
        found["deadline_min"] = deadline
    if levels := _levels(path, post):
        found["escalation"] = levels
    return found


def _levels(path: str, post: QueryDict) -> list[dict[str, Any]]:
    found = []
    for at in range(_count(post, f"{path}en", MOST_LEVELS)):
        own = f"{path}e{at}."
        after = typed_whole(_text(post, f"{own}after"))
        if after is None:
            continue
        level: dict[str, Any] = {"after_min": after, "do": _text(post, f"{own}do") or "remind"}
        if level["do"] == "person" and (keys := _keys([_text(post, f"{own}person")])):
            level["person"] = keys[0]
        found.append(level)
    return found


def _rule(prefix: str, post: QueryDict) -> dict[str, Any]:
    by = _text(post, f"{prefix}by")
    found: dict[str, Any] = {"by": by}
    department = _text(post, f"{prefix}department")
    if by == "person":
        found["ids"] = _keys(post.getlist(f"{prefix}ids"))
    elif by == "field":
        found["field"] = _text(post, f"{prefix}field")
    elif by == "submitter_head":
        found["levels"] = typed_whole(_text(post, f"{prefix}levels")) or 1
    elif by in ("role", "department", "department_head"):
        if by == "role":
            found["role"] = _text(post, f"{prefix}role")
        if department:
            found["department"] = (
                "submitter" if department == "submitter" else typed_whole(department)
            )
    return found


def _text(post: QueryDict, name: str) -> str:
    return post.get(name, "").replace("\x00", "").strip()


def _keys(texts: list[str]) -> list[int]:
    return [key for text in texts if (key := typed_whole(text)) is not None and key > 0]


def _count(post: QueryDict, name: str, most: int) -> int:
    return max(0, min(typed_whole(post.get(name, "0")) or 0, most))


def flow_changed(document: dict[str, Any], do: str) -> dict[str, Any]:
    """Change the document as one of the page's buttons says: `add:<list>:approval`,
    `up:<step>`, `down:<step>`, `remove:<step or branch>`, `branch:<step>`. Returns it.
    """
    what, _colon, rest = do.partition(":")
    path, _colon, kind = rest.partition(":")
    if not PATH.match(path):
        return document
    if what == "add":
        steps = _list_at(document, path)
        if steps is not None and kind in KIND_LABELS and len(steps) < MOST_STEPS:
            steps.append(_new_step(kind, _keys_of(document)))
        return document
    parts = PART.findall(path)
    if not parts:
        return document
    letter, at = parts[-1][0], int(parts[-1][1])
    rows = _list_at(document, path[: -len(f"{letter}{at}.")], is_branch=letter == "b")
    if rows is None or at >= len(rows):
        return document
    if what == "remove":
        del rows[at]
    elif what == "branch" and letter == "s" and len(rows[at].get("branches", [])) < MOST_BRANCHES:
        # Before the last one, which is for everything else.
        new = {"key": _free_key("branch", _keys_of(document)), "name": "", "steps": []}
        rows[at].setdefault("branches", []).insert(-1, new)
    elif what in ("up", "down"):
        to = at - 1 if what == "up" else at + 1
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
    return document


def _list_at(document: dict[str, Any], path: str, *, is_branch: bool = False) -> Any:
    """Return the list of steps (or branches) at a path, None when there is none."""
    here: dict[str, Any] = document
    for letter, number in PART.findall(path):
        rows = here.get("steps" if letter == "s" else "branches", [])
        if int(number) >= len(rows):
            return None
        here = rows[int(number)]
    found = here.get("branches" if is_branch else "steps")
    return found if isinstance(found, list) else None


def _keys_of(document: Any) -> set[str]:
    if isinstance(document, list):
        return set().union(*(_keys_of(item) for item in document), set())
    if not isinstance(document, dict):
        return set()
    own = {str(document["key"])} if "key" in document else set()
    return own | _keys_of(document.get("steps")) | _keys_of(document.get("branches"))


def _free_key(word: str, keys: set[str]) -> str:
    return next(name for at in range(1, 10_000) if (name := f"{word}_{at}") not in keys)


def _new_step(kind: str, keys: set[str]) -> dict[str, Any]:
    key = _free_key("step", keys)
    if kind in PEOPLE_KINDS:
        return {"key": key, "kind": kind, "name": "", "approvers": {"by": "submitter_head"}}
    first = _free_key("branch", keys)
    second = _free_key("branch", keys | {first})
    found: dict[str, Any] = {
        "key": key,
        "kind": kind,
        "name": "",
        "branches": [
            {"key": first, "name": "", "steps": []},
            {"key": second, "name": "", "steps": []},
        ],
    }
    return found if kind == "condition" else {**found, "join": "all"}
