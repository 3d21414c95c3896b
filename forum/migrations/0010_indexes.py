"""Indexes that others contain, or that nothing uses, go; foreign keys without one get it."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("forum", "0009_nonsense_refused"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="forumpost",
            name="thread_by_category",
        ),
        migrations.AddIndex(
            model_name="forumpost",
            index=models.Index(
                condition=models.Q(("category__isnull", False)),
                fields=["category", "-active_at", "-id"],
                name="thread_of_category",
            ),
        ),
        # Django's, for searches by prefix, which nobody does here; the unique index finds what is equal.
        migrations.RunSQL(
            "DROP INDEX forum_category_slug_50ca1b25_like",
            "CREATE INDEX forum_category_slug_50ca1b25_like ON forum_category (slug varchar_pattern_ops)",
        ),
    ]
