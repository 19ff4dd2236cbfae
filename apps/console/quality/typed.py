"""What forms of quality inspection send, as values; nonsense is None or nothing."""

from datetime import date, timedelta

from django.http import HttpRequest
from django.utils import timezone

MOST_DIGITS = 9


def whole(text: str) -> int | None:
    """Return a number that fits a key or a count, None for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


def keys(request: HttpRequest, name: str) -> list[int]:
    """Return the keys that were chosen in a list of boxes."""
    found = [whole(text) for text in request.POST.getlist(name)[:500]]
    return [one for one in found if one is not None]


def answers(request: HttpRequest) -> dict[str, int | str]:
    """Return the answers of a scoring form, `a_<item>` each; the engine drops what no item has."""
    found: dict[str, int | str] = {}
    for name in request.POST:
        text = request.POST.get(name, "")
        if name.startswith("a_") and text:
            number = whole(text)
            found[name[2:]] = text[:2] if number is None else number
    return found


def day(text: str, default: date) -> date:
    """Return a day of a form."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default


def in_days(days: int) -> date:
    """Return the company's day in so many days."""
    return timezone.localdate() + timedelta(days=days)
