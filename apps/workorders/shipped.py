"""The ready types: after-sales service and repair dispatch, in the language in force."""

from typing import Any

from django.utils.translation import gettext as _

AFTER_SALES, REPAIR = "after_sales", "repair"
SHIPPED = (AFTER_SALES, REPAIR)
DAY_MIN = 8 * 60


def shipped_type(key: str) -> dict[str, Any]:
    """Return name, prefix, description, times, form and flow of a ready type. Raises KeyError."""
    return {AFTER_SALES: _after_sales, REPAIR: _repair}[key]()


def _option(value: str, label: str) -> dict[str, str]:
    return {"value": value, "label": label}


def _equals(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "is": "equals", "value": value}


def _customer_fields() -> list[dict[str, Any]]:
    return [
        {"key": "about_customer", "type": "heading", "label": _("Customer")},
        {
            "key": "contact",
            "type": "text",
            "label": _("Contact person"),
            "required": True,
            "max": 100,
            "default": {"from": "customer", "field": "name"},
        },
        {
            "key": "telephone",
            "type": "telephone",
            "label": _("Telephone"),
            "required": True,
            "default": {"from": "customer", "field": "number"},
        },
    ]


def _after_sales() -> dict[str, Any]:
    fields = [
        *_customer_fields(),
        {"key": "about_request", "type": "heading", "label": _("Request")},
        {
            "key": "request",
            "type": "choice",
            "label": _("What is asked for"),
            "required": True,
            "options": [
                _option("refund", _("Refund")),
                _option("exchange", _("Exchange")),
                _option("repair", _("Repair")),
                _option("complaint", _("Complaint")),
                _option("other", _("Other request")),
            ],
        },
        {"key": "order_number", "type": "text", "label": _("Order number"), "max": 60},
        {"key": "product", "type": "text", "label": _("Product"), "required": True},
        {"key": "bought_on", "type": "date", "label": _("Bought on")},
        {
            "key": "amount",
            "type": "decimal",
            "label": _("Amount (yuan)"),
            "min": "0.00",
            "max": "1000000.00",
            "visible_if": {"field": "request", "is": "in", "value": ["refund", "exchange"]},
            "required_if": _equals("request", "refund"),
        },
        {"key": "description", "type": "long_text", "label": _("Description"), "required": True},
        {"key": "photos", "type": "file", "label": _("Photos and papers")},
        {"key": "about_solution", "type": "heading", "label": _("Solution")},
        {
            "key": "solution",
            "type": "long_text",
            "label": _("What was done"),
            "required": True,
        },
        {
            "key": "stock_checked",
            "type": "yes_no",
            "label": _("Goods checked in the warehouse"),
        },
    ]
    start = [
        "contact", "telephone", "request", "order_number", "product", "bought_on", "amount",
        "description", "photos",
    ]  # fmt: skip
    flow = {
        "version": 1,
        "start": {"editable": start},
        "max_returns": 5,
        "steps": [
            {
                "key": "lead",
                "kind": "approval",
                "name": _("Team lead's approval"),
                "approvers": {"by": "submitter_head"},
                "deadline_min": DAY_MIN // 2,
                "escalation": [
                    {"after_min": -30, "do": "remind"},
                    {"after_min": 0, "do": "head"},
                ],
            },
            {
                "key": "by_amount",
                "kind": "condition",
                "name": _("By amount"),
                "branches": [
                    {
                        "key": "big",
                        "name": _("1,000 yuan and more"),
                        "if": {"field": "amount", "is": "at_least", "value": "1000.00"},
                        "steps": [
                            {
                                "key": "both",
                                "kind": "parallel",
                                "name": _("Check at the same time"),
                                "join": "all",
                                "branches": [
                                    {
                                        "key": "goods",
                                        "name": _("Goods"),
                                        "steps": [
                                            {
                                                "key": "stock",
                                                "kind": "handling",
                                                "name": _("Check the goods"),
                                                "approvers": {"by": "role", "role": "team_lead"},
                                                "editable": ["stock_checked"],
                                                "deadline_min": DAY_MIN,
                                                "escalation": [{"after_min": 0, "do": "remind"}],
                                            }
                                        ],
                                    },
                                    {
                                        "key": "money",
                                        "name": _("Money"),
                                        "steps": [
                                            {
                                                "key": "manager",
                                                "kind": "approval",
                                                "name": _("Management's approval"),
                                                "approvers": {"by": "role", "role": "admin"},
                                                "needs_opinion": True,
                                                "deadline_min": DAY_MIN,
                                                "escalation": [{"after_min": 0, "do": "remind"}],
                                            }
                                        ],
                                    },
                                ],
                            }
                        ],
                    },
                    {"key": "small", "name": _("Everything else"), "steps": []},
                ],
            },
            {
                "key": "handle",
                "kind": "handling",
                "name": _("Carry out"),
                "approvers": {"by": "submitter"},
                "editable": ["solution", "photos"],
                "deadline_min": DAY_MIN * 2,
                "escalation": [{"after_min": 0, "do": "remind"}],
            },
        ],
    }
    return {
        "name": _("After-sales service"),
        "prefix": "SH",
        "description": _("Refunds, exchanges, repairs and complaints after a sale"),
        "sla_minutes": {"low": DAY_MIN * 5, "normal": DAY_MIN * 3, "high": DAY_MIN, "urgent": 240},
        "form": {"version": 1, "fields": fields},
        "flow": flow,
    }


def _repair() -> dict[str, Any]:
    fields = [
        *_customer_fields(),
        {
            "key": "address",
            "type": "text",
            "label": _("Address"),
            "required": True,
            "default": {"from": "customer", "field": "address"},
        },
        {"key": "about_fault", "type": "heading", "label": _("Fault")},
        {"key": "device", "type": "text", "label": _("Device and model"), "required": True},
        {
            "key": "fault",
            "type": "multi_choice",
            "label": _("Kind of fault"),
            "required": True,
            "options": [
                _option("power", _("No power")),
                _option("noise", _("Noise")),
                _option("leak", _("Leak")),
                _option("network", _("No network")),
                _option("other", _("Other fault")),
            ],
        },
        {
            "key": "fault_text",
            "type": "text",
            "label": _("Which fault"),
            "visible_if": {"field": "fault", "is": "contains", "value": "other"},
            "required_if": {"field": "fault", "is": "contains", "value": "other"},
        },
        {"key": "warranty", "type": "yes_no", "label": _("Under warranty")},
        {"key": "wanted_at", "type": "date_time", "label": _("Visit wanted at")},
        {"key": "photos", "type": "file", "label": _("Photos and papers")},
        {"key": "about_dispatch", "type": "heading", "label": _("Dispatch")},
        {"key": "engineer", "type": "person", "label": _("Engineer"), "required": True},
        {"key": "visit_at", "type": "date_time", "label": _("Visit agreed for")},
        {"key": "about_work", "type": "heading", "label": _("Work done")},
        {"key": "work", "type": "long_text", "label": _("What was done"), "required": True},
        {
            "key": "parts_cost",
            "type": "decimal",
            "label": _("Parts (yuan)"),
            "min": "0.00",
            "max": "1000000.00",
            "default": {"from": "constant", "value": "0.00"},
        },
        {
            "key": "satisfied",
            "type": "choice",
            "label": _("Customer's word"),
            "required": True,
            "options": [
                _option("yes", _("Satisfied")),
                _option("partly", _("Partly satisfied")),
                _option("no", _("Not satisfied")),
            ],
        },
    ]
    start = [
        "contact", "telephone", "address", "device", "fault", "fault_text", "warranty",
        "wanted_at", "photos",
    ]  # fmt: skip
    remind = [{"after_min": 0, "do": "remind"}, {"after_min": 120, "do": "head"}]
    flow = {
        "version": 1,
        "start": {"editable": start},
        "max_returns": 5,
        "steps": [
            {
                "key": "dispatch",
                "kind": "handling",
                "name": _("Dispatch"),
                "approvers": {"by": "role", "role": "team_lead"},
                "editable": ["engineer", "visit_at"],
                "deadline_min": 60,
                "escalation": remind,
            },
            {
                "key": "visit",
                "kind": "handling",
                "name": _("Visit and repair"),
                "approvers": {"by": "field", "field": "engineer"},
                "editable": ["visit_at", "work", "parts_cost", "photos"],
                "deadline_min": DAY_MIN * 2,
                "escalation": remind,
            },
            {
                "key": "by_cost",
                "kind": "condition",
                "name": _("By cost"),
                "branches": [
                    {
                        "key": "dear",
                        "name": _("Parts for 500 yuan and more"),
                        "if": {"field": "parts_cost", "is": "at_least", "value": "500.00"},
                        "steps": [
                            {
                                "key": "cost",
                                "kind": "approval",
                                "name": _("Approval of the cost"),
                                "approvers": {"by": "role", "role": "admin"},
                                "deadline_min": DAY_MIN,
                                "escalation": [{"after_min": 0, "do": "remind"}],
                            }
                        ],
                    },
                    {"key": "cheap", "name": _("Everything else"), "steps": []},
                ],
            },
            {
                "key": "closing",
                "kind": "parallel",
                "name": _("Close at the same time"),
                "join": "any",
                "k": 1,
                "branches": [
                    {
                        "key": "by_agent",
                        "name": _("By telephone"),
                        "steps": [
                            {
                                "key": "call_customer",
                                "kind": "handling",
                                "name": _("Ask the customer"),
                                "approvers": {"by": "submitter"},
                                "editable": ["satisfied"],
                                "deadline_min": DAY_MIN,
                                "escalation": remind,
                            }
                        ],
                    },
                    {
                        "key": "by_lead",
                        "name": _("By the team lead"),
                        "steps": [
                            {
                                "key": "lead_closes",
                                "kind": "handling",
                                "name": _("Team lead confirms"),
                                "approvers": {"by": "submitter_head"},
                                "editable": ["satisfied"],
                            }
                        ],
                    },
                ],
            },
        ],
    }
    return {
        "name": _("Repair dispatch"),
        "prefix": "WX",
        "description": _("An engineer goes to the customer and repairs"),
        "sla_minutes": {"low": DAY_MIN * 5, "normal": DAY_MIN * 3, "high": DAY_MIN, "urgent": 240},
        "form": {"version": 1, "fields": fields},
        "flow": flow,
    }
