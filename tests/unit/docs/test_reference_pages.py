"""Every setting, event, metric, variable, decision and dependency has its line in docs/."""

import re
import tomllib
from pathlib import Path

import pytest

from apps.accounts.choices import Role, ViewTier
from apps.calls.choices import Outcome
from apps.calls.engine.facts import KINDS
from apps.telephony.ami.events import MAKERS, READ_ELSEWHERE, USER_EVENTS
from config.env import REGISTRY
from deploy.settings_reference import PAGES

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    """Return a page's text."""
    return (DOCS / name).read_text(encoding="utf-8")


def table_words(text: str) -> set[str]:
    """Return what stands in backticks in the first cell of the page's table rows."""
    first_cells = re.findall(r"^\| ([^|]*)\|", text, flags=re.MULTILINE)
    return {word for cell in first_cells for word in re.findall(r"`([^`]+)`", cell)}


def sources() -> list[Path]:
    """Return the product's Python files without migrations."""
    return [
        path
        for folder in ("apps", "config")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
    ]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_settings_pages_are_what_the_registry_says(name: str) -> None:
    written = (ROOT / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: python -m deploy.settings_reference"


def test_every_setting_that_is_read_is_declared() -> None:
    read = {
        name
        for path in sources()
        for name in re.findall(r"environ(?:\.get\(|\[)\s*\"(HUAWU_\w+)\"", path.read_text("utf-8"))
    }
    assert read <= set(REGISTRY)


def test_every_fact_kind_has_a_line() -> None:
    facts = page("events.md").split("## Facts")[1].split("## Events to pages")[0]
    assert table_words(facts) == KINDS


def test_every_manager_event_has_a_line() -> None:
    events = page("events.md").split("## Facts")[0]
    named = table_words(events) - {"UserEvent"}
    assert named == (set(MAKERS) - {"UserEvent"}) | READ_ELSEWHERE | set(USER_EVENTS)


def test_every_manager_event_passes_the_filter_of_the_manager_user() -> None:
    conf = (ROOT / "asterisk/etc/manager.conf").read_text(encoding="utf-8")
    let_through = set(re.findall(r"^eventfilter\(action\(include\),name\((\w+)\)\)", conf, re.M))
    assert let_through == set(MAKERS) | READ_ELSEWHERE


def test_every_stream_event_has_a_line() -> None:
    published = {
        kind
        for path in sources()
        for kind in re.findall(r"kind=\"([a-z]+\.[a-z]+)\"", path.read_text("utf-8"))
    }
    streams = page("events.md").split("## Events to pages")[1]
    assert published
    assert published <= table_words(streams)
    described = page("architecture.md").split("## Streams to browsers")[1]
    assert table_words(streams) <= table_words(described)


def test_every_metric_has_a_line() -> None:
    declared = {
        name
        for path in sources()
        for name in re.findall(
            r"(?:Counter|Gauge|Histogram|Summary)\(\s*\"(huawu_\w+)\"", path.read_text("utf-8")
        )
    }
    assert declared
    assert table_words(page("metrics.md")) == declared


def test_every_dialplan_variable_has_a_line() -> None:
    used = {
        name
        for path in (ROOT / "asterisk/etc").glob("*.conf")
        for name in re.findall(
            r"\bHW_[A-Z_]+[A-Z]\b", path.read_text("utf-8").replace("__HW", "HW")
        )
    }
    assert used <= table_words(page("dialplan.md"))


def test_every_decision_page_says_context_decision_and_when_it_is_wrong() -> None:
    pages = sorted((DOCS / "adr").glob("*.md"))
    assert pages
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert re.match(r"# \d{4} · ", text), path.name
        assert text.startswith(f"# {path.name[:4]} "), path.name
        if path.name.startswith("0010"):
            continue
        for heading in ("## Context", "## Options", "## Decision", "## How we will know"):
            assert heading in text, f"{path.name} lacks {heading}"


def test_decisions_are_numbered_without_holes() -> None:
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = page("adr/0010-dependencies.md")
    rows = set(re.findall(r"^\| ([a-z0-9-]+) \|", text, re.M)) - {"package"}
    assert rows == {re.split(r"[^a-z0-9-]", name)[0] for name in project["dependencies"]}
    for name in project["optional-dependencies"]["dev"]:
        assert re.split(r"[^a-z0-9-]", name)[0] in text, name


def test_glossary_has_the_words_of_the_code() -> None:
    text = page("glossary.md")
    words = table_words(text)
    assert {role.value for role in Role} <= words
    for value in [tier.value for tier in ViewTier] + [outcome.value for outcome in Outcome]:
        assert re.search(rf"\b{value}\b", text), value


def test_glossary_never_uses_a_word_twice() -> None:
    cells = re.findall(r"^\| `([^`]+)`", page("glossary.md"), re.M)
    assert len(cells) == len(set(cells))


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
    for path in pages:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name} -> {target}"
