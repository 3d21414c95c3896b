"""What lets requests in: logins with their refresh tokens, and the personal tokens of scripts."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from skillbridge_backend.core.erasure import GONE
from skillbridge_backend.core.models import SHA_256, IdentifiedModel
from users.enums import TokenScope
from users.models.people import User
from users.querysets.sessions import PersonalTokenQuerySet, RefreshTokenFamilyQuerySet

LONGEST_TOKEN_LIFE = timedelta(days=365)


class RefreshTokenFamily(IdentifiedModel):
    """A login and the chain of refresh tokens that came of it. Only hashes are stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families", db_comment=GONE)
    current_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token that is valid now")
    rotations = models.PositiveIntegerField(default=0, help_text="number of the token that is valid now")
    recent_rotations = ArrayField(
        models.DateTimeField(), default=list, blank=True, help_text="times within the reuse window, oldest first"
    )
    user_agent = models.CharField(max_length=200, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(help_text="last rotation, at first the login")
    expires_at = models.DateTimeField(help_text="the absolute end, however often it is refreshed")
    revoked_at = models.DateTimeField(null=True, blank=True)
    proved_at = models.DateTimeField(
        null=True, blank=True, help_text="when the person last showed who they are, with all their factors"
    )
    impersonated_by = models.UUIDField(
        null=True, blank=True, help_text="the admin who looks through this person's eyes; such a session only reads"
    )
    objects = RefreshTokenFamilyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "refresh token families"
        constraints = [
            models.CheckConstraint(condition=Q(current_hash__regex=SHA_256), name="family_hash_is_sha_256"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="family_expires_after_login"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%Y-%m-%d}"


class PersonalToken(IdentifiedModel):
    """A token for scripts of its owner's (`users/personal_tokens.py`); of its secret only a hash is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="personal_tokens", db_comment=GONE)
    name = models.CharField(max_length=60, help_text="what it is for, in its owner's words")
    prefix = models.CharField(max_length=10, help_text="how it begins; finds the row")
    token_hash = models.CharField(max_length=64, help_text="HMAC-SHA256 of the whole token (PERSONAL_TOKEN_KEYS)")
    scopes = ArrayField(models.CharField(max_length=30, choices=TokenScope.choices))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="to a minute or so")
    objects = PersonalTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prefix"], name="personal_token_prefix_once"),
            models.CheckConstraint(condition=~Q(name=""), name="personal_token_name_given"),
            models.CheckConstraint(condition=Q(token_hash__regex=SHA_256), name="personal_token_hash_is_sha_256"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=TokenScope.values, scopes__len__gte=1),
                name="personal_token_scopes_known",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at"), expires_at__lte=F("created_at") + LONGEST_TOKEN_LIFE),
                name="personal_token_expires_in_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
