"""Connecting repositories and keeping their secrets."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from progress.exceptions import TooManyRepositories
from progress.github import is_repository_name
from progress.models import Repository
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import InvalidInput, NotFound
from skillbridge_backend.core.locks import hold
from users.models import User

MOST_REPOSITORIES = 20
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Connection:
    """A repository with what has to be entered at GitHub; the secret is told this once."""

    repository: Repository
    webhook_url: str
    webhook_secret: str


def webhook_url(repository: Repository) -> str:
    """Where GitHub delivers to."""
    return f"{settings.PUBLIC_URL}/api/v1/webhooks/github/{repository.pk}/"


class RepositoryService:
    """Connections to GitHub repositories."""

    @staticmethod
    def connect_repository(*, actor: User, full_name: str) -> Connection:
        """A new connection with a new secret of 256 random bits.

        Raises InvalidInput for what is no `owner/name`, RepositoryAlreadyConnected (409, whatever the case of the
        letters) and TooManyRepositories (409). Holds the actor's connection lock.
        """
        if not is_repository_name(full_name):
            raise InvalidInput.of("full_name", "Write owner/name as in the repository's address, such as octo/hello.")
        hold(f"progress_repositories:{actor.pk}")
        if Repository.objects.visible_to(actor).count() >= MOST_REPOSITORIES:
            raise TooManyRepositories(f"{MOST_REPOSITORIES} are possible; disconnect one first.")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with database_refusals():
            repository = Repository.objects.create(owner=actor, full_name=full_name, webhook_secret=secret)
        return Connection(repository, webhook_url(repository), secret)

    @staticmethod
    def rotate_secret(*, actor: User, repository_id: UUID) -> Connection:
        """A new secret; the one before it signs for 24 hours more, one before that no longer. Raises NotFound.

        Old secrets are nobody's to read: a function of the database moves the replaced one aside, for whoever the
        transaction acts as.
        """
        secret = secrets.token_urlsafe(SECRET_BYTES)
        stored = Repository._meta.get_field("webhook_secret").get_prep_value(secret)  # noqa: SLF001  # Django's name
        with connection.cursor() as cursor:
            cursor.execute("SELECT private.progress_rotate_secret(%s, %s)", [repository_id, stored])
            row = cursor.fetchone()
        if not (row and row[0]):
            raise NotFound("You have no such repository.")
        repository = Repository.objects.visible_to(actor).without_secrets().get(pk=repository_id)
        return Connection(repository, webhook_url(repository), secret)

    @staticmethod
    def disconnect_repository(*, actor: User, repository_id: UUID) -> None:
        """Deliveries are refused from now on; what was logged stays. Locks the repository; a repeat is NotFound."""
        repository = _own_locked(actor, repository_id)
        repository.disconnected_at = timezone.now()
        repository.save(update_fields=["disconnected_at", "updated_at"])


def _own_locked(actor: User, repository_id: UUID) -> Repository:
    own = Repository.objects.visible_to(actor).without_secrets()
    repository = own.select_for_update().filter(pk=repository_id).first()
    if repository is None:
        raise NotFound("You have no such repository.")
    return repository
