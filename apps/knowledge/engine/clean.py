"""Keep of somebody's HTML only what an article may have.

Source of the rules: nh3 (ammonia) parses as a browser does and writes anew what is allowed, so what
is kept is never what was sent. Images are attachments of ours only; no style, class or id is kept.
"""

import re
from collections import Counter

import nh3

TAGS = frozenset(
    [
        "p",
        "br",
        "h2",
        "h3",
        "h4",
        "strong",
        "b",
        "em",
        "i",
        "u",
        "s",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "a",
        "hr",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "img",
        "mark",
        "sub",
        "sup",
    ]
)
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
OUR_FILE = re.compile(r"^/knowledge/files/[0-9]{1,18}/\Z")
OUR_ARTICLE = re.compile(r"^/knowledge/[0-9]{1,18}/\Z")
ABSOLUTE = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)
NUMBER = re.compile(r"^[0-9]{1,3}\Z")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


TAG = re.compile(r"<(/?)([a-z][^\s/>]*)", re.IGNORECASE)
# Elements that another one's beginning ends, or that have no end.
ENDLESS = frozenset([
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot",
    "br", "hr", "img", "col", "wbr", "meta", "link", "input",
])  # fmt: skip
MOST_DEEP = 500


def is_too_deep(html: str) -> bool:
    """Say whether so many elements are open at once that parsing takes the square of their number.

    Counted for each name, so that other ends hide no beginnings.
    """
    begun: Counter[str] = Counter()
    most = depth = 0
    for end, name in TAG.findall(html):
        tag = name.lower()
        if tag in ENDLESS or (end and not begun[tag]):
            continue
        step = -1 if end else 1
        begun[tag] += step
        depth += step
        most = max(most, depth)
    return most > MOST_DEEP


def clean_html(html: str) -> str:
    """Return what may be kept. Twice gives the same as once."""
    return nh3.clean(
        CONTROLS.sub("", html),
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=_attribute,
        url_schemes=set(SCHEMES),
        strip_comments=True,
        link_rel="noopener noreferrer",
        generic_attribute_prefixes=set(),
        clean_content_tags={"script", "style", "title", "template", "noscript", "iframe"},
    ).strip()


def clean_text(text: str) -> str:
    """Return a line without what no database or page can hold."""
    return " ".join(CONTROLS.sub("", text).split())


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if OUR_FILE.match(value) else None
    if tag == "a" and name == "href":
        is_ours = OUR_ARTICLE.match(value) or OUR_FILE.match(value)
        return value if is_ours or ABSOLUTE.match(value) else None
    if name in ("colspan", "rowspan", "start"):
        return value if NUMBER.match(value) else None
    return value
