"""Every address of the web process, and one row for each: for tests that visit them all.

An address with a part that `PARTS` does not know fails those tests: say there which row it shows,
and make the row in `sample_rows`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from io import BytesIO
from typing import Any

from django.urls import URLPattern, get_resolver
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent
from apps.acd.models import OverflowRule
from apps.acd.what_if_models import WhatIfRun
from apps.alarms.models import Alarm, AlarmRule
from apps.core.tenancy import tenant_scope
from apps.customers.merges import customer_merge
from apps.customers.models import BlacklistEntry, Customer
from apps.dispositions.models import Disposition
from apps.imports.models import ExportRun, ImportRun
from apps.knowledge.models import (
    ArticleDepartment,
    ArticleDraft,
    DraftCopy,
    SearchMiss,
    SynonymGroup,
)
from apps.live_board.models import Wall
from apps.quality.calibrations import calibration_create
from apps.quality.comments import comment_add
from apps.quality.plans import PlanValues, plan_save
from apps.quality.services import inspection_create, inspection_publish, inspection_save
from apps.quality.sheets import sheet_create, sheet_publish
from apps.recordings.models import Recording, RecordingMark, RecordingWave
from apps.reports.models import ReportSchedule, SavedReport
from apps.saved_views.models import SavedView
from apps.supervision.models import PickUpGroup, PickUpMember
from apps.switchboard.models import CampOn
from apps.tasks.models import Task
from apps.toolbar.models import ToolbarOrigin
from apps.workorders.absences import absence_create
from apps.workorders.attachments import work_order_attach
from apps.workorders.models import Order
from apps.workorders.services import work_order_create
from tests.factories import (
    AgentFactory,
    ArticleFactory,
    AttachmentFactory,
    CalendarFactory,
    CallBackFactory,
    CallFactory,
    CategoryFactory,
    CustomerFactory,
    CustomerFieldFactory,
    CustomerNumberFactory,
    CustomerTagFactory,
    CustomerTypeFactory,
    ErasureProposalFactory,
    FlowFactory,
    LegFactory,
    MissedCallFactory,
    OrderTypeVersionFactory,
    PromptFactory,
    QueueFactory,
    RecordingFactory,
    RuleSetFactory,
    TargetFactory,
    UserFactory,
    VoicemailMessageFactory,
)

# Part of an address -> key of `sample_rows`, by how the route begins; the longest wins.
PARTS: dict[str, dict[str, str]] = {
    "agents/": {"number": "agent"},
    "agent-targets/": {"pk": "target"},
    "alarm-rules/": {"pk": "alarm_rule"},
    "alarms/": {"pk": "alarm"},
    "alarms/rules/": {"pk": "alarm_rule"},
    "board/calls/": {"pk": "call"},
    "board/walls/": {"pk": "wall"},
    "calls/": {"pk": "call"},
    "call-backs/": {"pk": "call_back"},
    "customers/": {
        "pk": "customer",
        "other_pk": "other_customer",
        "number_pk": "customer_number",
    },
    "customers/erasures/": {"pk": "erasure_proposal"},
    "customers/merges/": {"pk": "customer_merge"},
    "customers/settings/fields/": {"pk": "customer_field"},
    "customers/settings/tags/": {"pk": "customer_tag"},
    "customers/settings/words/": {"pk": "customer_type", "kind": "word_kind"},
    "blacklist/": {"pk": "blacklist_entry"},
    "dispositions/": {"pk": "disposition"},
    "dispositions/queues/": {"pk": "queue"},
    "erasure-alerts/": {"pk": "erasure_proposal"},
    "flows/": {"pk": "flow"},
    "hours/": {"pk": "calendar"},
    "knowledge/": {"pk": "article", "number": "version_number", "copy_pk": "draft_copy"},
    "knowledge/calls/": {"call_pk": "call", "pk": "article"},
    "knowledge/categories/": {"pk": "category"},
    "knowledge/files/": {"pk": "attachment"},
    "knowledge/misses/": {"pk": "miss"},
    "knowledge/synonyms/": {"pk": "synonyms"},
    "missed/": {"pk": "missed"},
    "imports/": {"pk": "import"},
    "exports/": {"pk": "export"},
    "live/calls/": {"pk": "call"},
    "live/agents/": {"number": "agent"},
    "my-phone/camp-on/": {"pk": "camp_on"},
    "pick-up-groups/": {"pk": "pick_up_group"},
    "prompts/": {"pk": "prompt", "language": "language"},
    "prompts/audio/": {"language": "language", "name": "prompt_name"},
    "quality/calibrations/": {"pk": "calibration"},
    "quality/inspections/": {"pk": "inspection", "comment_pk": "inspection_comment"},
    "quality/plans/": {"pk": "sampling_plan"},
    "quality/recordings/": {"pk": "recording"},
    "quality/sheets/": {"pk": "score_sheet", "number": "version_number"},
    "queues/": {"pk": "queue", "rule_pk": "overflow_rule"},
    "recordings/": {"pk": "recording", "mark_pk": "recording_mark"},
    "reports/": {"kind": "report_kind"},
    "reports/saved/": {"pk": "saved_report"},
    "reports/schedules/": {"pk": "report_schedule"},
    "rules/": {"pk": "rule_set"},
    "saved-views/": {"pk": "saved_view"},
    "tasks/": {"pk": "task"},
    "voicemail/": {"pk": "message"},
    "what-if/": {"pk": "what_if"},
    "walls/": {"pk": "wall"},
    "work-orders/": {"pk": "work_order"},
    "work-orders/absences/": {"pk": "absence"},
    "work-orders/files/": {"pk": "work_order_file"},
    "work-orders/new/": {"pk": "order_type"},
    "work-orders/types/": {"pk": "order_type"},
}
SHEET: dict[str, Any] = {
    "pass_mark": 80,
    "fatal": "zero",
    "sections": [
        {
            "id": "s",
            "title": "Greeting",
            "weight": 1,
            "items": [{"id": "name", "title": "Name", "kind": "yes_no", "weight": 1}],
        }
    ],
}
# Not ours: Django's own pages, and the API's answer to an address that it does not have.
NOT_OURS = ("admin/", "i18n/")
PART = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")

Samples = Mapping[str, str]


@dataclass(frozen=True)
class Address:
    """One address of the web process; `route` without anchors, its parts as `<pk>`."""

    name: str
    route: str
    view: Any

    @property
    def parts(self) -> list[str]:
        """Return the names of what it wants filled in."""
        return re.findall(r"<(\w+)>", self.route)

    def url(self, samples: Samples) -> str:
        """Return the address of the sample row. Raises LookupError for a part nobody knows."""
        within = self.route.removeprefix("api/v1/")
        known = max((start for start in PARTS if within.startswith(start)), key=len, default="")
        url = self.route
        for part in self.parts:
            key = PARTS.get(known, {}).get(part)
            if key is None:
                raise LookupError(f"{self.route}: tell tests/addresses.py what <{part}> is")
            url = url.replace(f"<{part}>", samples[key])
        return f"/{url}"


def addresses() -> list[Address]:
    """Return every address of ours, in the order of the routes."""
    return [found for found in _walk(get_resolver().url_patterns, "", "") if _is_ours(found)]


def _is_ours(address: Address) -> bool:
    return not address.route.startswith(NOT_OURS) and address.name != "api:not-there"


def _walk(patterns: list[Any], route: str, space: str) -> Iterator[Address]:
    for pattern in patterns:
        whole = route + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, whole, inner)
        elif "(?P<format>" not in whole:  # the same view again, with `.json` at its end
            plain = PART.sub(lambda found: f"<{found[1] or found[2]}>", whole)
            plain = plain.replace("^", "").replace("$", "")
            yield Address(f"{space}{pattern.name}", plain, pattern.callback)


def sample_rows(agent: Agent) -> dict[str, str]:
    """Make one row of each kind in the agent's company and department; return what names it."""
    tenant, department = agent.tenant, agent.user.department
    now = timezone.now()
    with tenant_scope(tenant.pk):
        customer = CustomerFactory(tenant=tenant, name="陈静", note="Prefers the morning.")
        number = CustomerNumberFactory(tenant=tenant, customer=customer, as_typed="13512345678")
        other, gone = CustomerFactory.create_batch(2, tenant=tenant)
        merge = customer_merge(kept=other, absorbed=gone, choice={}, actor=agent.user)
        queue = QueueFactory(tenant=tenant, department=department, number="7911", name="Axe")
        call = CallFactory(
            tenant=tenant,
            agent=agent,
            customer=customer,
            caller="13512345678",
            caller_lookup="+8613512345678",
            queue_number=queue.number,
            queue_department=department,
            path=[{"node": "main", "keys": "1"}],
        )
        LegFactory(tenant=tenant, call=call, agent=agent)
        rows = {
            "customer": customer,
            "other_customer": other,
            "customer_number": number,
            "customer_merge": merge,
            "erasure_proposal": ErasureProposalFactory(
                tenant=tenant, customer=customer, proposed_by=agent.user
            ),
            "customer_field": CustomerFieldFactory(tenant=tenant, label="Contract"),
            "customer_tag": CustomerTagFactory(tenant=tenant),
            "customer_type": CustomerTypeFactory(tenant=tenant),
            "blacklist_entry": BlacklistEntry.objects.create(
                tenant=tenant, number="13700001111", reason="rude"
            ),
            "queue": queue,
            "call": call,
            "recording": RecordingFactory(tenant=tenant, call=call, agent=agent, state="ready"),
            "message": VoicemailMessageFactory(
                tenant=tenant, box=f"{tenant.slug}-{queue.number}", department=department
            ),
            "call_back": CallBackFactory(tenant=tenant, queue=queue),
            "overflow_rule": OverflowRule.objects.create(tenant=tenant, queue=queue, limit=60),
            "disposition": Disposition.objects.create(tenant=tenant, queue=queue, name="Sold"),
            "calendar": CalendarFactory(tenant=tenant, monday="09:00-18:00"),
            "prompt": PromptFactory(tenant=tenant, number=911),
            "rule_set": RuleSetFactory(tenant=tenant),
            "flow": FlowFactory(tenant=tenant),
            "import": ImportRun.objects.create(
                tenant=tenant,
                user=agent.user,
                target="blacklist",
                file_name="a.csv",
                kind="csv",
                state="ready",
                header=["number", "reason"],
                mapping={"0": "number", "1": "reason"},
                sample=[[2, ["13512345678", "spam"], ""]],
                stored="0" * 32,
            ),
            "export": ExportRun.objects.create(
                tenant=tenant, user=agent.user, source="calls", kind="csv", state="done"
            ),
            "what_if": WhatIfRun.objects.create(
                tenant=tenant,
                user=agent.user,
                on=date(2026, 11, 23),
                inputs=WHAT_IF,
                job="0" * 32,
                seed=1,
                state="failed",
                problem="acd.what_if_empty",
            ),
            "saved_view": SavedView.objects.create(
                tenant=tenant, user=agent.user, page="customers", name="陈静", query="level=vip"
            ),
            "missed": MissedCallFactory(tenant=tenant, call=call),
            "target": TargetFactory(tenant=tenant, agent=agent),
            "task": Task.objects.create(
                tenant=tenant,
                kind="survey_follow_up",
                title="Bad score",
                call=call,
                customer=customer,
                number="13512345678",
                department=department,
                assignee=agent.user,
                due_at=now + timedelta(hours=4),
            ),
        }
        rows |= _board_rows(agent, queue)
        rows |= _knowledge_rows(agent)
        rows |= _quality_rows(agent, rows["recording"])
        rows["recording_mark"] = _recording_mark(agent, rows["recording"])
        colleague = AgentFactory(tenant=tenant, number="7922", user__department=department)
        rows["camp_on"] = CampOn.objects.create(
            tenant=tenant,
            agent=agent,
            colleague=colleague,
            due_at=now,
            expires_at=now + timedelta(minutes=30),
        )
        rows["pick_up_group"] = PickUpGroup.objects.create(tenant=tenant, name="Axe")
        PickUpMember.objects.create(tenant=tenant, group=rows["pick_up_group"], agent=agent)
        rows["work_order"] = _work_order(agent, customer)
        rows |= _work_order_rows(agent, rows["work_order"])
        ToolbarOrigin.objects.create(tenant=tenant, origin=TOOLBAR_SITE)
        rows |= _report_rows(agent)
    names = {key: str(row.pk) for key, row in rows.items()}
    return {
        **names,
        "agent": agent.number,
        "language": "zh",
        "version_number": "1",
        "word_kind": "type",
        "report_kind": "queues",
        "prompt_name": str(rows["prompt"].name),
        "caller": "13512345678",
    }


def _quality_rows(agent: Agent, recording: Recording) -> dict[str, Any]:
    """Make a sheet, a plan, a calibration, and an inspection of the agent that he knows of."""
    tenant = agent.tenant
    first, second = (UserFactory(tenant=tenant, role=Role.INSPECTOR) for _ in "12")
    lead = UserFactory(tenant=tenant, role=Role.ADMIN)
    sheet = sheet_create(user=lead, name="Axe", document=SHEET)
    version = sheet_publish(sheet=sheet, user=lead, number=sheet.number)
    plan = PlanValues("Axe", sheet, "random", "week", 2, [first.pk], agent.user.department_id)
    made = inspection_create(recording=recording, version=version, inspector=first, by=first)
    own = {"inspection": made, "user": first}
    comment = comment_add(**own, text="陈静 13512345678", at_ms=1000)
    saved = inspection_save(**own, answers={"name": 1}, summary="陈静", number=made.number)
    inspection_publish(**own, number=saved.number)
    calibration = calibration_create(
        user=lead,
        title="陈静",
        recording=recording,
        version=version,
        inspectors=[first.pk, second.pk],
    )
    return {
        "score_sheet": sheet,
        "sampling_plan": plan_save(user=lead, values=plan),
        "inspection": made,
        "inspection_comment": comment,
        "calibration": calibration,
    }


def _report_rows(agent: Agent) -> dict[str, Any]:
    """Make a saved report of the agent's, and its schedule."""
    own = {"tenant": agent.tenant}
    report = SavedReport.objects.create(
        **own, owner=agent.user, name="陈静", kind="queues", query="period=today"
    )
    schedule = ReportSchedule.objects.create(
        **own, report=report, every="day", at=time(8), form="csv", language="zh-hans"
    )
    return {"saved_report": report, "report_schedule": schedule}


def _recording_mark(agent: Agent, recording: Recording) -> RecordingMark:
    """Make a mark in the recording, and its outline."""
    own = {"tenant": agent.tenant, "recording": recording}
    RecordingWave.objects.create(**own, duration_ms=1000, agent=b"\x10\x20", other=b"\x20\x10")
    mark: RecordingMark = RecordingMark.objects.create(
        **own, user=agent.user, at_ms=500, text="陈静"
    )
    return mark


def _board_rows(agent: Agent, queue: Any) -> dict[str, Any]:
    """Make a screen on the wall, and a rule with an alarm that is on."""
    tenant, now = agent.tenant, timezone.now()
    rule = AlarmRule.objects.create(
        tenant=tenant, name="Axe", metric="waiting", queue=queue, raise_at=5, clear_at=2
    )
    alarm = Alarm.objects.create(
        tenant=tenant,
        rule=rule,
        name="陈静",
        metric="waiting",
        queue=queue,
        has_queue=True,
        severity="critical",
        raise_at=5,
        raised_at=now,
        value=7,
        worst=7,
    )
    Alarm.objects.create(
        tenant=tenant, name="Axe", metric="link_down", severity="warning", raise_at=1,
        raised_at=now, cleared_at=now, acknowledged_at=now, acknowledged_by=agent.user,
    )  # fmt: skip
    wall = Wall.objects.create(
        tenant=tenant,
        name="陈静",
        digest="0" * 64,
        queues=[queue.number],
        tiles=["queues"],
        made_by=agent.user,
    )
    return {"alarm_rule": rule, "alarm": alarm, "wall": wall}


def _knowledge_rows(agent: Agent) -> dict[str, Any]:
    """Make an article of the agent's department, in force and being changed."""
    tenant, department = agent.tenant, agent.user.department
    category = CategoryFactory(tenant=tenant, name="Axe")
    article = ArticleFactory(
        tenant=tenant,
        owner=agent.user,
        category=category,
        is_company_wide=False,
        title="陈静的文章",
        body="<h2>陈静</h2><p>13512345678</p><ul><li>One</li></ul>",
        tags=["Axe"],
    )
    own = {"tenant": tenant, "article": article}
    text = {"title": "陈静", "body": "<p>陈静</p>"}
    now = timezone.now()
    ArticleDepartment.objects.create(**own, department=department)
    ArticleDraft.objects.create(**own, **text, edited_by=agent.user, edited_at=now)
    return {
        "article": article,
        "category": category,
        "attachment": AttachmentFactory(**own),
        "draft_copy": DraftCopy.objects.create(**own, **text, kept_for=agent.user, kept_at=now),
        "miss": SearchMiss.objects.create(tenant=tenant, text="axe", times=1, last_at=now),
        "synonyms": SynonymGroup.objects.create(tenant=tenant, words=["axe", "hatchet"]),
    }


def _work_order(agent: Agent, customer: Customer) -> Order:
    form = {"version": 1, "fields": [{"key": "fault", "type": "text", "label": "Fault"}]}
    lead = {"by": "person", "ids": [agent.user.pk]}
    step = {"key": "look", "kind": "handling", "name": "Look", "approvers": lead}
    version = OrderTypeVersionFactory(
        tenant=agent.tenant, form=form, flow={"version": 1, "steps": [step]}
    )
    return work_order_create(
        user=agent.user,
        type=version.type,
        customer=customer,
        submit=True,
        values={"fault": "noise"},
    )


def _work_order_rows(agent: Agent, order: Order) -> dict[str, Any]:
    """Make a file and an absence, and name the order's type."""
    stand_in = UserFactory(tenant=agent.tenant, department=agent.user.department)
    return {
        "order_type": order.type,
        "work_order_file": work_order_attach(
            user=agent.user, order=order, file=BytesIO(b"plain text"), name="陈静.txt"
        ),
        "absence": absence_create(
            user=agent.user,
            person=agent.user,
            stand_in=stand_in,
            starts_at=timezone.now(),
            ends_at=timezone.now() + timedelta(days=1),
            note="Away",
        ),
    }


TOOLBAR_SITE = "http://127.0.0.3:8999"
WHAT_IF = {
    "queues": ["7911"],
    "definition": "answered",
    "plays": 10,
    "calls": 1.0,
    "talks": 1.0,
    "is_varied": False,
    "staff": [],
    "rules": [],
    "members": [],
    "skills": [],
}
