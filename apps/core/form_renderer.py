"""Forms' plain widgets without a template for each attribute and option.

Django draws an `<input>` with two templates and a choice with one for each option: on a page with a
dozen filters that is a fifth of the work. What comes out is the same, character by character but
for the space between tags (tests/integration/test_form_renderer.py); every other widget is drawn
by its template.
"""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.core.html_text import attribute, quoted

_WIDGETS = "django/forms/widgets/"
INPUTS = {
    f"{_WIDGETS}{name}.html"
    for name in (
        "input",
        "text",
        "number",
        "email",
        "url",
        "password",
        "hidden",
        "date",
        "checkbox",
    )
}
SELECT, OPTION = f"{_WIDGETS}select.html", f"{_WIDGETS}select_option.html"


class QuickRenderer(DjangoTemplates):
    """Draws inputs and choices itself."""

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        """Return the widget's HTML."""
        if template_name in INPUTS:
            return SafeString(_input(context["widget"]))
        if template_name == SELECT and _is_plain(context["widget"]):
            return SafeString(_select(context["widget"]))
        return super().render(template_name, context, request)


def _attributes(attrs: dict[str, Any]) -> str:
    told = []
    for name, value in attrs.items():
        if value is True:
            told.append(f" {name}")
        elif value is not False:
            told.append(attribute(name, value))
    return "".join(told)


def _input(widget: dict[str, Any]) -> str:
    value = widget["value"]
    told = "" if value is None else attribute("value", value)
    head = f'<input type="{quoted(widget["type"])}" name="{quoted(widget["name"])}"'
    return f"{head}{told}{_attributes(widget['attrs'])}>"


def _is_plain(widget: dict[str, Any]) -> bool:
    """Say whether no option has a template of its own or stands in a group."""
    return all(
        not name and all(option["template_name"] == OPTION for option in options)
        for name, options, _index in widget["optgroups"]
    )


def _select(widget: dict[str, Any]) -> str:
    options = "".join(
        f'<option value="{quoted(option["value"])}"{_attributes(option["attrs"])}>'
        f"{quoted(option['label'])}</option>"
        for _name, group, _index in widget["optgroups"]
        for option in group
    )
    head = f'<select name="{quoted(widget["name"])}"{_attributes(widget["attrs"])}>'
    return f"{head}{options}</select>"
