from django.db import migrations, models

from apps.core.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("knowledge", "0002_word_without_tenant_index"),
        ("tenants", "0002_customers_policy"),
    ]

    operations = [
        AddIndexWithoutLock(
            model_name="articleword",
            index=models.Index(
                fields=["tenant", "word", "-weight", "-article"], name="knowledge_words_best"
            ),
        ),
        # The new one has the same columns.
        migrations.RemoveIndex(model_name="articleword", name="knowledge_words"),
    ]
