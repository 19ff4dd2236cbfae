"""Who decides a step: the rule's people, else the fall-back's, else the admins."""

from apps.workorders.engine.flow import Flow, Rule, Step
from apps.workorders.engine.places import steps_before
from apps.workorders.engine.state import People, SeatStatus, State


def approvers(flow: Flow, step: Step, state: State, people: People) -> tuple[tuple[int, ...], bool]:
    """Return who decides, in the rule's order, and whether they are the fall-back's people."""
    found = people.active(_people_of(step.approvers, flow, step, state, people))
    found = allowed(step, state, found)
    return (found, False) if found else (fallback(step, state, people), True)


def allowed(step: Step, state: State, found: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out whoever asked for it himself, where nobody may approve his own."""
    if step.takes_submitter:
        return found
    return tuple(one for one in found if one != state.submitter)


def fallback(step: Step, state: State, people: People) -> tuple[int, ...]:
    """Return the fall-back's people, the admins when there is none of them.

    The submitter himself only where nobody else is left: an order that nobody may decide would
    never end. Empty when the company has no admin who can sign in.
    """
    named = people.active(step.fallback.ids) if step.fallback.by == "person" else ()
    admins = people.admins()
    for found in (allowed(step, state, named), allowed(step, state, admins), named):
        if found:
            return found
    return admins


def _people_of(rule: Rule, flow: Flow, step: Step, state: State, people: People) -> tuple[int, ...]:
    if rule.by == "person":
        return rule.ids
    if rule.by == "submitter":
        return (state.submitter,)
    if rule.by == "submitter_head":
        return people.heads_over(state.submitter, rule.levels)
    if rule.by == "field":
        value = state.values.get(rule.field)
        return (value,) if isinstance(value, int) else ()
    if rule.by == "previous":
        return _previous(flow, step, state)
    department = rule.department
    if rule.is_submitters_department:
        department = people.department_of(state.submitter)
        if department is None:
            return ()
    if rule.by == "role":
        return people.with_role(rule.role, department)
    if department is None:
        return ()
    if rule.by == "department":
        return people.in_department(department)
    return people.heads_of(department)


def _previous(flow: Flow, step: Step, state: State) -> tuple[int, ...]:
    """Return who decided the step before; the submitter when there is none."""
    for before in reversed(steps_before(flow, state, step.key, to_return=False)):
        run = state.run(before.key)
        decided = (
            one.acted_by or one.person
            for one in (run.seats if run else ())
            if one.status == SeatStatus.APPROVED
        )
        found = tuple(dict.fromkeys(decided))
        if found:
            return found
    return (state.submitter,)
