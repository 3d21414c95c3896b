"""Second factors, and the codes for whoever has lost them."""

from django.db import models
from django.db.models import Q

from skillbridge_backend.core.erasure import GONE
from skillbridge_backend.core.fields import EncryptedTextField
from skillbridge_backend.core.models import IdentifiedModel, TimestampedModel
from users.models.people import User
from users.querysets.second_factors import AuthenticatorAppQuerySet, PasskeyQuerySet, RecoveryCodeQuerySet
from users.webauthn import Credential


class AuthenticatorApp(TimestampedModel):
    """The secret that a person's authenticator app makes codes of. Without `confirmed_at` it counts for nothing yet."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator_app", db_comment=GONE)
    secret = EncryptedTextField(help_text="base32")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="when the first code was right")
    last_step = models.BigIntegerField(default=0, help_text="the 30 seconds of the last code that was taken")
    last_used_at = models.DateTimeField(null=True, blank=True)
    objects = AuthenticatorAppQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.user_id)


class Passkey(TimestampedModel):
    """A key that an authenticator of the person holds; we have the public half (`users/webauthn.py`)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys", db_comment=GONE)
    name = models.CharField(max_length=60)
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField(max_length=4096, help_text="COSE key in CBOR")
    aaguid = models.UUIDField(help_text="the make of the authenticator; zeros where it is not told")
    counter = models.BigIntegerField(default=0, help_text="of signatures; 0 for keys that do not count")
    is_synced = models.BooleanField(help_text="may be on several devices of the person")
    last_used_at = models.DateTimeField(null=True, blank=True)
    objects = PasskeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="passkey_name_given"),
            models.CheckConstraint(condition=Q(counter__gte=0), name="passkey_counter_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def credential(self) -> Credential:
        """As `users/webauthn.py` takes it."""
        return Credential(bytes(self.credential_id), bytes(self.public_key), self.aaguid, self.counter, self.is_synced)


class RecoveryCode(IdentifiedModel):
    """A code for whoever has lost the other factors. A person has ten, of which each works once."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="recovery_codes", db_index=False, db_comment=GONE
    )
    code_hash = models.CharField(max_length=200, help_text="Argon2; the codes of one person share their salt")
    used_at = models.DateTimeField(null=True, blank=True)
    objects = RecoveryCodeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.user_id)
