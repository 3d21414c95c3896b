"""The admin's login: address, password, and a second factor, which there is no way around."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from skillbridge_backend.core.errors import DomainError
from users.clients import Client, client_of
from users.detection import Sign, notice
from users.limits import LOG_IN, SECOND_FACTOR, AccountLimits, forgive_first_factor, forgive_login
from users.models import User
from users.services.challenges import Answer, shows_factor


class CodeInput(forms.TextInput):
    """Comes back empty: a code that was sent is used up, or wrong."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Without the value."""
        return super().get_context(name, None, attrs)


TYPED_FIRST = {"autofocus": True, "x-init": "$nextTick(() => $el.focus())"}
"""For a field. The browser's own way fails by chance: unfold's pages are hidden until their script has started."""


def code_field(**attributes: Any) -> forms.CharField:
    """A code of the authenticator app or a recovery code. The latter has letters: no keyboard of digits alone."""
    told = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(
        max_length=20,
        label="Code",
        help_text="of your authenticator app, or a recovery code",
        widget=CodeInput(attrs={**told, "class": " ".join(BASE_INPUT_CLASSES), **attributes}),
    )


def answer_in(text: str) -> Answer:
    """What was typed into that field: a code where it is digits."""
    given = text.replace(" ", "")
    return Answer(code=given) if given.isdigit() else Answer(recovery_code=given)


class SecondFactorLoginForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no types
    """Asks for a code of the authenticator app or a recovery code; passkeys are for the API's clients.

    Who has no second factor yet makes one in an application, or with `manage.py enrol_second_factor`.
    """

    code = code_field()
    field_order = ("username", "password", "code")

    def clean(self) -> Any:
        """Counted as any other login, before a password is looked at. Raises ValidationError at a limit."""
        account = str(self.cleaned_data.get("username") or "").strip().lower()
        client = self._client()
        _count(LOG_IN, account, client)
        try:
            cleaned = super().clean()
        except forms.ValidationError:
            notice(Sign.FAILED_LOGINS, account, client)
            raise
        forgive_login(cast(User, self.get_user()), client, counted=SECOND_FACTOR)
        return cleaned

    def confirm_login_allowed(self, user: Any) -> None:
        """Raises ValidationError unless the code is right; called when the password was. Uses the code up.

        Counted with what is tried over the API, or each would be a further way to guess.
        """
        super().confirm_login_allowed(user)
        client = self._client()
        forgive_first_factor(client)
        _count(SECOND_FACTOR, str(user.pk), client)
        if not isinstance(user, User) or not self._shows_factor(user, client):
            # As for a wrong password: which of the two it was is not said.
            raise self.get_invalid_login_error()

    def _client(self) -> Client:
        request: HttpRequest | None = self.request
        return client_of(request) if request else Client()

    def _shows_factor(self, user: User, client: Client) -> bool:
        return shows_factor(user, answer_in(str(self.cleaned_data.get("code", ""))), client)


def _count(limits: AccountLimits, account: str, client: Client) -> None:
    """Raises ValidationError at a limit, and without Redis."""
    try:
        limits.count(account, client)
    except DomainError as refusal:
        raise forms.ValidationError(f"{refusal.title}. {refusal.detail}", code=refusal.code) from refusal
