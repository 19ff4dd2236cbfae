"""Published versions as the engine reads them; they never change, so they are kept in memory."""

from typing import Any

from apps.workorders.engine import flow as flows
from apps.workorders.engine import form as forms
from apps.workorders.models import OrderTypeVersion

MOST_KEPT = 256


class Plan:
    """A published form and flow."""

    def __init__(self, form: dict[str, Any], flow: dict[str, Any]) -> None:
        self.form = forms.build(form)
        self.flow = flows.build(flow, self.form.types)


_plans: dict[tuple[int, str], Plan] = {}


def plan_of(version: OrderTypeVersion) -> Plan:
    """Return a version's form and flow, read once in a process."""
    # A key may come back after a rollback; with its time of publishing it is the same row.
    key = (version.pk, version.published_at.isoformat())
    found = _plans.get(key)
    if found is None:
        if len(_plans) >= MOST_KEPT:
            _plans.clear()
        found = _plans[key] = Plan(version.form, version.flow)
    return found
