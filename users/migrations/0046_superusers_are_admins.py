"""All rights in the admin go with the role admin alone; who kept them without it loses them."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0045_operators_stay")]
    operations = [
        sql_file("users", "0046_demoted_admins"),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(is_superuser=False) | Q(role="admin"), name="user_superuser_is_admin"
            ),
        ),
    ]
