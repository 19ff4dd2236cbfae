"""The console's menu: sections of pages, and who sees which.

A new page is one `Entry` in its section; `when` says who has it in his menu. The menu only shows
the way: each page looks for itself whether the person may open it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.choices import ViewTier
from apps.accounts.models import Agent, User

Who = Callable[[User, Agent | None], bool]


def _everybody(_user: User, _agent: Agent | None) -> bool:
    return True


def _agents(_user: User, agent: Agent | None) -> bool:
    return agent is not None


def _roles(*roles: str) -> Who:
    return lambda user, _agent: user.role in roles


def _allowed(permission: str) -> Who:
    return lambda user, _agent: user.has_perm(permission)


LEADS = _roles("team_lead", "admin")
WATCHERS = _roles("team_lead", "inspector", "admin")
ADMINS = _roles("admin")
SENIORS: Who = lambda user, _agent: user.tier == ViewTier.ALL  # noqa: E731 - as its like


@dataclass(frozen=True)
class Entry:
    """A page: the name of its address, its text, who sees it.

    `badge` is the `data-testid` of the count that the desk's script fills in, `testid` the link's.
    """

    page: str
    label: Any
    testid: str = ""
    when: Who = _everybody
    badge: str = ""


@dataclass(frozen=True)
class Section:
    """Pages under one heading; `name` is kept by browsers that closed it: do not rename."""

    name: str
    label: Any
    entries: tuple[Entry, ...]


SECTIONS: tuple[Section, ...] = (
    Section(
        "calls",
        _("Calls"),
        (
            Entry("desk", _("Desk")),
            Entry("history", _("Call history"), "nav-history"),
            Entry("missed", _("Missed and recent"), "nav-missed", badge="to-call-back"),
            Entry("call-backs", _("Queue call-backs"), "nav-call-backs"),
            Entry("voicemail", _("Voicemail"), "nav-voicemail", badge="voicemail-new"),
            Entry("colleagues", _("Colleagues' calls"), "nav-colleagues", _agents),
            Entry("directory", _("Directory"), "nav-directory"),
            Entry("my-phone", _("My phone"), "nav-my-phone", _agents),
        ),
    ),
    Section(
        "customers",
        _("Customers and orders"),
        (
            Entry("customers", _("Customers"), "nav-customers"),
            Entry("task-list", _("Tasks"), "nav-tasks", badge="tasks-todo"),
            Entry("work-order-list", _("Work orders"), "nav-work-orders", badge="orders-todo"),
            Entry("knowledge", _("Knowledge"), "nav-knowledge"),
            Entry("imports", _("Import and export"), "nav-imports", LEADS),
            Entry("erasures", _("People to be forgotten"), "nav-erasures", ADMINS),
        ),
    ),
    Section(
        "quality",
        _("Quality and recordings"),
        (
            Entry("quality", _("Quality inspection"), "nav-quality", badge="inspections-todo"),
            Entry("quality-results", _("Quality results"), "nav-quality-results"),
            Entry("recordings", _("Recordings"), "nav-recordings"),
            Entry("survey-list", _("Surveys"), "nav-surveys"),
        ),
    ),
    Section(
        "live",
        _("Live"),
        (
            Entry("board", _("Live board"), "nav-board"),
            Entry("queues", _("Queues"), "nav-queues"),
            Entry("agents", _("Agents' states"), "nav-agents"),
            Entry("live", _("Live calls"), "nav-live", WATCHERS),
            Entry("alarms", _("Alarms"), "nav-alarms", WATCHERS),
        ),
    ),
    Section(
        "reports",
        _("Reports and planning"),
        (
            Entry("reports", _("Reports"), "nav-reports"),
            Entry("staffing", _("Staffing"), "nav-staffing", LEADS),
            Entry("promises", _("Service promises"), "nav-promises", SENIORS),
            Entry("my-day", _("My day"), "nav-my-day", _agents),
            Entry("targets-set", _("Targets"), "nav-targets", LEADS),
            Entry("what-if-list", _("What-if"), "nav-what-if", LEADS),
        ),
    ),
    Section(
        "settings",
        _("Settings"),
        (
            Entry("dispositions", _("Dispositions"), "nav-dispositions", LEADS),
            Entry("pick-up-groups", _("Pick-up groups"), "nav-pick-up-groups", LEADS),
            Entry("hours", _("Working hours"), "nav-hours", LEADS),
            Entry("order-type-list", _("Types of work orders"), "nav-order-types", ADMINS),
            Entry("prompts", _("Prompts"), "nav-prompts", _allowed("prompts.change_prompt")),
            Entry("rules", _("Routing rules"), "nav-rules", _allowed("ivr.change_ruleset")),
            Entry("flows", pgettext_lazy("ivr", "Flows"), "nav-flows", _allowed("ivr.change_flow")),
            Entry("settings", _("My settings"), "nav-settings"),
        ),
    ),
)


def menu_for(user: User, agent: Agent | None) -> list[dict[str, Any]]:
    """Return the sections that hold something for this person, as the template wants them.

    List of {name, label, entries: [{url, label, testid, badge}]}. No query but his permissions.
    """
    sections = []
    for section in SECTIONS:
        entries = [
            {
                "url": reverse(f"console:{entry.page}"),
                "label": entry.label,
                "testid": entry.testid,
                "badge": entry.badge,
            }
            for entry in section.entries
            if entry.when(user, agent)
        ]
        if entries:
            sections.append({"name": section.name, "label": section.label, "entries": entries})
    return sections
