"""Indexes that others contain, or that nothing uses, go; foreign keys without one get it."""

import django.db.models.deletion
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models.functions import Cast


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0012_storage"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="profileskill",
            name="profile_skill_by_skill",
        ),
        migrations.AlterField(
            model_name="availabilityslot",
            name="profile",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="availability",
                to="users.profile",
            ),
        ),
        migrations.AlterField(
            model_name="profileskill",
            name="profile",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="skills", to="users.profile"
            ),
        ),
        migrations.AlterField(
            model_name="profileskill",
            name="skill",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="known_by", to="users.skill"
            ),
        ),
        migrations.AlterField(
            model_name="skillprerequisite",
            name="skill",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="requirements",
                to="users.skill",
            ),
        ),
        migrations.AlterField(
            model_name="trackskill",
            name="track",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="track_skills",
                to="users.track",
            ),
        ),
        migrations.AlterField(
            model_name="wantedskill",
            name="profile",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="wanted_skills",
                to="users.profile",
            ),
        ),
        migrations.AddIndex(
            model_name="profileskill",
            index=models.Index(fields=["skill", "profile"], include=("level",), name="profile_skill_of_skill"),
        ),
        # Of two thousand aliases the planner reads all, in 2 ms.
        migrations.RemoveIndex(model_name="skillalias", name="skill_alias_similar"),
        migrations.RemoveIndex(model_name="auditentry", name="audit_by_row"),
        migrations.AddIndex(
            model_name="auditentry",
            index=GinIndex(
                models.Func(
                    Cast("user_id", models.TextField()),
                    Cast("actor_id", models.TextField()),
                    "row_id",
                    "request_id",
                    output_field=ArrayField(base_field=models.TextField()),
                    template="(ARRAY[%(expressions)s]::text[])",
                ),
                name="audit_about",
            ),
        ),
        # Django's, for searches by prefix, which nobody does here; the unique index finds what is equal.
        migrations.RunSQL(
            "DROP INDEX users_refreshtokenfamily_current_hash_ec6f6176_like",
            "CREATE INDEX users_refreshtokenfamily_current_hash_ec6f6176_like ON users_refreshtokenfamily (current_hash varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            "DROP INDEX users_skill_slug_c2d6acea_like",
            "CREATE INDEX users_skill_slug_c2d6acea_like ON users_skill (slug varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            "DROP INDEX users_skillsuggestion_normalised_5e24ec06_like",
            "CREATE INDEX users_skillsuggestion_normalised_5e24ec06_like ON users_skillsuggestion (normalised varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            "DROP INDEX users_track_slug_2e71449a_like",
            "CREATE INDEX users_track_slug_2e71449a_like ON users_track (slug varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            "DROP INDEX users_user_email_243f6e77_like",
            "CREATE INDEX users_user_email_243f6e77_like ON users_user (email varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            "DROP INDEX users_user_handle_edbc7da5_like",
            "CREATE INDEX users_user_handle_edbc7da5_like ON users_user (handle varchar_pattern_ops)",
        ),
    ]
