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
        "tests": [
            {
                "name": "软件问题到软件组",
                "as": "13800138000",
                "steps": ["press 2", "wait", "press 2"],
                "expect": {
                    "next": "queue",
                    "target": "7022",
                    "path": ["main", "support", "software"],
                    "plays": ["main-menu", "support-menu", "no-input", "support-menu"],
                },
            },
            {
                "name": "不按键转人工",
                "steps": ["wait", "wait", "wait"],
                "expect": {"next": "queue", "target": "7000"},
            },
            {
                "name": "查询余额后回到主菜单",
                "steps": ["press 3", "press 880001#", "press 135790#"],
                "answers": {"accounts": {"880001": {"pin": "135790", "balance": "12.50"}}},
                "expect": {"plays": ["balance-is", "main-menu"], "waits": "main"},
            },
            {
                "name": "返回上级后留言",
                "steps": ["press 2", "press *", "press 8"],
                "expect": {"next": "voicemail", "target": "7000"},
            },
        ],
    },
    "support": {
        "name": "技术支持直线",
        "start": "support",
        "nodes": {"support": {"kind": "queue", "queue": "7002", "prompts": ["queue-support"]}},
        "tests": [{"name": "直接排队", "expect": {"next": "queue", "target": "7002"}}],
    },
    "closed": {
        "name": "下班",
        "start": "closed",
        "nodes": {
            "closed": {"kind": "play", "prompts": ["closed-greeting"], "to": "leave"},
            "leave": {"kind": "voicemail", "box": "7000"},
        },
        "tests": [
            {
                "name": "下班后留言",
                "expect": {"next": "voicemail", "target": "7000", "plays": ["closed-greeting"]},
            }
        ],
    },
    "tone": {
        "name": "测试音",
        "start": "tone",
        "nodes": {"tone": {"kind": "tone"}},
        "tests": [{"name": "听到测试音", "expect": {"next": "tone"}}],
    },
    "company_b": {
        "name": "客服直线",
        "start": "service",
        "nodes": {"service": {"kind": "queue", "queue": "7001", "prompts": ["welcome-b"]}},
        "tests": [{"name": "直接排队", "expect": {"next": "queue", "target": "7001"}}],
    },
}
