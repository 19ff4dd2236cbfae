"""Addresses of work orders, in the console's namespace."""

from django.urls import path

from apps.console.work_orders import (
    absences,
    board,
    designer,
    lists,
    making,
    order,
    publishing,
    type_list,
)

urlpatterns = [
    path("work-orders/", lists.order_list, name="work-order-list"),
    path("work-orders/bulk/", lists.order_bulk, name="work-order-bulk"),
    path("work-orders/board/", board.order_board, name="work-order-board"),
    path("work-orders/new/", making.order_new, name="work-order-new"),
    path("work-orders/new/<int:pk>/", making.order_make, name="work-order-make"),
    path("work-orders/new/<int:pk>/fields/", making.order_fields, name="work-order-fields"),
    path("work-orders/absences/", absences.absence_list, name="absence-list"),
    path("work-orders/absences/<int:pk>/end/", absences.absence_stop, name="absence-end"),
    path("work-orders/types/", type_list.type_list, name="order-type-list"),
    path("work-orders/types/ready/", type_list.type_ready, name="order-type-ready"),
    path("work-orders/types/<int:pk>/", type_list.type_settings, name="order-type"),
    path("work-orders/types/<int:pk>/form/", designer.type_form, name="order-type-form"),
    path("work-orders/types/<int:pk>/flow/", designer.type_flow, name="order-type-flow"),
    path("work-orders/types/<int:pk>/publish/", publishing.type_publish, name="order-type-publish"),
    path(
        "work-orders/types/<int:pk>/publish/now/",
        publishing.type_publish_now,
        name="order-type-now",
    ),
    path("work-orders/types/<int:pk>/back/", publishing.type_back, name="order-type-back"),
    path(
        "work-orders/types/<int:pk>/document/", type_list.type_document, name="order-type-document"
    ),
    path("work-orders/files/<int:pk>/", order.attachment, name="work-order-file"),
    path(
        "work-orders/files/<int:pk>/delete/", order.attachment_delete, name="work-order-file-delete"
    ),
    path("work-orders/<int:pk>/", order.order, name="work-order"),
    path("work-orders/<int:pk>/act/", order.order_act, name="work-order-act"),
    path("work-orders/<int:pk>/move/", board.order_move, name="work-order-move"),
    path("work-orders/<int:pk>/attach/", order.order_attach, name="work-order-attach"),
    path("work-orders/<int:pk>/department/", order.order_department, name="work-order-department"),
    path("work-orders/<int:pk>/priority/", order.order_priority, name="work-order-priority"),
    path("work-orders/<int:pk>/print/", order.order_print, name="work-order-print"),
]
