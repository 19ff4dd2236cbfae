from django.conf import settings
from django.db import migrations, models

from apps.core.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0002_masking_and_outside_phones"),
        ("calls", "0009_newest_seen"),
        ("customers", "0006_filter_indexes"),
        ("tenants", "0002_customers_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexWithoutLock(
            model_name="call",
            index=models.Index(
                fields=["customer", "-started_at", "-id"],
                include=["tenant", "agent", "queue_department"],
                name="call_of_customer",
            ),
        ),
        AddIndexWithoutLock(
            model_name="leg",
            index=models.Index(fields=["agent", "call"], include=["tenant"], name="leg_of_agent"),
        ),
        # The new ones hold the same, and more.
        migrations.RemoveIndex(model_name="call", name="call_by_customer"),
        migrations.RemoveIndex(model_name="leg", name="leg_by_agent"),
    ]
