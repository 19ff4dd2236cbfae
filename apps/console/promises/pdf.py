"""HTML to PDF by WeasyPrint; nothing is fetched, from nowhere."""

from typing import Any

from weasyprint import HTML


def _fetch_nothing(url: str, *_args: Any, **_kwargs: Any) -> Any:
    raise ValueError(f"a printed page fetches nothing: {url[:80]}")


def pdf_of(html: str) -> bytes:
    """Return a page as PDF. `html` is ours and has its style in it."""
    found = HTML(string=html, url_fetcher=_fetch_nothing).write_pdf()
    assert isinstance(found, bytes)  # noqa: S101 - without a target it returns them
    return found
