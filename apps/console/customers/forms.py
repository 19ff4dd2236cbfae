"""The form of a customer, made of the company's fields; what fits is the services' to say."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.customers.engine import field_values
from apps.customers.errors import CustomerRefusedError
from apps.customers.models import Customer
from apps.customers.vocabulary import CUSTOM, FieldSpec, Vocabulary, customer_fields

LINES = ("numbers", "emails")


class CustomerForm(forms.Form):
    """Every field as text; errors come by field from `customer_parse`.

    Who sees numbers masked gets no field of numbers: he would save the masked ones.
    """

    def __init__(
        self, *args: Any, words: Vocabulary, user: User, is_new: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.specs = {
            spec.name: spec
            for spec in customer_fields(words)
            if is_new or spec.name != "numbers" or not user.sees_numbers_masked
        }
        for spec in self.specs.values():
            self.fields[spec.name] = form_field(spec)

    def values(self) -> dict[str, Any]:
        """Return what was typed, for the services; of a bound, looked-over form."""
        return {name: self.cleaned_data.get(name) for name in self.specs}

    def refuse(self, error: CustomerRefusedError) -> None:
        """Put the services' reasons beside the fields."""
        for name, why in error.fields.items():
            self.add_error(name if name in self.fields else None, why)


def form_field(spec: FieldSpec) -> forms.Field:
    """Return the form field for one field of a customer; it refuses nothing itself."""
    common: dict[str, Any] = {
        "label": spec.label,
        "required": False,
        "help_text": spec.help_text,
    }
    text = {"class": "form-control"}
    if spec.is_required:
        text["aria-required"] = "true"
    if spec.name in LINES:
        common["help_text"] = spec.help_text or _("One a line.")
        return forms.CharField(widget=forms.Textarea(attrs={**text, "rows": 2}), **common)
    if spec.name == "tags":
        common["help_text"] = _("Separate them with commas. New ones are made.")
    if spec.kind == field_values.LONG_TEXT:
        return forms.CharField(widget=forms.Textarea(attrs={**text, "rows": 3}), **common)
    if spec.kind == field_values.DATE:
        widget = forms.DateInput(attrs={**text, "type": "date"}, format="%Y-%m-%d")
        return forms.CharField(widget=widget, **common)
    if spec.kind == field_values.CHOICES:
        box = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
        return forms.MultipleChoiceField(choices=spec.options, widget=box, **common)
    options = spec.options
    if spec.kind == field_values.YES_NO:
        options = (("yes", _("yes")), ("no", _("no")))
    if spec.kind in (field_values.CHOICE, field_values.YES_NO, "agent"):
        # No ChoiceField: a value that is no longer on offer must stay, not be lost.
        select = forms.Select(attrs={"class": "form-select"}, choices=(("", "—"), *options))
        return forms.CharField(widget=select, **common)
    if spec.most:
        text["maxlength"] = str(spec.most)
    return forms.CharField(widget=forms.TextInput(attrs=text), **common)


def customer_initial(customer: Customer, words: Vocabulary) -> Mapping[str, Any]:
    """Return a customer's values as the form shows them."""
    found: dict[str, Any] = {
        name: field_values.value_text(getattr(customer, column))
        for name, column in (
            *((one, one) for one in PLAIN),
            ("type", "kind"),
        )
    }
    found["owner"] = customer.owner.number if customer.owner else ""
    found["tags"] = ", ".join(customer.tags)
    numbers = sorted(customer.numbers.all(), key=lambda row: (not row.is_primary, row.pk))
    found["numbers"] = "\n".join(row.as_typed for row in numbers)
    emails = sorted(customer.emails.all(), key=lambda row: (not row.is_primary, row.pk))
    found["emails"] = "\n".join(row.address for row in emails)
    for key, field in words.fields.items():
        value = customer.custom.get(key)
        is_list = field.kind == field_values.CHOICES
        found[CUSTOM + key] = (value or []) if is_list else field_values.value_text(value)
    return found


PLAIN = (
    *("name", "contact_name", "level", "source", "gender", "born_on", "province", "city"),
    *("address", "account_number", "balance", "note"),
)
