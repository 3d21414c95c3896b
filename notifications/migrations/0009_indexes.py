"""Django's index for searches by prefix, which nobody does here, goes; the unique one finds what is equal."""

from django.db import migrations

INDEX = "notifications_notification_uniqueness_key_440ce2d7_like"


class Migration(migrations.Migration):
    dependencies = [("notifications", "0008_nonsense_refused")]
    operations = [
        migrations.RunSQL(
            f"DROP INDEX {INDEX}",
            f"CREATE INDEX {INDEX} ON notifications_notification (uniqueness_key varchar_pattern_ops)",
        )
    ]
