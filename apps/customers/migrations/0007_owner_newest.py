from django.conf import settings
from django.db import migrations, models

from apps.core.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0002_masking_and_outside_phones"),
        ("customers", "0006_filter_indexes"),
        ("tenants", "0002_customers_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexWithoutLock(
            model_name="customer",
            index=models.Index(
                fields=["owner", "-created_at", "-id"], name="customer_of_owner"
            ),
        ),
    ]
