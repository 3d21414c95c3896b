"""Shapes of sign-up, login and refresh."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from users.enums import RefreshTransport, Role
from users.models import User
from users.models.people import ONE_LINE

HANDLE_RULE = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9_-]{1,38}[a-z0-9])\Z",
    "Write 3 to 40 lower-case letters, digits, dashes or underscores; the first and the last a letter or digit.",
)

one_line = RegexValidator(
    ONE_LINE + r"\Z",
    "Write one line, without control characters.",
    code="not_one_line",
)


class PasswordField(serializers.CharField):
    """A password: every character counts, none is trimmed, and it is never shown."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=256, trim_whitespace=False, write_only=True, style={"input_type": "password"}, **kwargs
        )


class SignUpSerializer(serializers.Serializer[Any]):
    """A new account."""

    email = serializers.EmailField(max_length=254)
    password = PasswordField(help_text="at least 15 characters")
    display_name = serializers.CharField(max_length=80, validators=[one_line])


class AcceptedSerializer(serializers.Serializer[Any]):
    """What happens next."""

    detail = serializers.CharField()


class EmailSerializer(serializers.Serializer[Any]):
    """An address."""

    email = serializers.EmailField(max_length=254)


class ConfirmationSerializer(serializers.Serializer[Any]):
    """The token from the link in the mail."""

    token = serializers.CharField(max_length=1000)


class EmailConfirmationSerializer(ConfirmationSerializer):
    """The token from the link in the mail, and the password that the account was opened with."""

    password = PasswordField(
        required=False,
        allow_blank=True,
        help_text="Ask for it and send it: whoever reads the mailbox may not be who signed up. Left out by clients of"
        " before, who confirm the password unseen.",
    )


class PasswordResetSerializer(serializers.Serializer[Any]):
    """The token from the link in the mail, and the password to have from now on."""

    token = serializers.CharField(max_length=200)
    password = PasswordField(help_text="at least 15 characters")


class PasswordChangeSerializer(serializers.Serializer[Any]):
    """The password that one has and the one to have from now on."""

    current_password = PasswordField()
    password = PasswordField(help_text="at least 15 characters")


class LoginSerializer(serializers.Serializer[Any]):
    """Credentials."""

    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    refresh_in = serializers.ChoiceField(
        choices=RefreshTransport.choices,
        default=RefreshTransport.BODY,
        help_text="`cookie` for browsers: the refresh token is then in no answer, and no script can read it",
    )


class LoginCodeAskedSerializer(serializers.Serializer[Any]):
    """What to send along with the code, and for how many seconds it counts."""

    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()


class LoginCodeSerializer(serializers.Serializer[Any]):
    """A code from an e-mail."""

    ticket = serializers.CharField(max_length=300)
    code = serializers.CharField(max_length=20, help_text="eight digits; spaces do not matter")
    refresh_in = serializers.ChoiceField(choices=RefreshTransport.choices, default=RefreshTransport.BODY)

    def validate_code(self, code: str) -> str:
        """The digits alone."""
        return code.replace(" ", "")


class RefreshSerializer(serializers.Serializer[Any]):
    """A refresh token; left out by browsers whose cookie has it."""

    refresh = serializers.CharField(max_length=200, required=False)


class AccountSerializer(serializers.ModelSerializer[User]):
    """Who is logged in."""

    role = serializers.ChoiceField(choices=Role.choices, read_only=True)

    class Meta:
        model = User
        fields = ["id", "email", "handle", "display_name", "role", "email_confirmed_at"]
        read_only_fields = fields


class CsrfTokenSerializer(serializers.Serializer[Any]):
    """What a browser sends in the header X-CSRFToken beside its cookie."""

    csrf_token = serializers.CharField()


class TokensSerializer(serializers.Serializer[Any]):
    """An access token with its lifetime in seconds, the refresh token for the next one, and whose they are."""

    access = serializers.CharField()
    refresh = serializers.CharField(allow_null=True, help_text="null where a cookie holds it")
    expires_in = serializers.IntegerField()
    user = AccountSerializer()
    deletion_due_at = serializers.DateTimeField(
        allow_null=True,
        help_text="at a login to an account that is about to be erased: when. Keep it by `POST /users/me/keep/`",
    )
