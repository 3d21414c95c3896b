"""Sets, serves and removes profile pictures: a name in the database, two files in the private storage (`pictures.py`).

The name is random and the only key to the files; a new picture has a new name. Files are written before the row that
names them, and removed by a worker after the row is gone (`sql/0030_people.sql` leaves word). What a crash leaves
behind in between is found by `remove_unnamed`.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from skillbridge_backend.core.access import acting_as, acting_as_service
from skillbridge_backend.core.errors import BodyTooLarge, FieldError, InvalidInput, NotFound, ServiceUnavailable
from users.models import Picture, Profile, User
from users.pictures import SIDES, renditions
from users.services.exports import private_storage

_FOLDER = "pictures"
_NAMES_AT_A_TIME = 500
_TURN = threading.Lock()
"""A picture takes up to 250 MB while it is made, so each process makes one at a time."""
_LONGEST_WAIT_SECONDS = 10.0
YOUNGEST_UNNAMED = timedelta(days=1)
"""Files that no row names are left alone for so long: their row may be on its way."""


class PictureService:
    """Pictures of people."""

    def replace(self, actor: User, *, file: IO[bytes], size: int) -> dict[str, str]:
        """Make this the actor's picture and return where it is, by size (`links`). Outside of any transaction.

        Raises BodyTooLarge and InvalidInput, both naming `picture`, and ServiceUnavailable; nothing is kept then.
        """
        if size > settings.PICTURE_MAX_BYTES:
            message = f"Send a picture of at most {settings.PICTURE_MAX_BYTES // 1024 // 1024} MB."
            raise BodyTooLarge(message, errors=[FieldError("picture", "picture_too_large", message)])
        if not size:
            raise InvalidInput.of("picture", "The file is empty; send a picture.", code="empty")
        files = _made(file.read())
        name = secrets.token_urlsafe(32)
        # Before the row that names them. When that fails nobody knows whether it was committed, so they stay, and
        # `remove_unnamed` takes away what no row names.
        for which, content in files.items():
            private_storage().save(_path(name, which), ContentFile(content))
        with acting_as(actor.pk, user_role=actor.role):
            profile = self._locked_profile(actor)
            Picture.objects.update_or_create(profile=profile, defaults={"name": name})
            profile.save(update_fields=["updated_at"])
        return self.links(name)

    def remove(self, actor: User) -> None:
        """The actor has no picture any more. Harmless to repeat."""
        with acting_as(actor.pk, user_role=actor.role):
            profile = self._locked_profile(actor)
            if Picture.objects.filter(profile=profile).delete()[0]:
                profile.save(update_fields=["updated_at"])

    def open(self, *, name: str, which: str) -> IO[bytes]:
        """A file, for whoever knows the name. Raises NotFound. Asks no database."""
        try:
            return private_storage().open(_path(name, which))
        except FileNotFoundError as error:
            raise NotFound from error

    @staticmethod
    def links(name: str) -> dict[str, str]:
        """Where the files of this name are fetched, by size."""
        return {which: f"{settings.PUBLIC_URL}/api/v1/pictures/{name}/{which}/" for which in SIDES}

    def remove_files(self, *, name: str) -> None:
        """Remove the files of a name that no profile has any more. Harmless to repeat."""
        with acting_as_service():
            if Picture.objects.all().with_names([name]):
                return
        self._remove(name)

    def remove_unnamed(self) -> int:
        """Remove files that no profile names, such as those of a request that died; returns how many names."""
        removed = 0
        old = self._old_names()
        while names := set(islice(old, _NAMES_AT_A_TIME)):
            with acting_as_service():
                named = Picture.objects.all().with_names(names)
            for name in names - named:
                self._remove(name)
                removed += 1
        return removed

    def _locked_profile(self, actor: User) -> Profile:
        Profile.objects.get_or_create(user=actor)
        return Profile.objects.select_for_update().get(user=actor)

    def _old_names(self) -> Iterator[str]:
        limit = timezone.now() - YOUNGEST_UNNAMED
        with suppress(FileNotFoundError):  # no picture yet, no folder either
            for file in private_storage().listdir(_FOLDER)[1]:
                if private_storage().get_modified_time(f"{_FOLDER}/{file}") < limit:
                    yield file.partition(".")[0]

    def _remove(self, name: str) -> None:
        for which in SIDES:
            private_storage().delete(_path(name, which))


def _made(content: bytes) -> dict[str, bytes]:
    """The files of the picture, when it is this request's turn. Raises ServiceUnavailable after a while."""
    if not _TURN.acquire(timeout=_LONGEST_WAIT_SECONDS):
        raise ServiceUnavailable("Too many pictures at once; try again.", headers={"Retry-After": "5"})
    try:
        return renditions(content)
    finally:
        _TURN.release()


def picture_links(profile: Any) -> dict[str, str] | None:
    """Where a profile's picture is fetched, None where it has none; `with_details` reads it along."""
    picture: Picture | None = getattr(profile, "picture", None)
    return PictureService.links(picture.name) if picture else None


def picture_files(person: UUID) -> dict[str, str]:
    """For the copy of somebody's data: the files of their picture, by the name that they have there."""
    picture: Picture | None = Picture.objects.filter(profile__user_id=person).first()
    return {f"picture.{which}.webp": _path(picture.name, which) for which in SIDES} if picture else {}


def _path(name: str, which: str) -> str:
    return f"{_FOLDER}/{name}.{which}.webp"
