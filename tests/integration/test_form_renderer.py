"""Widgets drawn our way are those that Django draws."""

import re
from datetime import date
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.core.form_renderer import QuickRenderer

CHOICES = [("", _("All")), ("a<b", 'A "quoted" & b'), (3, SafeString("<i>x</i>"))]


class Every(forms.Form):
    """Each kind of widget that pages have, with what breaks HTML in it."""

    name = forms.CharField(max_length=20, widget=forms.TextInput(attrs={"placeholder": '"<&>'}))
    count = forms.IntegerField(min_value=1, required=False)
    mail = forms.EmailField(disabled=True)
    secret = forms.CharField(widget=forms.PasswordInput(render_value=True))
    hidden = forms.CharField(widget=forms.HiddenInput)
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    is_on = forms.BooleanField(required=False, widget=forms.CheckboxInput(attrs={"class": "x"}))
    one = forms.ChoiceField(choices=CHOICES)
    grouped = forms.ChoiceField(choices=[("g", [("1", "one")]), ("2", "two")])
    many = forms.MultipleChoiceField(choices=CHOICES, required=False)
    text = forms.CharField(widget=forms.Textarea)
    radio = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)


def squeezed(html: str) -> str:
    """Return HTML without the space between tags."""
    return re.sub(r">\s+<", "><", html).strip()


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"name": "", "one": "a<b"},
        {"name": "' onfocus='x", "count": "zwei", "one": "3", "is_on": "1", "many": ["a<b", "3"]},
    ],
)
def test_widgets_are_those_of_django(data: dict[str, Any] | None) -> None:
    drawn = []
    for renderer in (DjangoTemplates(), QuickRenderer()):
        first = {"day": date(2026, 11, 30), "name": "<x>", "is_on": True, "many": ["3"], "count": 3}
        form = Every(data, initial=first, renderer=renderer)
        drawn.append([squeezed(str(field)) for field in form])
    assert drawn[0] == drawn[1]


def test_it_is_the_one_in_use() -> None:
    assert isinstance(get_default_renderer(), QuickRenderer)
