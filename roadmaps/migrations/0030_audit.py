"""Publications, share links and the catalogue's resources are in the audit trail."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0029_model_links"), ("users", "0055_keys_stay")]
    operations = [sql_file("roadmaps", "0030_audit")]
