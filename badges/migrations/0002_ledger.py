"""Rights on the tables of this app, `private.book`, and the triggers from ledger to totals to awards to notification."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """Other apps' triggers depend on this one by name."""

    dependencies = [
        ("badges", "0001_badges_ledger_and_totals"),
        ("notifications", "0002_notify"),
        ("roadmaps", "0001_roadmaps_modules_and_jobs"),
        ("users", "0001_people_and_skills"),
    ]
    operations = [sql_file("badges", "0001_grants"), sql_file("badges", "0002_ledger")]
