"""Indexes that others contain, or that nothing uses, go; foreign keys without one get it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0010_nonsense_refused"),
        ("users", "0013_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # With the key's own index Django would drop each index on that column alone, this partial one among them.
        migrations.RemoveConstraint(model_name="generation", name="generation_one_active"),
        migrations.AlterField(
            model_name="generation",
            name="roadmap",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="generations",
                to="roadmaps.roadmap",
            ),
        ),
        migrations.AddConstraint(
            model_name="generation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["queued", "running"])),
                fields=("roadmap",),
                name="generation_one_active",
            ),
        ),
        migrations.AlterField(
            model_name="module",
            name="roadmap",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="modules",
                to="roadmaps.roadmap",
            ),
        ),
        migrations.AlterField(
            model_name="module",
            name="skill",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="modules",
                to="users.skill",
            ),
        ),
        migrations.AlterField(
            model_name="moduleprerequisite",
            name="module",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="requirements",
                to="roadmaps.module",
            ),
        ),
        migrations.AlterField(
            model_name="note",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="module_notes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="ownresource",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="own_resources",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="resource",
            name="skill",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="resources", to="users.skill"
            ),
        ),
        migrations.AlterField(
            model_name="roadmap",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="roadmaps",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
