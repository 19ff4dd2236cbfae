"""Words of quality inspection on its pages."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.quality.engine.sheet import NA, SCALE, YES, Answer, Item, Problem, Score
from apps.quality.engine.sheet import Sheet as SheetDocument

FATAL_TEXTS = {
    "zero": gettext_lazy("the whole sheet is 0"),
    "section": gettext_lazy("its section is 0"),
    "mark": gettext_lazy("only marked, the score stays"),
}
KIND_TEXTS = {"yes_no": gettext_lazy("Yes or no"), "scale": gettext_lazy("Scale")}
PROBLEM_TEXTS = {
    "no_sections": gettext_lazy("The sheet needs a section with an item."),
    "no_items": gettext_lazy("The section needs an item."),
    "no_weight": gettext_lazy("Nothing here has a weight, so there would be no score."),
    "too_many_sections": gettext_lazy("There are too many sections."),
    "too_many_items": gettext_lazy("The section has too many items."),
    "title": gettext_lazy("A title is missing or too long."),
    "weight": gettext_lazy("The weight is a whole number from 0 to 1000."),
    "pass_mark": gettext_lazy("The pass mark is a whole number from 0 to 100."),
    "steps": gettext_lazy("A scale has 2 to 9 steps."),
}


def problem_text(one: Problem) -> str:
    """Return why the document is no sheet yet, with its place."""
    text = str(PROBLEM_TEXTS.get(one.code, _("Something here cannot be read.")))
    return f"{one.place}: {text}" if one.place else text


def answer_text(item: Item, answer: Answer | None) -> str:
    """Return an answer in words."""
    if answer is None:
        return "—"
    if answer == NA:
        return _("Not applicable")
    if item.kind == SCALE:
        return f"{answer} / {item.steps}"
    return _("Yes") if answer == YES else _("No")


def points(value: object) -> str:
    """Return a score as it is shown; a dash for none."""
    return "—" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float | None) -> str:
    """Return a share as it is shown; a dash for none."""
    return "—" if value is None else f"{value:.1%}"


def sheet_view(
    sheet: SheetDocument, answers: dict[str, Answer], result: Score | None = None
) -> list[dict[str, Any]]:
    """Return the sections with their items and choices, as the template draws them."""
    fatal = result.fatal if result else ()
    return [
        {
            "section": section,
            "score": points(result.sections[section.id]) if result else "",
            "items": [
                {
                    "item": item,
                    "answer": answer_text(item, answers.get(item.id)),
                    "is_failed": item.id in fatal,
                    "choices": [
                        {
                            "value": choice,
                            "key": _key(item, choice),
                            "text": _choice_text(item, choice),
                            "is_chosen": answers.get(item.id) == choice,
                        }
                        for choice in item.choices
                    ],
                }
                for item in section.items
            ],
        }
        for section in sheet.sections
    ]


def _key(item: Item, choice: Answer) -> str:
    """Return the key that gives this answer: the step itself, 1 yes and 2 no, n not applicable."""
    if choice == NA:
        return "n"
    if item.kind == SCALE:
        return str(choice)
    return "1" if choice == YES else "2"


def _choice_text(item: Item, choice: Answer) -> str:
    if item.kind == SCALE and choice != NA:
        return str(choice)
    return answer_text(item, choice)


def mark(at_ms: int | None) -> str:
    """Return a moment of a recording as m:ss."""
    if at_ms is None:
        return ""
    seconds = at_ms // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"
