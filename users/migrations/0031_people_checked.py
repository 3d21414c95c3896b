"""What is public of a profile is known of the older ones too."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0030_people")]
    operations = [
        ValidateConstraint("profile", "profile_visibility_known"),
        ValidateConstraint("profile", "profile_public_parts_known"),
    ]
