"""What the pages of the knowledge base are sent."""

import re
from typing import Any

from django import forms

from apps.knowledge.choices import PinKind
from apps.knowledge.services import TextValues

BETWEEN = re.compile(r"[,，、;；\n]")
MAX_KEY = 2**31 - 1


def words_of(text: str) -> list[str]:
    """Return the words between commas of either script."""
    return [word.strip() for word in BETWEEN.split(text) if word.strip()]


class TextForm(forms.Form):
    """The text of an article as it is typed; what may be kept of it the service says."""

    title = forms.CharField(max_length=1_000, required=False)
    body = forms.CharField(required=False, strip=False)
    tags = forms.CharField(max_length=2_000, required=False)
    keywords = forms.CharField(max_length=2_000, required=False)
    category = forms.IntegerField(required=False, min_value=1, max_value=MAX_KEY)
    number = forms.IntegerField(required=False, min_value=0, max_value=MAX_KEY)

    @property
    def text(self) -> TextValues:
        """Return what the service takes."""
        data = self.cleaned_data
        return {
            "title": data["title"],
            "body": data["body"],
            "tags": words_of(data["tags"]),
            "keywords": words_of(data["keywords"]),
        }


class DirectForm(forms.Form):
    """Where an article lies, who reads it, until when, and on which calls it is offered."""

    category = forms.IntegerField(required=False, min_value=1, max_value=MAX_KEY)
    owner = forms.IntegerField(min_value=1, max_value=MAX_KEY)
    departments = forms.TypedMultipleChoiceField(coerce=int, required=False)
    review_on = forms.DateField(required=False)
    expires_on = forms.DateField(required=False)
    queues = forms.CharField(max_length=1_000, required=False)
    nodes = forms.CharField(max_length=1_000, required=False)
    customers = forms.CharField(max_length=1_000, required=False)

    def __init__(self, *args: Any, departments: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["departments"].choices = departments  # type: ignore[attr-defined]  # a choice field's

    @property
    def pins(self) -> list[tuple[str, str]]:
        """Return by what of a call the article is offered."""
        fields = (
            ("queues", PinKind.QUEUE),
            ("nodes", PinKind.NODE),
            ("customers", PinKind.CUSTOMER),
        )
        return [
            (str(kind), value)
            for name, kind in fields
            for value in words_of(self.cleaned_data[name])[:20]
        ]


class CategoryForm(forms.Form):
    """A category's name and place."""

    name = forms.CharField(max_length=200)
    parent = forms.IntegerField(required=False, min_value=1, max_value=MAX_KEY)
    position = forms.IntegerField(required=False, min_value=0, max_value=9_999)
    is_archived = forms.BooleanField(required=False)
