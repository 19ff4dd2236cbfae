"""The demo companies' flows: what answers the numbers of the demo."""

from typing import Any

DEMO_FLOWS: dict[str, dict[str, Any]] = {
    "main": {
        "name": "主菜单",
        "start": "main",
        "nodes": {
            "main": {
                "kind": "menu",
                "prompts": ["main-menu"],
                "keys": {
                    "1": "sales",
                    "2": "support",
                    "3": "account",
                    "8": "leave",
                    "0": "operator",
                },
                "repeat": "9",
                "back": "*",
                "on_failed": "operator",
            },
            "sales": {"kind": "queue", "queue": "7001", "prompts": ["queue-sales"]},
            "support": {
                "kind": "menu",
                "prompts": ["support-menu"],
                "keys": {"1": "hardware", "2": "software"},
                "repeat": "9",
                "back": "*",
                "on_failed": "operator",
            },
            "hardware": {"kind": "queue", "queue": "7021", "prompts": ["queue-hardware"]},
            "software": {"kind": "queue", "queue": "7022", "prompts": ["queue-software"]},
            "account": {"kind": "account", "tries": 3, "to": "main", "on_failed": "operator"},
            "leave": {"kind": "voicemail", "box": "7000"},
            "operator": {"kind": "queue", "queue": "7000", "prompts": ["queue-operator"]},
        },
    },
    "support": {
        "name": "技术支持直线",
        "start": "support",
        "nodes": {"support": {"kind": "queue", "queue": "7002", "prompts": ["queue-support"]}},
    },
    "closed": {
        "name": "下班",
        "start": "closed",
        "nodes": {
            "closed": {"kind": "play", "prompts": ["closed-greeting"], "to": "leave"},
            "leave": {"kind": "voicemail", "box": "7000"},
        },
    },
    "tone": {"name": "测试音", "start": "tone", "nodes": {"tone": {"kind": "tone"}}},
    "company_b": {
        "name": "客服直线",
        "start": "service",
        "nodes": {"service": {"kind": "queue", "queue": "7001", "prompts": ["welcome-b"]}},
    },
}
