"""Dead letters are seen, replayed and dropped, by command and in the admin; what they were is never lost."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from skillbridge_backend.core import dead_letters, outbox
from skillbridge_backend.core.dead_letters import give_up, on_given_up
from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.models import DeadLetterFate, InboxReceipt, OutboxMessage
from users.enums import Role
from users.models import User

pytestmark = pytest.mark.django_db
ERROR = "DoesNotExist: there is no such row\nand a second line"


def dead_letter(topic: str = "core.prune", error: str = ERROR) -> UUID:
    message_id = outbox.publish(topic, payload={})
    outbox.record_failure(message_id, attempts=outbox.MOST_ATTEMPTS, error=error)
    OutboxMessage.objects.filter(pk=message_id).update(attempts=outbox.MOST_ATTEMPTS)
    return message_id


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """`run("list")`: what the command prints."""

    def call(*words: object) -> str:
        call_command("dead_letters", *map(str, words))
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('role')")
            assert cursor.fetchone() == ("none",)
        return capsys.readouterr().out

    return call


def test_list_shows_what_failed_and_why(run: Callable[..., str]) -> None:
    letter, other = dead_letter(), dead_letter("matches.expire_requests")
    outbox.publish("core.prune", payload={})

    shown = run("list")
    assert str(letter) in shown
    assert "after 5 attempts: DoesNotExist: there is no such row" in shown
    assert "second line" not in shown
    assert shown.endswith("2 dead letters\n")
    assert str(other) not in run("list", "--topic", "core.prune")


def test_list_as_json_has_all_of_it(run: Callable[..., str]) -> None:
    letter = dead_letter()
    (row,) = json.loads(run("list", "--json"))
    assert (row["id"], row["topic"], row["attempts"], row["last_error"]) == (str(letter), "core.prune", 5, ERROR)


def test_list_of_none_says_so(run: Callable[..., str]) -> None:
    assert run("list") == "0 dead letters\n"


def test_replayed_letter_gets_new_attempts_and_its_effect(
    run: Callable[..., str], drain_outbox: Callable[[], list[str]]
) -> None:
    letter = dead_letter()

    assert run("replay", letter) == "1 replayed\n"

    message = OutboxMessage.objects.get(pk=letter)
    assert (message.dead_at, message.attempts, message.last_error) == (None, 0, ERROR)
    assert drain_outbox() == ["core.prune"]
    assert InboxReceipt.objects.filter(pk=letter).exists()
    fate = DeadLetterFate.objects.get(message_id=letter)
    assert (fate.action, fate.attempts, fate.last_error) == ("replayed", 5, ERROR)
    assert fate.decided_by.startswith("manage.py, ")


def test_letter_that_dies_again_is_a_dead_letter_again(run: Callable[..., str]) -> None:
    letter = dead_letter()
    run("replay", "--all")
    outbox.record_failure(letter, attempts=outbox.MOST_ATTEMPTS, error="again")
    run("replay", "--all")
    errors = DeadLetterFate.objects.filter(message_id=letter).order_by("id").values_list("last_error", flat=True)
    assert list(errors) == [ERROR, "again"]


def test_replay_by_topic_leaves_the_others(run: Callable[..., str]) -> None:
    dead_letter()
    other = dead_letter("matches.expire_requests")
    assert json.loads(run("replay", "--topic", "core.prune", "--json")) == {"replayed": 1}
    assert OutboxMessage.objects.filter(dead_at__isnull=False).get().pk == other


def test_dropped_letter_is_kept_as_its_fate_only(run: Callable[..., str]) -> None:
    letter, kept = dead_letter(), dead_letter()
    assert run("drop", letter) == "1 dropped\n"
    assert list(OutboxMessage.objects.values_list("pk", flat=True)) == [kept]
    fate = DeadLetterFate.objects.get()
    assert (fate.message_id, fate.action, fate.topic, fate.last_error) == (letter, "dropped", "core.prune", ERROR)


def test_dropping_more_than_named_ones_wants_a_yes(run: Callable[..., str]) -> None:
    dead_letter()
    with pytest.raises(CommandError, match="add --yes"):
        run("drop", "--all")
    assert OutboxMessage.objects.exists()
    assert run("drop", "--all", "--yes") == "1 dropped\n"


@pytest.mark.parametrize("verb", ["replay", "drop"])
def test_unknown_id_is_named_and_nothing_is_done(run: Callable[..., str], verb: str) -> None:
    letter, waiting, unknown = dead_letter(), outbox.publish("core.prune", payload={}), new_id()
    with pytest.raises(CommandError, match="nothing was done") as failure:
        run(verb, letter, waiting, unknown)
    assert str(letter) not in str(failure.value)
    assert str(waiting) in str(failure.value)
    assert str(unknown) in str(failure.value)
    assert OutboxMessage.objects.filter(dead_at__isnull=False).count() == 1
    assert not DeadLetterFate.objects.exists()


@pytest.mark.parametrize(
    "words", [("replay",), ("drop",), ("replay", "--all", "--topic", "x"), ("replay", "not-an-id")]
)
def test_command_without_a_clear_choice_is_refused(run: Callable[..., str], words: tuple[str, ...]) -> None:
    dead_letter()
    with pytest.raises(CommandError):
        run(*words)
    assert OutboxMessage.objects.filter(dead_at__isnull=False).exists()


@pytest.mark.parametrize("statement", ["UPDATE {} SET decided_by = ''", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_was_decided_is_changed_by_nobody(run: Callable[..., str], statement: str) -> None:
    run("drop", dead_letter())
    for role in ("service_role", "sb_admin", "sb_worker", "sb_definer"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")
            with pytest.raises(ProgrammingError, match="permission denied"):
                cursor.execute(statement.format("core_dead_letter_fate"))
            transaction.set_rollback(True)


# --- the admin ------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser_of(settings: LazySettings) -> Callable[..., Browser]:
    """`browser_of("view_deadletter")`: a browser of a staff member with these permissions of core."""
    settings.ROOT_URLCONF = "skillbridge_backend.urls_admin"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

    def build(*permissions: str) -> Browser:
        person = User.objects.create(
            email="staff@skillbridge.test", handle="staff", display_name="Staff", role=Role.ADMIN, is_staff=True
        )
        person.user_permissions.set(Permission.objects.filter(content_type__app_label="core", codename__in=permissions))
        assert person.user_permissions.count() == len(permissions)
        browser = Browser()
        browser.force_login(person)
        return browser

    return build


LETTERS = "admin:core_deadletter_changelist"


def act(browser: Browser, action: str, *letters: UUID) -> Any:
    return browser.post(reverse(LETTERS), {"action": action, "_selected_action": [str(one) for one in letters]})


def test_pages_show_the_dead_and_their_fates_and_nothing_else(browser_of: Callable[..., Browser]) -> None:
    letter, waiting = dead_letter(), outbox.publish("core.prune", payload={"waits": 1})
    browser = browser_of("view_deadletter", "view_deadletterfate", "change_deadletter")
    listed = browser.get(reverse(LETTERS), {"topic": "core.prune"}).content.decode()
    assert str(letter) in listed
    assert str(waiting) not in listed
    page = browser.get(reverse("admin:core_deadletter_change", args=[letter])).content.decode()
    assert "there is no such row" in page
    assert browser.get(reverse("admin:core_deadletter_change", args=[waiting])).status_code == 302
    act(browser, "replay", letter)
    assert str(letter) in browser.get(reverse("admin:core_deadletterfate_changelist")).content.decode()


def test_actions_are_for_those_who_have_their_permission(browser_of: Callable[..., Browser]) -> None:
    first, second = dead_letter(), dead_letter()
    browser = browser_of("view_deadletter", "change_deadletter")

    act(browser, "drop", first)
    assert OutboxMessage.objects.filter(dead_at__isnull=False).count() == 2
    act(browser, "replay", first)
    assert OutboxMessage.objects.get(dead_at__isnull=True).pk == first

    fate = DeadLetterFate.objects.get()
    assert (fate.message_id, fate.decided_by.startswith("admin, ")) == (first, True)
    assert second == OutboxMessage.objects.get(dead_at__isnull=False).pk


def test_drop_in_the_admin_keeps_the_record(browser_of: Callable[..., Browser]) -> None:
    letter = dead_letter()
    act(browser_of("view_deadletter", "delete_deadletter"), "drop", letter)
    assert not OutboxMessage.objects.exists()
    assert DeadLetterFate.objects.get().action == "dropped"


def test_staff_without_permission_see_nothing(browser_of: Callable[..., Browser]) -> None:
    dead_letter()
    assert browser_of().get(reverse(LETTERS)).status_code == 403


def test_every_job_that_can_be_opened_again_is_ended_when_it_is_given_up() -> None:
    assert set(dead_letters._openings) <= set(dead_letters._endings)


@pytest.mark.parametrize(("error", "is_dead"), [(OperationalError("away"), False), (ValueError("a defect"), True)])
def test_message_and_job_end_together_but_for_a_defect_in_the_ending(
    error: Exception, is_dead: bool, request: pytest.FixtureRequest
) -> None:
    def ending(**_: object) -> None:
        raise error

    topic = f"tests.{request.node.name}"
    on_given_up(topic)(ending)
    message_id = outbox.publish(topic, payload={})

    try:
        give_up(message_id, topic=topic, payload={}, attempts=outbox.MOST_ATTEMPTS, error="no")
    except OperationalError:
        assert not is_dead

    assert (OutboxMessage.objects.get(pk=message_id).dead_at is not None) == is_dead
