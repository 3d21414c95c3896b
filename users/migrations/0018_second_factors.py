"""Authenticator apps, passkeys, recovery codes, and the challenges that wait for one of them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import skillbridge_backend.core.fields
import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0017_own_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuthenticatorApp",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("secret", skillbridge_backend.core.fields.EncryptedTextField(help_text="base32")),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, help_text="when the first code was right", null=True),
                ),
                (
                    "last_step",
                    models.BigIntegerField(default=0, help_text="the 30 seconds of the last code that was taken"),
                ),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="authenticator_app",
                        db_comment="At erasure: gone",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Challenge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("login", "Second step of a login"),
                            ("passkey_login", "Login with a passkey alone"),
                            ("passkey_registration", "A new passkey"),
                            ("step_up", "Proof before something dangerous"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "login_method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("password", "Password"),
                            ("email_code", "Code by e-mail"),
                            ("social", "Another provider"),
                            ("passkey", "Passkey"),
                        ],
                        help_text="the first factor",
                        max_length=20,
                    ),
                ),
                (
                    "webauthn_challenge",
                    models.CharField(help_text="what a passkey has to sign, in base64url", max_length=100),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("expires_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        help_text="who is asked; anybody",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="challenges",
                        db_comment="At erasure: gone",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purpose__in", ["login", "passkey_login", "passkey_registration", "step_up"])
                        ),
                        name="challenge_purpose_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("login_method__in", ["", "password", "email_code", "social", "passkey"])),
                        name="challenge_login_method_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("attempts__lte", 5)), name="challenge_attempts_to_5"),
                ]
            },
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=60)),
                ("credential_id", models.BinaryField(max_length=1023, unique=True)),
                ("public_key", models.BinaryField(help_text="COSE key in CBOR", max_length=4096)),
                ("aaguid", models.UUIDField(help_text="the make of the authenticator; zeros where it is not told")),
                ("counter", models.BigIntegerField(default=0, help_text="of signatures; 0 for keys that do not count")),
                ("is_synced", models.BooleanField(help_text="may be on several devices of the person")),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passkeys",
                        db_comment="At erasure: gone",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="passkey_name_given"),
                    models.CheckConstraint(
                        condition=models.Q(("counter__gte", 0)), name="passkey_counter_not_negative"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "code_hash",
                    models.CharField(help_text="Argon2; the codes of one person share their salt", max_length=200),
                ),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        db_comment="At erasure: gone",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("user", "code_hash"), name="recovery_code_once")]},
        ),
        migrations.AddField(
            model_name="refreshtokenfamily",
            name="proved_at",
            field=models.DateTimeField(
                blank=True, help_text="when the person last showed who they are, with all their factors", null=True
            ),
        ),
        migrations.AddField(
            model_name="refreshtokenfamily",
            name="impersonated_by",
            field=models.UUIDField(
                blank=True,
                help_text="the admin who looks through this person's eyes; such a session only reads",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="has_short_password",
            field=models.BooleanField(
                db_default=False, default=False, help_text="long enough only as long as there is a second factor"
            ),
        ),
        sql_file("users", "0018_second_factors"),
    ]
