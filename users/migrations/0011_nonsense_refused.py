"""Checks for what the API refused and the database let pass."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("users", "0010_hidden_columns"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="profile",
            constraint=models.CheckConstraint(
                condition=models.Q(("bio__length__lte", 4000)), name="profile_bio_length"
            ),
        ),
        migrations.AddConstraint(
            model_name="profile",
            constraint=models.CheckConstraint(
                condition=models.Q(("country__regex", "^([A-Z]{2})?$")), name="profile_country_two_letters"
            ),
        ),
        migrations.AddConstraint(
            model_name="profile",
            constraint=models.CheckConstraint(
                condition=models.Q(("time_zone", ""), _negated=True), name="profile_time_zone_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="profile",
            constraint=models.CheckConstraint(
                condition=models.Q(("languages__len__lte", 20)), name="profile_languages_to_20"
            ),
        ),
        migrations.AddConstraint(
            model_name="refreshtokenfamily",
            constraint=models.CheckConstraint(
                condition=models.Q(("current_hash__regex", "^[0-9a-f]{64}$")), name="family_hash_is_sha_256"
            ),
        ),
        migrations.AddConstraint(
            model_name="refreshtokenfamily",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("created_at"))), name="family_expires_after_login"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("display_name", ""), _negated=True), name="user_display_name_given"
            ),
        ),
    ]
