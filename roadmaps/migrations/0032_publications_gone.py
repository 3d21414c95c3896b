"""The gallery shows no roadmap whose publication is gone."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0031_receipts")]
    operations = [sql_file("roadmaps", "0032_publications_gone")]
