"""The core app: outbox, inbox, idempotency records, the middleware and the commands that belong to no app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Core has tables of its own (outbox, inbox, idempotency records), so it is an app too."""

    name = "skillbridge_backend.core"
    label = "core"
