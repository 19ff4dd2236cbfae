"""Work orders as cards on a board: a column for each step, moved by drag, by keyboard or by tap."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.console.work_orders.typed import typed_key
from apps.core.errors import HuawuError, NotFoundError
from apps.workorders.board import (
    COMPLETED,
    DRAFT,
    RETURNED,
    board_columns_of,
    board_movable,
    board_steps,
    work_order_move,
)
from apps.workorders.choices import LIVE_STATES, OrderState
from apps.workorders.models import Order, OrderType
from apps.workorders.selectors import order_type_list, work_order_get_for, work_order_list_for

CARDS_A_COLUMN = 50
MOST_CARDS = 1_000


@console_page
@require_safe
def order_board(request: HttpRequest, *, user: User) -> HttpResponse:
    """One type's orders as cards, in the columns of its flow."""
    types = list(order_type_list(only_usable=False))
    wanted = request.GET.get("type", "")
    chosen = next((one for one in types if str(one.pk) == wanted), types[0] if types else None)
    rows: list[Order] = []
    if chosen is not None:
        found = work_order_list_for(user=user).filter(type=chosen, state__in=LIVE_STATES)
        rows = list(found[: MOST_CARDS + 1])
    context: dict[str, Any] = {
        "types": types,
        "chosen": chosen,
        "columns": _columns(chosen, rows[:MOST_CARDS], user) if chosen else [],
        "is_cut": len(rows) > MOST_CARDS,
        "address": request.get_full_path(),
        "title": _("Board of work orders"),
    }
    return render_work(request, "console/work_orders/board.html", context)


def _columns(chosen: OrderType, rows: list[Order], user: User) -> list[dict[str, Any]]:
    names = {
        DRAFT: str(OrderState.DRAFT.label),
        RETURNED: str(OrderState.RETURNED.label),
        **board_steps(chosen, rows),
        COMPLETED: str(OrderState.COMPLETED.label),
    }
    cards: dict[str, list[Order]] = defaultdict(list)
    for row in rows:
        for key in board_columns_of(row):
            cards[key].append(row)
    movable = board_movable(rows, user=user)
    return [
        {
            "key": key,
            "name": name,
            "count": len(cards[key]),
            "cards": [
                {"order": row, "is_movable": (row.pk, key) in movable}
                for row in cards[key][:CARDS_A_COLUMN]
            ],
            "is_target": key != DRAFT,
        }
        for key, name in names.items()
    ]


@console_command
def order_move(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Move a card; the board is shown anew, with the reason when the move is refused."""
    found = work_order_get_for(user=user, pk=pk)
    source, to = request.POST.get("source", "")[:40], request.POST.get("to", "")[:40]
    if not source or not to:
        raise NotFoundError(f"column of {pk}")
    try:
        work_order_move(
            user=user,
            order=found,
            source=source,
            to=to,
            opinion=request.POST.get("opinion", ""),
            seen_revision=typed_key(request.POST.get("seen_revision", "")),
        )
    except HuawuError as error:
        link = reverse("console:work-order", args=[found.pk])
        text = format_html(
            '{} {} <a href="{}">{}</a>', found.number, error.text, link, _("Open the order")
        )
        messages.error(request, text)
    else:
        messages.success(request, _("%(number)s is moved.") % {"number": found.number})
    return redirect(f"{reverse('console:work-order-board')}?type={found.type_id}")
