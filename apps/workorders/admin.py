"""Work orders in Django admin, to look at only: they are worked on in the console."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.workorders.models import (
    Absence,
    Order,
    OrderAttachment,
    OrderEvent,
    OrderSeat,
    OrderStep,
    OrderType,
    OrderTypeVersion,
)


@admin.register(OrderType)
class OrderTypeAdmin(ReadOnlyTenantAdmin):
    """The company's types."""

    list_display = ("name", "prefix", "is_active", "last_number")


@admin.register(OrderTypeVersion)
class OrderTypeVersionAdmin(ReadOnlyTenantAdmin):
    """What was published, when and by whom."""

    list_display = ("type", "number", "published_at", "published_by")


@admin.register(Order)
class OrderAdmin(ReadOnlyTenantAdmin):
    """The company's orders."""

    list_display = ("number", "title", "state", "priority", "creator", "due_at")
    list_filter = ("state", "priority")


@admin.register(OrderStep)
class OrderStepAdmin(ReadOnlyTenantAdmin):
    """Where the orders are."""

    list_display = ("order", "name", "round", "state", "started_at", "due_at")
    list_filter = ("state",)


@admin.register(OrderSeat)
class OrderSeatAdmin(ReadOnlyTenantAdmin):
    """Whose turn it is."""

    list_display = ("step", "person", "state", "is_open")
    list_filter = ("state", "is_open")


@admin.register(OrderEvent)
class OrderEventAdmin(ReadOnlyTenantAdmin):
    """The orders' history."""

    list_display = ("order", "number", "kind", "actor", "at")
    list_filter = ("kind",)


@admin.register(OrderAttachment)
class OrderAttachmentAdmin(ReadOnlyTenantAdmin):
    """The orders' files, by name."""

    list_display = ("order", "name", "content_type", "size_bytes")


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyTenantAdmin):
    """Who is away."""

    list_display = ("person", "stand_in", "starts_at", "ends_at")
