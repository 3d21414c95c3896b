"""The copy of a person's data: no column that names an account is forgotten, and every file has what is theirs."""

import json
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.utils import timezone

from forum.tests.factories import MentionFactory
from skillbridge_backend.core.personal_data import exempt_columns, sections
from tests.policies.world import SECRET, World, build_world
from users.models import Passkey, PersonalToken, User
from users.services import ExportService
from users.services.exports import private_storage
from users.tests.factories import DataExportFactory, PasskeyFactory, PersonalTokenFactory

pytestmark = pytest.mark.django_db
# Nothing of it is the learner's in that world: the learner is no mentor and no admin.
EMPTY = {"mentor_standing", "broadcasts"}


def references() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint AS c"
            " JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.contype = 'f' AND c.confrelid = 'users_user'::regclass"
        )
        return {name for (name,) in cursor.fetchall()}


def test_every_reference_to_an_account_is_in_the_copy_or_exempt_for_a_reason() -> None:
    covered = {column for section in sections() for column in section.columns}
    exempt = exempt_columns()

    assert references() - covered - set(exempt) == set(), "add it to a section or to EXEMPT in <app>/personal_data.py"
    assert (covered | set(exempt)) - references() == set(), "no such column"
    assert covered & set(exempt) == set()
    assert all(exempt.values())


@pytest.fixture
def world() -> World:
    world = build_world()
    MentionFactory(user=world.learner)
    world.learner.refresh_from_db()
    return world


@pytest.fixture
def copy(world: World) -> tuple[World, ZipFile]:
    return world, copied(world.learner)


def copied(person: User) -> ZipFile:
    """What the person is given."""
    job = ExportService().begin(export_id=DataExportFactory(user=person).pk)
    assert job
    ExportService().make(job)
    with private_storage().open(job.file) as file:
        return ZipFile(BytesIO(file.read()))


def test_every_section_holds_what_is_the_persons(copy: tuple[World, ZipFile]) -> None:
    _, archive = copy
    told = {section.name: json.loads(archive.read(f"{section.name}.json")) for section in sections()}

    assert {name for name, rows in told.items() if not rows} == EMPTY
    # What they wrote to themselves and to others is there in full.
    for name in ("profile", "module_notes", "messages"):
        assert SECRET in json.dumps(told[name])


def test_copy_tells_of_keys_and_tokens_what_their_owner_named_and_when_they_were_used(world: World) -> None:
    person = world.learner
    used_at = timezone.now()
    Passkey.objects.filter(user=person).update(name="Green key", last_used_at=used_at)
    PersonalToken.objects.filter(user=person).update(name="Study timer", last_used_at=used_at)
    User.objects.filter(pk=person.pk).update(last_login=used_at)
    PasskeyFactory(user=world.other_learner, name="Key of another")
    PersonalTokenFactory(user=world.other_learner, name="Token of another")

    archive = copied(person)

    (key,), (token,), (account,) = (
        json.loads(archive.read(f"{name}.json")) for name in ("passkeys", "personal_tokens", "account")
    )
    assert (key["name"], datetime.fromisoformat(key["last_used_at"])) == ("Green key", used_at)
    assert (token["name"], datetime.fromisoformat(token["last_used_at"])) == ("Study timer", used_at)
    assert account["own_address"] == person.email
    assert datetime.fromisoformat(account["email_confirmed_at"]) == person.email_confirmed_at
    assert datetime.fromisoformat(account["last_login"]) == used_at


def test_copy_holds_no_secret_and_nothing_of_others(copy: tuple[World, ZipFile]) -> None:
    world, archive = copy
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()

    for stranger in (world.other_learner, world.other_mentor, world.moderator, world.admin):
        assert stranger.email not in whole
    for word in ("webhook_secret", "current_hash", "password", "public_key", "token_hash"):
        assert f'"{word}"' not in whole
