"""What is known of each address, and where a resource comes from."""

import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0021_versions_and_copies_kept"),
        ("users", "0040_attendance"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="ownresource",
            name="checked_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="when the address answered last; empty: never", null=True
            ),
        ),
        migrations.AddField(
            model_name="ownresource",
            name="failures",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False, help_text="in a row"),
        ),
        migrations.AddField(
            model_name="ownresource",
            name="final_url",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, help_text="after its redirects", max_length=500
            ),
        ),
        migrations.AddField(
            model_name="ownresource",
            name="last_error",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="ownresource",
            name="next_check_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False
            ),
        ),
        migrations.AddField(
            model_name="ownresource",
            name="state",
            field=models.CharField(
                choices=[
                    ("unverified", "Not checked yet"),
                    ("verified", "Answered when it was checked last"),
                    ("failing", "Did not answer lately"),
                    ("quarantined", "Did not answer three times in a row"),
                ],
                db_default="unverified",
                default="unverified",
                editable=False,
                max_length=11,
            ),
        ),
        migrations.AddField(
            model_name="resource",
            name="failures",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False, help_text="in a row"),
        ),
        migrations.AddField(
            model_name="resource",
            name="final_url",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, help_text="after its redirects", max_length=500
            ),
        ),
        migrations.AddField(
            model_name="resource",
            name="last_error",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="resource",
            name="next_check_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False
            ),
        ),
        migrations.AddField(
            model_name="resource",
            name="source",
            field=models.CharField(
                choices=[("catalogue", "The catalogue"), ("youtube", "YouTube")],
                db_default="catalogue",
                default="catalogue",
                editable=False,
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="resource",
            name="state",
            field=models.CharField(
                choices=[
                    ("unverified", "Not checked yet"),
                    ("verified", "Answered when it was checked last"),
                    ("failing", "Did not answer lately"),
                    ("quarantined", "Did not answer three times in a row"),
                ],
                db_default="unverified",
                default="unverified",
                editable=False,
                max_length=11,
            ),
        ),
        migrations.AlterField(
            model_name="resource",
            name="checked_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="when the address answered last; empty: never", null=True
            ),
        ),
        AddConstraintNotValid(
            "ownresource",
            models.CheckConstraint(
                condition=models.Q(("state__in", ["unverified", "verified", "failing", "quarantined"])),
                name="own_resource_state_known",
            ),
        ),
        AddConstraintNotValid(
            "ownresource",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "verified"), _negated=True), ("checked_at__isnull", False), _connector="OR"
                ),
                name="own_resource_verified_has_answered",
            ),
        ),
        AddConstraintNotValid(
            "ownresource",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("failures__gte", 1), ("state__in", ["failing", "quarantined"])),
                    models.Q(models.Q(("state__in", ["failing", "quarantined"]), _negated=True), ("failures", 0)),
                    _connector="OR",
                ),
                name="own_resource_failures_counted",
            ),
        ),
        AddConstraintNotValid(
            "resource",
            models.CheckConstraint(
                condition=models.Q(("source__in", ["catalogue", "youtube"])), name="resource_source_known"
            ),
        ),
        AddConstraintNotValid(
            "resource",
            models.CheckConstraint(
                condition=models.Q(("state__in", ["unverified", "verified", "failing", "quarantined"])),
                name="resource_state_known",
            ),
        ),
        AddConstraintNotValid(
            "resource",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "verified"), _negated=True), ("checked_at__isnull", False), _connector="OR"
                ),
                name="resource_verified_has_answered",
            ),
        ),
        AddConstraintNotValid(
            "resource",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("failures__gte", 1), ("state__in", ["failing", "quarantined"])),
                    models.Q(models.Q(("state__in", ["failing", "quarantined"]), _negated=True), ("failures", 0)),
                    _connector="OR",
                ),
                name="resource_failures_counted",
            ),
        ),
        sql_file("roadmaps", "0022_checked_links"),
    ]
