"""Both catalogues are complete, agree in their placeholders, and use the glossary's words."""

import ast
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = ("zh_Hans", "en")
REJECTED = {"座席": "坐席", "租户": "企业", "客服代表": "坐席", "工作單": "工单", "技能组": "队列"}
PLACEHOLDER = re.compile(r"%\(\w+\)[.\d]*[a-z]|%[.\d]*[sd]|\{\w*\}")


@dataclass
class Entry:
    """One message of a catalogue."""

    is_fuzzy: bool = False
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Return context and message."""
        return self.fields.get("msgctxt", ""), self.fields["msgid"]

    @property
    def translations(self) -> list[str]:
        """Return the translation, or one a plural form."""
        return [text for name, text in self.fields.items() if name.startswith("msgstr")]


def entries(language: str) -> dict[tuple[str, str], Entry]:
    """Read a catalogue without its header."""
    path = ROOT / f"locale/{language}/LC_MESSAGES/django.po"
    found = {}
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        entry, name = Entry(), ""
        for line in block.splitlines():
            if line.startswith("#"):
                entry.is_fuzzy |= line.startswith("#,") and "fuzzy" in line
            elif match := re.match(r'(msg[\w\[\]]+) (".*")$', line):
                name = match.group(1)
                entry.fields[name] = ast.literal_eval(match.group(2))
            elif line.startswith('"'):
                entry.fields[name] += ast.literal_eval(line)
        if entry.fields.get("msgid"):
            found[entry.key] = entry
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_sound(language: str) -> None:
    msgfmt = shutil.which("msgfmt")
    assert msgfmt, "msgfmt is missing; run: apt-get install gettext"
    path = ROOT / f"locale/{language}/LC_MESSAGES/django.po"
    done = subprocess.run(
        [msgfmt, "--check", "-o", "/dev/null", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_sure(language: str) -> None:
    found = entries(language)
    assert len(found) > 300
    assert [key for key, entry in found.items() if entry.is_fuzzy] == []
    assert [key for key, entry in found.items() if not all(entry.translations)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same(language: str) -> None:
    for key, entry in entries(language).items():
        wanted = set(PLACEHOLDER.findall(entry.fields["msgid"]))
        wanted |= set(PLACEHOLDER.findall(entry.fields.get("msgid_plural", "")))
        for text in entry.translations:
            assert set(PLACEHOLDER.findall(text)) == wanted, key


def test_both_languages_have_the_same_messages() -> None:
    assert set(entries("zh_Hans")) == set(entries("en"))


def test_english_reads_as_in_the_code() -> None:
    for key, entry in entries("en").items():
        assert entry.translations[0] == entry.fields["msgid"], key


def test_chinese_uses_the_words_of_the_glossary() -> None:
    for key, entry in entries("zh_Hans").items():
        for text in entry.translations:
            for rejected, word in REJECTED.items():
                assert rejected not in text, f"{key}: {word}, not {rejected}"


def test_chinese_is_chinese() -> None:
    same_in_both = {"VIP", "SIP", "English"}  # a language is named in itself
    for (_, message), entry in entries("zh_Hans").items():
        if message not in same_in_both:
            assert re.search(r"[\u4e00-\u9fff]", entry.translations[0]), message
