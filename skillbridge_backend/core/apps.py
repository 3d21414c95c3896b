"""The core app: outbox, inbox, idempotency records, the middleware and the commands that belong to no app."""

from django.apps import AppConfig
from django.db.models.signals import pre_migrate

from skillbridge_backend.core.migrating import prepare_connection


class CoreConfig(AppConfig):
    """Core has tables of its own (outbox, inbox, idempotency records), so it is an app too."""

    name = "skillbridge_backend.core"
    label = "core"

    def ready(self) -> None:
        """Once a run of `migrate`, not once an app."""
        pre_migrate.connect(prepare_connection, sender=self)
