"""How the items of reports of the ledger's rows are called: {key: name}, of known keys alone."""

from collections.abc import Mapping

from apps.accounts.models import Agent, Department, User
from apps.acd.models import Queue
from apps.quality.models import SheetVersion
from apps.quality.selectors import document_of
from apps.workorders.models import OrderType

BETWEEN = " · "


def as_they_are(_keys: set[str]) -> Mapping[str, str]:
    """Return nothing: a key is its own name."""
    return {}


def queues(keys: set[str]) -> Mapping[str, str]:
    """Return queues' names by number. 1 query."""
    rows = Queue.objects.filter(number__in=keys).values_list("number", "name")
    return {number: f"{number} {name}" for number, name in rows}


def agents(keys: set[str]) -> Mapping[str, str]:
    """Return agents' names by id. 1 query."""
    rows = Agent.objects.filter(pk__in=_numbers(keys)).select_related("user")
    return {str(one.pk): str(one) for one in rows}


def departments(keys: set[str]) -> Mapping[str, str]:
    """Return departments' names by id. 1 query."""
    rows = Department.objects.filter(pk__in=_numbers(keys))
    return {str(one.pk): str(one) for one in rows}


def people(keys: set[str]) -> Mapping[str, str]:
    """Return people's names by id. 1 query."""
    rows = User.objects.filter(pk__in=_numbers(keys))
    return {str(one.pk): one.display_name for one in rows}


def order_types(keys: set[str]) -> Mapping[str, str]:
    """Return the names of types of work orders by id. 1 query."""
    rows = OrderType.objects.filter(pk__in=_numbers(keys)).values_list("pk", "name")
    return {str(pk): name for pk, name in rows}


def sheet_items(keys: set[str]) -> Mapping[str, str]:
    """Return the newest titles of items of score sheets by `sheet.item`. 1 query.

    As the results page names them: an item keeps its id when its words change.
    """
    sheets = _numbers({key.partition(".")[0] for key in keys})
    versions = SheetVersion.objects.filter(sheet__in=sheets).select_related("sheet")
    return {
        f"{version.sheet_id}.{item.id}": f"{version.sheet.name}{BETWEEN}{item.title}"
        for version in versions.order_by("number")
        for section in document_of(version).sections
        for item in section.items
    }


def _numbers(keys: set[str]) -> list[int]:
    return [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
