"""What a scoring page hears when it has kept its answers."""

from collections.abc import Mapping

from django.http import JsonResponse

from apps.console.quality.texts import points
from apps.quality.engine.sheet import score
from apps.quality.models import SheetVersion
from apps.quality.selectors import document_of


def saved_answer(
    version: SheetVersion, answers: Mapping[str, int | str], number: int
) -> JsonResponse:
    """Return the running score of the answers, and the number that the next saving names."""
    result = score(document_of(version), answers)
    return JsonResponse(
        {
            "number": number,
            "score": points(result.value),
            "open": len(result.open),
            "sections": {key: points(value) for key, value in result.sections.items()},
            "fatal": list(result.fatal),
            "is_passed": result.is_passed,
        }
    )
