"""The index of closed accounts was there to leave them out of ranks, which are counted without it now."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0021_leaving_rules"), ("badges", "0017_ranks")]
    operations = [RemoveIndexConcurrently("user", "user_closed")]
