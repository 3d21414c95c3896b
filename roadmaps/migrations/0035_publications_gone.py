"""The gallery shows no roadmap whose publication is gone."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0029_model_links")]
    operations = [sql_file("roadmaps", "0035_publications_gone")]
