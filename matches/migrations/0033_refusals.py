"""Who refused of late is in no suggestion, as in no round."""

from django.db import migrations

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("matches", "0032_messages_gone")]
    operations = [sql_file("matches", "0033_refusals")]
