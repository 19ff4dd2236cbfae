"""What customers look like over the API, in and out."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import User
from apps.accounts.selectors import number_for
from apps.core.phone_numbers import phone_number
from apps.customers.choices import Gender, NumberLabel
from apps.customers.duplicates import WHY_TEXTS
from apps.customers.models import Customer, CustomerEmail, CustomerNote, CustomerNumber
from apps.customers.vocabulary import CUSTOM


def person(context: Mapping[str, Any]) -> User | None:
    """Return who asks, None for the schema generator: nobody in particular sees numbers masked."""
    request = context.get("request")
    return request.user if request is not None and isinstance(request.user, User) else None


class NumberSerializer(serializers.ModelSerializer[CustomerNumber]):
    """One number; masked for who may not see it. Region and carrier are '' when unknown."""

    number = serializers.CharField(source="as_typed")
    e164 = serializers.CharField(source="lookup")
    region = serializers.SerializerMethodField()
    carrier = serializers.SerializerMethodField()

    class Meta:
        model = CustomerNumber
        fields = ("id", "number", "e164", "label", "is_primary", "region", "carrier")
        read_only_fields = fields

    def to_representation(self, instance: CustomerNumber) -> dict[str, Any]:
        """Return the row, its number as the person may see it."""
        found = dict(super().to_representation(instance))
        for name in ("number", "e164"):
            found[name] = number_for(person(self.context), found[name])
        return found

    def get_region(self, row: CustomerNumber) -> str:
        """Return province and city in Chinese."""
        return phone_number(row.lookup).region

    def get_carrier(self, row: CustomerNumber) -> str:
        """Return the carrier that the number range was given to, in Chinese."""
        return phone_number(row.lookup).carrier


class EmailSerializer(serializers.ModelSerializer[CustomerEmail]):
    """One e-mail address."""

    class Meta:
        model = CustomerEmail
        fields = ("address", "is_primary")
        read_only_fields = fields


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """One customer; times UTC. `level`, `type`, `source` are codes, `owner` an agent's number."""

    type = serializers.CharField(source="kind")
    owner = serializers.SerializerMethodField()
    tags = serializers.ListField(child=serializers.CharField())
    numbers = NumberSerializer(many=True)
    emails = EmailSerializer(many=True)
    custom = serializers.SerializerMethodField()

    class Meta:
        model = Customer
        fields = (
            *("id", "name", "contact_name", "level", "type", "source", "owner", "tags", "gender"),
            *("born_on", "province", "city", "address", "note", "account_number", "balance"),
            *("numbers", "emails", "custom", "created_at", "updated_at"),
        )
        read_only_fields = fields

    def get_owner(self, row: Customer) -> str | None:
        """Return the owner agent's number."""
        return row.owner.number if row.owner else None

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_custom(self, row: Customer) -> dict[str, Any]:
        """Return the custom fields that are for the API: {key: value}."""
        keys = self.context.get("exchanged", frozenset())
        return {key: value for key, value in row.custom.items() if key in keys}


class NumberInSerializer(serializers.Serializer[Any]):
    """A number to be kept; without a main one the first is it."""

    number = serializers.CharField(max_length=40)
    label = serializers.ChoiceField(  # type: ignore[assignment]  # the API's name
        NumberLabel.choices, required=False, allow_blank=True
    )
    is_primary = serializers.BooleanField(required=False)


class CustomerInSerializer(serializers.Serializer[Any]):
    """What is to be written; what is left out stays. A list replaces the whole list."""

    name = serializers.CharField(max_length=100, required=False)
    contact_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    level = serializers.CharField(max_length=60, required=False)
    type = serializers.CharField(max_length=60, required=False, allow_blank=True)
    source = serializers.CharField(  # type: ignore[assignment]  # the API's name
        max_length=60, required=False, allow_blank=True
    )
    owner = serializers.CharField(
        max_length=40, required=False, allow_null=True, allow_blank=True, help_text="Agent number."
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=30), required=False, max_length=20
    )
    gender = serializers.ChoiceField(Gender.choices, required=False, allow_blank=True)
    born_on = serializers.DateField(required=False, allow_null=True)
    province = serializers.CharField(max_length=40, required=False, allow_blank=True)
    city = serializers.CharField(max_length=40, required=False, allow_blank=True)
    address = serializers.CharField(max_length=300, required=False, allow_blank=True)
    note = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    account_number = serializers.CharField(max_length=20, required=False, allow_blank=True)
    balance = serializers.DecimalField(
        max_digits=14, decimal_places=2, required=False, allow_null=True
    )
    numbers = NumberInSerializer(many=True, required=False)
    emails = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=20
    )
    custom = serializers.DictField(
        required=False, help_text="Custom fields by key; null empties one."
    )

    def values(self) -> dict[str, Any]:
        """Return what the services take; of looked-over data."""
        given = dict(self.validated_data)
        custom = given.pop("custom", {})
        return {**given, **{f"{CUSTOM}{key}": value for key, value in custom.items()}}


class NoteSerializer(serializers.ModelSerializer[CustomerNote]):
    """What somebody wrote about a customer."""

    author = serializers.SerializerMethodField()
    text = serializers.CharField(max_length=5_000)

    class Meta:
        model = CustomerNote
        fields = ("id", "text", "author", "created_at")
        read_only_fields = ("id", "author", "created_at")

    def get_author(self, row: CustomerNote) -> str | None:
        """Return the author's login."""
        return row.author.username if row.author else None


class EntrySerializer(serializers.Serializer[Any]):
    """One entry of the timeline; `kind` with `id` names the row."""

    kind = serializers.CharField()
    id = serializers.IntegerField(source="pk")
    at = serializers.DateTimeField()
    title = serializers.CharField()
    detail = serializers.CharField()
    who = serializers.CharField()
    number = serializers.SerializerMethodField()

    def get_number(self, row: Any) -> str:
        """Return the number as the person may see it."""
        return number_for(person(self.context), row.number)


class TimelineSerializer(serializers.Serializer[Any]):
    """A page of the timeline, newest first; `after` asks for the next, '' after the last."""

    results = EntrySerializer(many=True, source="entries")
    after = serializers.CharField(allow_blank=True)


class MergeInSerializer(serializers.Serializer[Any]):
    """The customer who is merged into this one, and whose value of a field stays."""

    absorbed = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    choice = serializers.DictField(
        child=serializers.ChoiceField(("kept", "absorbed")), required=False
    )


class RevealInSerializer(serializers.Serializer[Any]):
    """Which number, and why one looks."""

    number_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class RevealedSerializer(serializers.Serializer[Any]):
    """The full number; this look was audited."""

    number = serializers.CharField()


class DuplicateSerializer(serializers.Serializer[Any]):
    """A customer who may be the same, and why."""

    customer_id = serializers.IntegerField()
    why = serializers.ListField(child=serializers.ChoiceField(tuple(WHY_TEXTS)))
