"""The index without traits has nothing that the one with them has not."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0068_found_together")]
    operations = [RemoveIndexConcurrently(model_name="mentorlisting", name="listing_found_by")]
