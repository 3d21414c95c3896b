"""`manage.py ensure_admin_groups`: brings the admin's groups to what `users/admin_groups.py` says."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError

from skillbridge_backend.core.access import acting_as_service
from users.admin_groups import GROUPS, permissions_of


class Command(BaseCommand):
    """Harmless to repeat. Groups of other names, and who is in which, are left alone."""

    help = "Makes the groups support, moderation, catalogue and operations, with exactly their permissions."

    def handle(self, *args: Any, **options: Any) -> None:
        """All or nothing; a permission that there is not is named."""
        with acting_as_service():
            known = {
                (permission.content_type.app_label, permission.codename): permission
                for permission in Permission.objects.select_related("content_type")
            }
            for name in GROUPS:
                wanted = set(permissions_of(name))
                if missing := sorted(".".join(pair) for pair in wanted - known.keys()):
                    raise CommandError(f"there is no permission {', '.join(missing)}; run `manage.py migrate` first")
                group, _ = Group.objects.get_or_create(name=name)
                group.permissions.set([known[pair] for pair in wanted])
                self.stdout.write(f"{name:<12}{len(wanted):>4} permissions")
