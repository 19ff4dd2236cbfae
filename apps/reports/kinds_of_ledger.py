"""What reports of surveys, flows, work orders, contacts and inspections are read from.

Each figure's definition is in docs/reports.md; its rows are those that the person may see.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import (
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.fields import DurationField, TextField
from django.db.models.functions import Concat

from apps.accounts.models import User
from apps.calls.engine.facts import NODE
from apps.calls.models import Call, CallFact
from apps.calls.selectors import call_list_for
from apps.ivr.flow_figures import CHOOSING, fact_sum, fact_text, is_last
from apps.reports import item_names as names
from apps.reports.choices import report_choice
from apps.reports.engine import columns
from apps.reports.engine.ledger_sums import (
    SCORES,
    ContactSums,
    OrderStepSums,
    OrderSums,
    QuestionSums,
    StepSums,
    SurveySums,
)
from apps.reports.faces import Face, LedgerKind, text_key
from apps.reports.kinds_of_quality import inspections, items_of_sheets
from apps.surveys.models import SurveyAnswer
from apps.surveys.selectors import survey_result_list_for
from apps.workorders.choices import ENDED_STATES
from apps.workorders.models import OrderStep
from apps.workorders.selectors import work_order_list_for

# Which table shows the rows behind a figure.
RESULTS, ANSWERS, STEPS, ORDERS, ORDER_STEPS, CALLS = (
    "results",
    "answers",
    "steps",
    "orders",
    "order_steps",
    "calls",
)
ALL = Q()
SCORED = Q(score__isnull=False)


def _surveys(key: str, called: Any) -> LedgerKind:
    def results(user: User) -> "QuerySet[Any]":
        scored = SurveyAnswer.objects.filter(result=OuterRef("pk"), score__isnull=False)
        rows: QuerySet[Any] = survey_result_list_for(user=user)
        found: QuerySet[Any] = rows.annotate(item_key=text_key(key), is_answered=Exists(scored))
        return found

    def answers(user: User) -> "QuerySet[Any]":
        found: QuerySet[Any] = _answers(user).annotate(item_key=text_key(f"result__{key}"))
        return found

    return LedgerKind(
        SurveySums,
        (
            Face(
                RESULTS,
                results,
                "started_at",
                {
                    "asked": ALL,
                    "responded": Q(is_answered=True),
                    "completed": Q(state="completed"),
                    "bad_results": Q(is_bad=True),
                },
            ),
            Face(
                ANSWERS,
                answers,
                "result__started_at",
                {"answers": SCORED, "bad_answers": Q(is_bad=True) & SCORED},
                {"score_sum": Sum("score")},
            ),
        ),
        called,
    )


def _answers(user: User) -> "QuerySet[Any]":
    seen = survey_result_list_for(user=user).order_by().values("pk")
    rows: QuerySet[Any] = SurveyAnswer.objects.filter(result__in=seen)
    return rows.select_related("result__agent__user", "result__call").order_by(
        "-result__started_at", "-pk"
    )


def _questions() -> LedgerKind:
    def rows(user: User) -> "QuerySet[Any]":
        found: QuerySet[Any] = _answers(user).annotate(item_key=text_key("text"))
        return found

    by_key = {f"score_{one}": Q(score=one) for one in SCORES}
    counts = {"asked": ALL, "answers": SCORED, "bad_answers": Q(is_bad=True) & SCORED, **by_key}
    face = Face(ANSWERS, rows, "result__started_at", counts, {"score_sum": Sum("score")})
    return LedgerKind(QuestionSums, (face,), names.as_they_are)


def _flows(*, is_by_step: bool) -> LedgerKind:
    def rows(_user: User) -> "QuerySet[Any]":
        """Return the steps of the company's calls: only who sees all of it asks for them."""
        call = Call.objects.filter(node=OuterRef("node"), linkedid=OuterRef("linkedid"))
        flow = fact_text("flow")
        key = (
            Concat(flow, Value(names.BETWEEN), fact_text("node"), output_field=TextField())
            if is_by_step
            else flow
        )
        facts: QuerySet[Any] = CallFact.objects.filter(kind=NODE).annotate(
            step_flow=flow,
            step=fact_text("node"),
            step_kind=fact_text("kind"),
            step_keys=fact_text("keys"),
            item_key=key,
            call_id=Subquery(call.values("pk")[:1]),
            is_gone=is_last(),
        )
        return facts.order_by("-at", "-pk")

    counts = {
        "entered": Q(data__is_first=True),
        "keyed": Q(step_kind__in=CHOOSING) & ~Q(step_keys="") & Q(step_keys__isnull=False),
        "hung_up": Q(is_gone=True),
    }
    sums = {name: fact_sum(name) for name in ("timeouts", "invalid", "ms")}
    return LedgerKind(StepSums, (Face(STEPS, rows, "at", counts, sums),), names.as_they_are)


def _length(since: str, until: str) -> Sum:
    return Sum(ExpressionWrapper(F(until) - F(since), output_field=DurationField()))


def _orders(key: str, called: Any) -> LedgerKind:
    def rows(user: User) -> "QuerySet[Any]":
        # Not an order by way of a step: one row an order, whatever it went through.
        seen = work_order_list_for(user=user)
        found: QuerySet[Any] = seen.annotate(item_key=text_key(key))
        return found

    def closed(user: User) -> "QuerySet[Any]":
        return rows(user).filter(state__in=ENDED_STATES, submitted_at__isnull=False)

    late = Q(due_at__isnull=False, closed_at__gt=F("due_at"))
    return LedgerKind(
        OrderSums,
        (
            Face(
                ORDERS,
                rows,
                "submitted_at",
                {"opened": ALL, "still_open": ~Q(state__in=ENDED_STATES)},
            ),
            Face(
                ORDERS,
                closed,
                "closed_at",
                {
                    "closed": ALL,
                    "late": late,
                    "in_time": Q(due_at__isnull=False, closed_at__lte=F("due_at")),
                },
                {"open_ms": _length("submitted_at", "closed_at")},
            ),
        ),
        called,
    )


def _order_steps() -> LedgerKind:
    def rows(user: User) -> "QuerySet[Any]":
        seen = work_order_list_for(user=user).order_by().values("pk")
        steps: QuerySet[Any] = OrderStep.objects.filter(order__in=seen)
        found: QuerySet[Any] = (
            steps.annotate(
                item_key=Concat(
                    F("order__type__name"),
                    Value(names.BETWEEN),
                    F("name"),
                    output_field=TextField(),
                )
            )
            .select_related("order__type")
            .order_by("-started_at", "-pk")
        )
        return found

    def done(user: User) -> "QuerySet[Any]":
        return rows(user).filter(state__in=("approved", "rejected"))

    return LedgerKind(
        OrderStepSums,
        (
            Face(ORDER_STEPS, rows, "started_at", {"begun": ALL}),
            Face(
                ORDER_STEPS,
                done,
                "ended_at",
                {
                    "done": ALL,
                    "late": Q(due_at__isnull=False, ended_at__gt=F("due_at")),
                    "in_time": Q(due_at__isnull=False, ended_at__lte=F("due_at")),
                },
                {"step_ms": _length("started_at", "ended_at")},
            ),
        ),
        names.as_they_are,
    )


def _contacts() -> LedgerKind:
    def rows(user: User) -> "QuerySet[Any]":
        days = timedelta(days=report_choice().contact_days)
        again = Call.objects.filter(
            customer=OuterRef("customer"),
            queue_number=OuterRef("queue_number"),
            direction="in",
            started_at__gt=OuterRef("started_at"),
            started_at__lte=OuterRef("started_at") + days,
        )
        found: QuerySet[Any] = call_list_for(user=user).filter(
            direction="in", outcome="answered", customer__isnull=False, ended_at__isnull=False
        )
        known: QuerySet[Any] = found.exclude(queue_number="").annotate(
            item_key=text_key("queue_number"), is_repeated=Exists(again)
        )
        return known

    counts = {"contacts": ALL, "resolved": Q(is_repeated=False), "repeated": Q(is_repeated=True)}
    return LedgerKind(ContactSums, (Face(CALLS, rows, "started_at", counts),), names.queues)


OF_LEDGER: Mapping[str, LedgerKind] = {
    columns.SURVEYS: _surveys("queue_number", names.queues),
    columns.SURVEY_AGENTS: _surveys("agent_id", names.agents),
    columns.SURVEY_QUESTIONS: _questions(),
    columns.IVR: _flows(is_by_step=False),
    columns.IVR_STEPS: _flows(is_by_step=True),
    columns.ORDERS: _orders("type_id", names.order_types),
    columns.ORDER_DEPARTMENTS: _orders("department_id", names.departments),
    columns.ORDER_STEPS: _order_steps(),
    columns.CONTACTS: _contacts(),
    columns.QUALITY_AGENTS: inspections("agent_id", names.agents),
    columns.QUALITY_DEPARTMENTS: inspections("agent__user__department_id", names.departments),
    columns.QUALITY_QUEUES: inspections("call__queue_number", names.queues),
    columns.QUALITY_INSPECTORS: inspections("inspector_id", names.people),
    columns.QUALITY_ITEMS: items_of_sheets(names.sheet_items),
}
