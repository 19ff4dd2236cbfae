"""`{{ ms|minutes }}` and `{{ share|percent }}` for figures of a recording."""

from django import template

register = template.Library()


@register.filter
def minutes(ms: int) -> str:
    """Return milliseconds as m:ss.t, as short silences matter here."""
    tenths = round(ms / 100)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


@register.filter
def percent(share: float) -> str:
    """Return a share of 0 to 1 in per cent."""
    return f"{share:.1%}"
