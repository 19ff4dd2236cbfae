"""What was found is drawn: marked, and nothing of it is HTML."""

from apps.console.templatetags.marked_text import marked_text
from apps.knowledge.engine.highlight import marked


def test_what_was_searched_for_is_marked_and_nothing_is_html() -> None:
    assert marked_text(marked("<b>退货</b> & 换货", ["退货"])) == (
        "&lt;b&gt;<mark>退货</mark>&lt;/b&gt; &amp; 换货"
    )
    assert marked_text([]) == ""
