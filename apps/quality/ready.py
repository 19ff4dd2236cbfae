"""A ready score sheet to begin with, in the company's language."""

from typing import Any

from django.utils import timezone

from apps.quality.engine.sheet import SCALE, YES_NO, ZERO
from apps.quality.models import Sheet, SheetVersion

# An item: id, kind, weight, whether fatal, whether it may be not applicable, Chinese, English.
ItemData = tuple[str, str, int, bool, bool, str, str]
# A section: id, weight, Chinese, English, items.
SECTIONS: tuple[tuple[str, int, str, str, tuple[ItemData, ...]], ...] = (
    (
        "greeting",
        20,
        "开头语",
        "Greeting",
        (
            ("company_name", YES_NO, 10, False, False, "报出公司与姓名", "Says company and name"),
            ("identity", YES_NO, 10, False, True, "核对客户身份", "Checks who the customer is"),
        ),
    ),
    (
        "handling",
        50,
        "业务处理",
        "Handling",
        (
            ("listens", SCALE, 10, False, False, "倾听并确认需求", "Listens and confirms the need"),
            ("answer", SCALE, 20, False, False, "解答准确完整", "The answer is right and whole"),
            ("notes", YES_NO, 10, False, True, "记录完整", "What is agreed is written down"),
        ),
    ),
    (
        "manner",
        30,
        "服务态度",
        "Manner",
        (
            ("tone", SCALE, 10, False, False, "语气语速得体", "Tone and pace are right"),
            ("closing", YES_NO, 5, False, True, "规范结束语", "Closes as agreed"),
        ),
    ),
    (
        "red_lines",
        0,
        "红线",
        "Red lines",
        (
            ("rude", YES_NO, 0, True, False, "没有辱骂或顶撞客户", "Is not rude to the customer"),
            ("privacy", YES_NO, 0, True, True, "没有泄露客户信息", "Gives no customer's data away"),
        ),
    ),
)
NAMES = {"zh": "通用服务质检表", "en": "General service"}
STEPS = 5
PASS_MARK = 80


def ready_document(language: str) -> dict[str, Any]:
    """Return the sheet in Chinese for `zh…`, else in English."""
    at = 0 if language.startswith("zh") else 1
    return {
        "pass_mark": PASS_MARK,
        "fatal": ZERO,
        "sections": [
            {
                "id": key,
                "title": (chinese, english)[at],
                "weight": weight,
                "items": [
                    {
                        "id": item,
                        "title": (its_chinese, its_english)[at],
                        "help": "",
                        "kind": kind,
                        "steps": STEPS,
                        "weight": counts,
                        "is_fatal": is_fatal,
                        "allows_na": allows_na,
                    }
                    for item, kind, counts, is_fatal, allows_na, its_chinese, its_english in items
                ],
            }
            for key, weight, chinese, english, items in SECTIONS
        ],
    }


def ready_sheet_make(*, tenant_id: int, language: str) -> Sheet | None:
    """Give a company without sheets the ready one, published; None when it has its own."""
    if Sheet.objects.filter(tenant_id=tenant_id).exists():
        return None
    document = ready_document(language)
    made: Sheet = Sheet.objects.create(
        tenant_id=tenant_id,
        name=NAMES["zh" if language.startswith("zh") else "en"],
        draft=document,
    )
    SheetVersion.objects.create(
        tenant_id=tenant_id,
        sheet=made,
        number=1,
        document=document,
        published_at=timezone.now(),
    )
    return made
