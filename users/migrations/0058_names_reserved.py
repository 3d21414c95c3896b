"""Handles that read as if the platform itself spoke are for those who run it; whoever else has one gets another.

Left alone they would be what the rule is against. A handle is no login, and what names a person does so by their id.
"""

from uuid import UUID

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from skillbridge_backend.core.sql import sql_file

_RESERVED = (
    r"^(?:"
    r"abuse|accounts?|admins?|administrators?|all|anonymous|api|billing|bot|channel|contact|deleted|"
    r"everybody|everyone|help|helpdesk|here|hostmaster|info|legal|mail|mods?|moderation|moderators?|nobody|"
    r"no[-_]?reply|null|official|operators?|postmaster|privacy|root|security|service|staff|status|"
    r"superuser|support|sysadmin|system|team|undefined|webmaster"
    r")(?:[-_]?(?:team|staff|bot))?[-_0-9]*\Z|skill[-_]*bridge"
)


class Migration(migrations.Migration):
    dependencies = [("users", "0057_names_checked_before")]
    operations = [
        sql_file("users", "0058_names_reserved"),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=~Q(handle__regex=_RESERVED)
                | Q(role__in=["moderator", "admin"])
                | Q(pk__lte=UUID("00000000-0000-7000-8000-0000000000ff")),
                name="user_handle_reserved",
                violation_error_message="This handle is for those who run the platform.",
            ),
        ),
    ]
