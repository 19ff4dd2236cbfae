"""An export may be a document: choices alone, nothing in the database changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0003_export_kind"),
    ]

    operations = [
        migrations.AlterField(
            model_name="exportrun",
            name="kind",
            field=models.CharField(
                choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("zip", "ZIP"), ("pdf", "PDF")],
                max_length=4,
                verbose_name="format",
            ),
        ),
    ]
