"""Quality inspection in Django admin: who may what, and rows to look at only."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.core.tenant_admin import TenantAdmin
from apps.quality.models import (
    Calibration,
    Inspection,
    InspectionAct,
    Plan,
    PlanRun,
    QualityPolicy,
    QualityRules,
    Sheet,
    SheetVersion,
)


@admin.register(QualityPolicy)
class QualityPolicyAdmin(TenantAdmin):
    """What each role may do."""

    list_display = ("role", "may_inspect", "may_manage", "may_decide")


@admin.register(QualityRules)
class QualityRulesAdmin(TenantAdmin):
    """How often and how long agents may appeal."""

    list_display = ("most_appeals", "appeal_days", "undo_minutes")


@admin.register(Sheet)
class SheetAdmin(ReadOnlyTenantAdmin):
    """The company's sheets; they are written on the console."""

    list_display = ("name", "is_active", "number")


@admin.register(SheetVersion)
class SheetVersionAdmin(ReadOnlyTenantAdmin):
    """What was published, when and by whom."""

    list_display = ("sheet", "number", "published_at", "published_by")


@admin.register(Plan)
class PlanAdmin(ReadOnlyTenantAdmin):
    """The company's plans."""

    list_display = ("name", "kind", "period", "count", "is_active")


@admin.register(PlanRun)
class PlanRunAdmin(ReadOnlyTenantAdmin):
    """What each plan has drawn."""

    list_display = ("plan", "first_on", "last_on", "candidates", "drawn", "nobody")


@admin.register(Inspection)
class InspectionAdmin(ReadOnlyTenantAdmin):
    """The company's inspections."""

    list_display = ("pk", "agent", "inspector", "state", "score", "published_at")
    list_filter = ("state",)


@admin.register(InspectionAct)
class InspectionActAdmin(ReadOnlyTenantAdmin):
    """Every act of every inspection."""

    list_display = ("inspection", "number", "kind", "by", "at", "score")
    list_filter = ("kind",)


@admin.register(Calibration)
class CalibrationAdmin(ReadOnlyTenantAdmin):
    """The company's calibrations."""

    list_display = ("title", "created_by", "closed_at")
