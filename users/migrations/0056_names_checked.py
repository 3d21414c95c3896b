"""Handles and names have the form that the API asks for, whoever writes them; older ones by the next."""

from uuid import UUID

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("users", "0055_keys_stay")]
    operations = [
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(handle__regex=r"^[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?\Z")
                | Q(pk__lte=UUID("00000000-0000-7000-8000-0000000000ff")),
                name="user_handle_plain",
            ),
        ),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(
                    display_name__regex=r"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]*\Z"
                ),
                name="user_display_name_one_line",
            ),
        ),
    ]
