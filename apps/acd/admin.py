"""Queues in Django admin; a change works on the next call within 5 s."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import JSONField

from apps.acd.forms import ConditionField
from apps.acd.models import (
    AgentSkill,
    CallBackRule,
    OverflowRule,
    Queue,
    QueueMember,
    QueueSkill,
    Skill,
)
from apps.core.tenant_admin import TenantAdmin


class QueueMemberInline(admin.TabularInline[Any, Any]):
    """Who serves the queue."""

    model = QueueMember
    extra = 1


class QueueSkillInline(admin.TabularInline[Any, Any]):
    """What its agents must know."""

    model = QueueSkill
    extra = 0


class OverflowRuleInline(admin.TabularInline[Any, Any]):
    """When its callers go on elsewhere."""

    model = OverflowRule
    fk_name = "queue"
    extra = 0
    formfield_overrides: ClassVar[dict[Any, Any]] = {JSONField: {"form_class": ConditionField}}


class AgentSkillInline(admin.TabularInline[Any, Any]):
    """Who knows it, and how well."""

    model = AgentSkill
    extra = 1


@admin.register(Skill)
class SkillAdmin(TenantAdmin):
    """What agents know."""

    list_display = ("name",)
    inlines = (AgentSkillInline,)


@admin.register(Queue)
class QueueAdmin(TenantAdmin):
    """The company's queues with their agents."""

    list_display = ("number", "name", "strategy", "max_wait_s", "is_active")
    inlines = (QueueMemberInline, QueueSkillInline, OverflowRuleInline)


@admin.register(CallBackRule)
class CallBackRuleAdmin(TenantAdmin):
    """How queues call back; the row without a queue is for all others."""

    list_display = ("__str__", "by_flow", "by_key", "window_from", "window_to")
