"""Leaving over the API: two weeks to change one's mind, then nothing is left; and accounts never confirmed."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection
from django.test import override_settings
from django.utils import timezone

from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.tests.fixtures import ApiClient
from users.clients import Client
from users.enums import AuditAction, Role
from users.exceptions import AccountIsLeaving
from users.models import AuditEntry, Departure, Profile, RefreshTokenFamily, User
from users.services import LeavingService
from users.signals import account_erasing
from users.tests.factories import PASSWORD, DepartureFactory, MentorFactory, ProfileFactory, UserFactory
from users.tests.logins import as_client_of
from users.tests.logins import logged_in as tokens_of

pytestmark = pytest.mark.django_db(transaction=True)
ME, KEEP, KEEP_LINK, LOGIN = (
    "/api/v1/users/me/",
    "/api/v1/users/me/keep/",
    "/api/v1/auth/keep-account/",
    "/api/v1/auth/login/",
)
BROWSER = {"HTTP_ACCEPT": "text/html"}


@pytest.fixture
def person() -> User:
    person: User = ProfileFactory(is_seeking_mentoring=True).user
    return person


def logged_in(person: User) -> ApiClient:
    return as_client_of(tokens_of(person, client=Client("192.0.2.1")))


def actions_of(person: User) -> list[str]:
    return list(AuditEntry.objects.events().filter(user_id=person.pk).order_by("id").values_list("action", flat=True))


def link_in(message: Any) -> str:
    return str(next(word for word in message.body.split() if "token=" in word))


class TestAsking:
    def test_account_is_due_in_two_weeks_every_session_ends_and_a_mail_leads_back(
        self, person: User, drain_outbox: Callable[[], list[str]]
    ) -> None:
        elsewhere, here = logged_in(person), logged_in(person)

        response = here.delete(ME, {"password": PASSWORD})

        assert response.status_code == 202
        due_at = Departure.objects.get(user=person).due_at
        assert abs(due_at - timezone.now() - timedelta(days=14)) < timedelta(minutes=1)
        assert response.json()["deletion_due_at"] == due_at.isoformat().replace("+00:00", "Z")
        assert not RefreshTokenFamily.objects.filter(user=person, revoked_at=None).exists()
        assert elsewhere.get(ME).status_code == here.get(ME).status_code == 401
        drain_outbox()
        (message,) = mail.outbox
        assert (message.to, message.subject) == ([person.email], "Your account will be erased in two weeks")
        assert KEEP_LINK in link_in(message)
        assert AuditAction.DELETION_ASKED in actions_of(person)

    def test_wrong_password_is_refused_recorded_and_changes_nothing(self, person: User) -> None:
        client = logged_in(person)

        response = client.delete(ME, {"password": "not the one"})

        assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
        assert response.json()["errors"][0] == {
            "field": "password", "code": "wrong_password", "message": "This is not your password.",
        }  # fmt: skip
        assert not Departure.objects.exists()
        assert client.get(ME).status_code == 200
        assert AuditEntry.objects.get(action=AuditAction.LOGIN_FAILED).details["reason"] == "wrong_password_at_deletion"

    def test_password_is_needed(self, person: User) -> None:
        assert logged_in(person).delete(ME, {}).json()["errors"][0]["field"] == "password"

    def test_guesses_are_limited_like_logins(self, person: User) -> None:
        client = logged_in(person)
        statuses = [client.delete(ME, {"password": f"guess {n}"}).status_code for n in range(12)]
        assert statuses == [400] * 10 + [429] * 2

    def test_asked_again_the_day_stays(self, person: User) -> None:
        first = logged_in(person).delete(ME, {"password": PASSWORD}).json()
        assert logged_in(person).delete(ME, {"password": PASSWORD}).json() == first

    def test_mentor_is_in_no_list_while_leaving_and_comes_back_as_they_were(self, person: User) -> None:
        mentor = MentorFactory().user
        reader = logged_in(person)
        assert [each["id"] for each in reader.get("/api/v1/mentors/").json()["results"]] == [str(mentor.pk)]

        logged_in(mentor).delete(ME, {"password": PASSWORD})
        assert reader.get("/api/v1/mentors/").json()["results"] == []
        assert reader.get(f"/api/v1/mentors/{mentor.pk}/").status_code == 404

        assert logged_in(mentor).post(KEEP).status_code == 204
        assert [each["id"] for each in reader.get("/api/v1/mentors/").json()["results"]] == [str(mentor.pk)]

    def test_nobody_comes_back_into_the_lists_by_their_profile(self, person: User) -> None:
        DepartureFactory(user=person)

        response = logged_in(person).patch(ME, {"is_seeking_mentoring": True})

        assert (response.status_code, response.json()["code"]) == (409, AccountIsLeaving.code)
        assert not Profile.objects.get(user=person).is_seeking_mentoring


class TestChangingOnesMind:
    def test_login_says_until_when_and_keeping_brings_everything_back(self, api: Any, person: User) -> None:
        logged_in(person).delete(ME, {"password": PASSWORD})

        answer = api.post(LOGIN, {"email": person.email, "password": PASSWORD}).json()
        assert answer["deletion_due_at"]
        client = logged_in(person)
        assert client.get(ME).json()["deletion_due_at"] == answer["deletion_due_at"]
        assert client.post(KEEP).status_code == client.post(KEEP).status_code == 204

        assert client.get(ME).json()["deletion_due_at"] is None
        assert client.get(ME).json()["is_seeking_mentoring"] is True
        assert api.post(LOGIN, {"email": person.email, "password": PASSWORD}).json()["deletion_due_at"] is None
        assert actions_of(person).count(AuditAction.DELETION_CANCELLED) == 1

    def test_link_shows_a_page_and_keeps_by_its_button_only(self, api: Any, person: User) -> None:
        DepartureFactory(user=person)
        token = parse_qs(urlsplit(LeavingService.keep_link(person)).query)["token"][0]

        shown = api.get(KEEP_LINK, {"token": token}, **BROWSER)
        assert "Keep my account" in shown.content.decode()
        assert Departure.objects.exists()

        pressed = api.post(KEEP_LINK, f"token={token}", content_type="application/x-www-form-urlencoded", **BROWSER)
        assert "Your account stays" in pressed.content.decode()
        assert not Departure.objects.exists()
        assert api.post(KEEP_LINK, {"token": token}).status_code == 204, "harmless to repeat"

    @pytest.mark.parametrize("token", ["", "x", "eyJ1c2VyIjoxfQ:1abc:sig"])
    def test_damaged_link_keeps_nothing(self, api: Any, token: str) -> None:
        DepartureFactory()
        assert api.post(KEEP_LINK, {"token": token}).status_code == 400
        assert Departure.objects.exists()

    def test_link_of_somebody_who_is_gone_says_so(self, api: Any, person: User) -> None:
        token = parse_qs(urlsplit(LeavingService.keep_link(person)).query)["token"][0]
        DepartureFactory(user=person, is_due=True)
        LeavingService().erase(user_id=person.pk)

        response = api.post(KEEP_LINK, {"token": token})
        assert (response.status_code, response.json()["code"]) == (400, "keep_token_invalid")

    def test_other_person_keeps_nobodys_account_but_their_own(self, person: User) -> None:
        departure = DepartureFactory()
        assert logged_in(person).post(KEEP).status_code == 204
        assert Departure.objects.get() == departure


class TestErasing:
    def test_beat_erases_whose_time_is_over_and_nobody_else(
        self, person: User, api: Any, drain_outbox: Callable[[], list[str]]
    ) -> None:
        from skillbridge_backend.core.beat import tick

        DepartureFactory(user=person, is_due=True)
        staying = DepartureFactory().user

        tick("users.erase_due", timezone.now())
        drain_outbox()

        assert not User.objects.filter(pk=person.pk).exists()
        assert User.objects.filter(pk=staying.pk).exists()
        assert api.post(LOGIN, {"email": person.email, "password": PASSWORD}).status_code == 401

    def test_erasure_that_broke_off_in_the_middle_is_done_the_next_time(self, person: User) -> None:
        """The worker dies before the rows: nothing of them is gone, and all of it later."""
        DepartureFactory(user=person, is_due=True)
        asked: list[Any] = []

        def die_once(user_id: Any, **_: Any) -> None:
            asked.append(user_id)
            if len(asked) == 1:
                raise KeyboardInterrupt

        account_erasing.connect(die_once)
        try:
            with pytest.raises(KeyboardInterrupt):
                LeavingService().erase_due()
            assert Profile.objects.filter(user=person).exists()
            assert LeavingService().erase_due() == 1
        finally:
            account_erasing.disconnect(die_once)

        assert asked == [person.pk, person.pk]
        assert not User.objects.filter(pk=person.pk).exists()
        assert LeavingService().erase(user_id=person.pk) is False, "harmless to repeat"

    def test_account_that_is_confirmed_meanwhile_is_not_pruned_and_keeps_nobody_else(self) -> None:
        long_ago = timezone.now() - timedelta(days=9)
        confirming, old = (UserFactory(confirmed=False, created_at=long_ago) for _ in range(2))
        User.objects.update(created_at=long_ago)

        def confirm(user_id: Any, **_: Any) -> None:
            User.objects.filter(pk=confirming.pk).update(email_confirmed_at=timezone.now())

        account_erasing.connect(confirm)
        try:
            assert LeavingService().prune_unverified(older_than_days=7) == 1
        finally:
            account_erasing.disconnect(confirm)

        assert list(User.objects.filter(pk__in=[confirming.pk, old.pk])) == [confirming]

    def test_one_who_cannot_be_erased_keeps_nobody_else_and_is_not_passed_over(self, person: User) -> None:
        DepartureFactory(user=person, is_due=True)
        later = DepartureFactory(is_due=True).user

        def fail(user_id: Any, **_: Any) -> None:
            if user_id == person.pk:
                raise IntegrityError("on purpose")

        account_erasing.connect(fail)
        try:
            with pytest.raises(ExceptionGroup, match="could not be erased"):
                LeavingService().erase_due()
        finally:
            account_erasing.disconnect(fail)

        assert User.objects.filter(pk=person.pk).exists()
        assert not User.objects.filter(pk=later.pk).exists()
        assert LeavingService().erase_due() == 1

    @pytest.mark.parametrize("handle", ["[deleted]", "[skillbridge]"])
    def test_nobody_takes_the_name_of_the_houses_own_accounts(self, person: User, handle: str) -> None:
        with (
            pytest.raises(IntegrityError, match="user_handle_plain"),
            acting_as(person.pk),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE users_user SET handle = %s WHERE id = auth.uid()", [handle])

    def test_address_may_sign_up_again(self, api: Any, person: User) -> None:
        DepartureFactory(user=person, is_due=True)
        LeavingService().erase_due()

        body = {"email": person.email, "password": "a long sentence is best", "display_name": "Again"}
        assert api.post("/api/v1/auth/signup/", body).status_code == 202
        again = User.objects.by_email(person.email).get()
        assert (again.pk != person.pk, again.email_confirmed_at) == (True, None)

    @pytest.mark.parametrize("word", ["[deleted]", "[deleted]@example.org"])
    def test_nobody_logs_in_as_the_ghost(self, api: Any, person: User, word: str) -> None:
        DepartureFactory(user=person, is_due=True)
        LeavingService().erase_due()
        assert api.post(LOGIN, {"email": word, "password": ""}).status_code in {400, 401}
        assert api.post(LOGIN, {"email": word, "password": "!"}).status_code in {400, 401}


class TestUnverified:
    @pytest.fixture
    def people(self) -> dict[str, User]:
        old = timezone.now() - timedelta(days=40)
        people: dict[str, User] = {
            "old": UserFactory(confirmed=False),
            "young": UserFactory(confirmed=False),
            "confirmed": UserFactory(),
        }
        User.objects.filter(pk__in=[people["old"].pk, people["confirmed"].pk]).update(created_at=old)
        return people

    def left(self) -> set[Any]:
        return set(User.objects.filter(is_active=True).values_list("pk", flat=True))

    def test_only_old_and_unconfirmed_accounts_are_pruned(self, people: dict[str, User]) -> None:
        output = StringIO()
        call_command("prune_unverified", "--older-than-days", "30", stdout=output)

        assert output.getvalue() == "1 accounts were erased\n"
        assert self.left() == {people["young"].pk, people["confirmed"].pk}
        call_command("prune_unverified", "--older-than-days", "30", stdout=output)
        assert "0 accounts were erased" in output.getvalue()

    def test_dry_run_counts_and_leaves_them(self, people: dict[str, User]) -> None:
        output = StringIO()
        call_command("prune_unverified", "--older-than-days", "30", "--dry-run", stdout=output)

        assert output.getvalue() == "1 accounts would be erased\n"
        assert len(self.left()) == 3

    def test_batches_come_to_an_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from users.services import leaving

        monkeypatch.setattr(leaving, "BATCH", 2)
        UserFactory.create_batch(5, confirmed=False)
        User.objects.update(created_at=timezone.now() - timedelta(days=9))

        assert LeavingService().prune_unverified(older_than_days=3) == 5

    @pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
    def test_who_runs_the_place_is_not_pruned_and_not_erased(self, right: str) -> None:
        operator = UserFactory(confirmed=False, role=Role.ADMIN, **{right: True})
        User.objects.filter(pk=operator.pk).update(created_at=timezone.now() - timedelta(days=40))

        assert LeavingService().prune_unverified(older_than_days=30) == 0
        with pytest.raises(ProgrammingError, match="nobody asked for it"):
            LeavingService().erase(user_id=operator.pk)

    @pytest.mark.parametrize("days", ["0", "0.5", "-3", "nan"])
    def test_less_than_a_day_is_refused(self, days: str) -> None:
        with pytest.raises(CommandError, match="--older-than-days is 1 or more"):
            call_command("prune_unverified", f"--older-than-days={days}", stdout=StringIO())

    @pytest.mark.parametrize(("setting", "is_pruned"), [(0, False), (30, True)])
    def test_beat_prunes_if_the_setting_says_so(
        self, people: dict[str, User], drain_outbox: Callable[[], list[str]], setting: int, is_pruned: bool
    ) -> None:
        from skillbridge_backend.core.beat import tick

        with override_settings(PRUNE_UNVERIFIED_DAYS=setting):
            tick("users.prune_unverified", timezone.now())
            drain_outbox()

        assert (people["old"].pk not in self.left()) == is_pruned
        assert settings.PRUNE_UNVERIFIED_DAYS == 0, "off by default"
