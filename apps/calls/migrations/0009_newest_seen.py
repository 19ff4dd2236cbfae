from django.conf import settings
from django.db import migrations, models

from apps.core.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0002_masking_and_outside_phones"),
        ("calls", "0008_history_indexes"),
        ("customers", "0006_filter_indexes"),
        ("tenants", "0002_customers_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexWithoutLock(
            model_name="call",
            index=models.Index(
                fields=["tenant", "-started_at", "-id", "agent", "queue_department"],
                name="call_newest_seen",
            ),
        ),
        # The new one begins with the same columns.
        migrations.RemoveIndex(model_name="call", name="call_newest"),
    ]
