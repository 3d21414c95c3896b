"""The indexes of everybody with points, which nothing reads any more."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("badges", "0017_ranks")]
    operations = [
        RemoveIndexConcurrently("metrictotal", "rank_by_points"),
        RemoveIndexConcurrently("metrictotal", "rank_by_week"),
        RemoveIndexConcurrently("metrictotal", "rank_by_month"),
    ]
