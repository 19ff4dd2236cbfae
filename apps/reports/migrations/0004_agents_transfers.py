"""Calls that an agent gave away, in agents' rollups; of the past after `rollups rebuild`."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0003_saved_reports_and_more_figures"),
    ]

    operations = [
        migrations.AddField(
            model_name="agentrollup",
            name="transferred",
            field=models.BigIntegerField(default=0),
        ),
    ]
