"""Supervision in Django admin: the rules, and who came into which call (to look at only)."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.core.tenant_admin import TenantAdmin
from apps.supervision.models import PickUpGroup, PickUpMember, Supervision, SupervisionPolicy


@admin.register(SupervisionPolicy)
class SupervisionPolicyAdmin(TenantAdmin):
    """What each role may do with live calls."""

    list_display = (
        "role",
        "may_listen",
        "may_whisper",
        "may_barge",
        "may_take_over",
        "may_hang_up",
        "may_force",
        "announce",
    )


@admin.register(Supervision)
class SupervisionAdmin(ReadOnlyTenantAdmin):
    """Each time that somebody came into a live call."""

    list_display = ("asked_at", "kind", "user", "agent", "mode", "state", "ended_at")
    list_filter = ("kind", "state")


@admin.register(PickUpGroup)
class PickUpGroupAdmin(ReadOnlyTenantAdmin):
    """The pick-up groups; they are changed on the console."""

    list_display = ("name",)


@admin.register(PickUpMember)
class PickUpMemberAdmin(ReadOnlyTenantAdmin):
    """Who is in which pick-up group."""

    list_display = ("group", "agent")
