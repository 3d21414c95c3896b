"""Indexes that others contain, or that nothing uses, go; foreign keys without one get it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("badges", "0009_storage"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="award",
            name="badge",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="awards", to="badges.badge"
            ),
        ),
        migrations.AlterField(
            model_name="award",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="awards",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="award",
            index=models.Index(
                condition=models.Q(("revoked_by__isnull", False)), fields=["revoked_by"], name="award_by_revoker"
            ),
        ),
        migrations.AddIndex(
            model_name="pointsentry",
            index=models.Index(
                condition=models.Q(("booked_by__isnull", False)), fields=["booked_by"], name="entry_by_booker"
            ),
        ),
        # Django's, for searches by prefix, which nobody does here; the unique index finds what is equal.
        migrations.RunSQL(
            "DROP INDEX badges_badge_slug_ab8bff0c_like",
            "CREATE INDEX badges_badge_slug_ab8bff0c_like ON badges_badge (slug varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            "DROP INDEX badges_pointsentry_key_99354af1_like",
            "CREATE INDEX badges_pointsentry_key_99354af1_like ON badges_pointsentry (key varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            "DROP INDEX badges_pointsrule_metric_43f1c028_like",
            "CREATE INDEX badges_pointsrule_metric_43f1c028_like ON badges_pointsrule (metric varchar_pattern_ops)",
        ),
    ]
