"""Alarms, their rules and wall displays as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from apps.alarms.choices import Metric, Severity
from apps.alarms.models import LONGEST_S, Alarm, AlarmRule
from apps.alarms.services import MOST_VALUE
from apps.live_board.engine.parts import WALL_TILES
from apps.live_board.models import Wall

THRESHOLD: dict[str, Any] = {"min_value": 0, "max_value": MOST_VALUE}
SECONDS: dict[str, Any] = {"min_value": 0, "max_value": LONGEST_S, "required": False}
QUEUE_HELP = "The queue's number; null: all queues together."
CALENDAR_HELP = "The calendar's name; outside its hours nothing is raised. Null: always."


class AlarmSerializer(serializers.ModelSerializer[Alarm]):
    """One alarm; times UTC. `cleared_at` is null while it is on."""

    rule = serializers.IntegerField(
        source="rule_id", allow_null=True, help_text="Null: the rule was deleted."
    )
    metric = serializers.ChoiceField(choices=Metric.choices)
    severity = serializers.ChoiceField(choices=Severity.choices)
    queue = serializers.CharField(
        source="queue.number",
        default=None,
        allow_null=True,
        help_text="Null: of all queues, or its queue is gone.",
    )
    acknowledged_by = serializers.CharField(
        source="acknowledged_by.username", default=None, allow_null=True
    )

    class Meta:
        model = Alarm
        fields = (
            "id",
            "rule",
            "name",
            "metric",
            "queue",
            "severity",
            "raise_at",
            "raised_at",
            "value",
            "worst",
            "cleared_at",
            "acknowledged_at",
            "acknowledged_by",
        )
        read_only_fields = fields


class AlarmRuleSerializer(serializers.ModelSerializer[AlarmRule]):
    """One rule. `webhook_host` says where its webhook leads; the address may hold a token."""

    metric = serializers.ChoiceField(choices=Metric.choices)
    severity = serializers.ChoiceField(choices=Severity.choices)
    queue = serializers.CharField(
        source="queue.number", default=None, allow_null=True, help_text=QUEUE_HELP
    )
    calendar = serializers.CharField(
        source="calendar.name", default=None, allow_null=True, help_text=CALENDAR_HELP
    )
    emails = serializers.ListField(
        child=serializers.CharField(), source="addresses", read_only=True
    )
    webhook_host = serializers.CharField(read_only=True, allow_blank=True)

    class Meta:
        model = AlarmRule
        fields = (
            "id",
            "name",
            "metric",
            "queue",
            "raise_at",
            "raise_after_s",
            "clear_at",
            "clear_after_s",
            "severity",
            "has_sound",
            "calendar",
            "emails",
            "webhook_host",
            "is_active",
        )
        read_only_fields = fields


class AlarmRuleSavedSerializer(AlarmRuleSerializer):
    """A rule that was just saved, with its webhook's new secret: it is told only here."""

    webhook_secret = serializers.SerializerMethodField(
        help_text="Signs what the webhook is sent; empty when the webhook is the same as before."
    )

    class Meta(AlarmRuleSerializer.Meta):
        fields = (*AlarmRuleSerializer.Meta.fields, "webhook_secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def get_webhook_secret(self, row: AlarmRule) -> str:
        """Return what the service gave, once."""
        return str(self.context["secret"])


class AlarmRuleChangeSerializer(serializers.Serializer[Any]):
    """What of a rule changes; what is left out stays as it is."""

    name = serializers.CharField(max_length=60, required=False)
    metric = serializers.ChoiceField(choices=Metric.choices, required=False)
    queue = serializers.CharField(
        max_length=20, required=False, allow_null=True, help_text=QUEUE_HELP
    )
    raise_at = serializers.FloatField(**THRESHOLD, required=False)
    raise_after_s = serializers.IntegerField(**SECONDS)
    clear_at = serializers.FloatField(**THRESHOLD, required=False)
    clear_after_s = serializers.IntegerField(**SECONDS)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    has_sound = serializers.BooleanField(required=False)
    calendar = serializers.CharField(
        max_length=60, required=False, allow_null=True, help_text=CALENDAR_HELP
    )
    emails = serializers.ListField(
        child=serializers.EmailField(max_length=254), max_length=10, required=False
    )
    webhook_url = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text="An address that is told by signed POSTs; empty: none.",
    )
    is_active = serializers.BooleanField(required=False)


class AlarmRuleMakeSerializer(AlarmRuleChangeSerializer):
    """A rule to be made."""

    name = serializers.CharField(max_length=60)
    metric = serializers.ChoiceField(choices=Metric.choices)
    raise_at = serializers.FloatField(**THRESHOLD)
    clear_at = serializers.FloatField(**THRESHOLD)


class WallSerializer(serializers.ModelSerializer[Wall]):
    """One wall display; its link is told only when it is made. Times UTC."""

    queues = serializers.ListField(child=serializers.CharField(), read_only=True)
    tiles = serializers.ListField(child=serializers.ChoiceField(choices=WALL_TILES), read_only=True)
    made_by = serializers.CharField(source="made_by.username")

    class Meta:
        model = Wall
        fields = (
            "id",
            "name",
            "queues",
            "tiles",
            "made_by",
            "created_at",
            "last_seen_at",
            "revoked_at",
        )
        read_only_fields = fields


class WallMadeSerializer(WallSerializer):
    """A wall display that was just made, with its link."""

    link = serializers.SerializerMethodField(
        help_text="The page's address; who has it sees the display without signing in."
    )

    class Meta(WallSerializer.Meta):
        fields = (*WallSerializer.Meta.fields, "link")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def get_link(self, row: Wall) -> str:
        """Return the address that the view put together, once."""
        return str(self.context["link"])


class WallMakeSerializer(serializers.Serializer[Any]):
    """A wall display to be made; queues by their numbers."""

    name = serializers.CharField(max_length=60)
    queues = serializers.ListField(
        child=serializers.CharField(max_length=20), min_length=1, max_length=500
    )
    tiles = serializers.ListField(
        child=serializers.ChoiceField(choices=WALL_TILES), min_length=1, max_length=10
    )


class AlarmRefusedSerializer(serializers.Serializer[Any]):
    """An answer with status 403, 404 or 409."""

    code = serializers.CharField()
    detail = serializers.CharField()
