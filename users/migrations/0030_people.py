"""Pictures, contacts, and what of a profile is public: nothing, until its owner opens it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file

PARTS = ["picture", "headline", "bio", "country", "languages", "skills", "wanted_skills", "availability"]


class Migration(migrations.Migration):
    dependencies = [("users", "0029_words_for_email_changes")]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="visibility",
            field=models.CharField(
                choices=[
                    ("public", "Anybody, without a login"),
                    ("members", "Whoever is logged in"),
                    ("nobody", "Nobody"),
                ],
                default="nobody",
                help_text="who sees the public profile",
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="profile",
            name="public_parts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("picture", "Picture"),
                        ("headline", "Headline"),
                        ("bio", "What one says about oneself"),
                        ("country", "Country"),
                        ("languages", "Languages"),
                        ("skills", "Skills one has"),
                        ("wanted_skills", "Skills one wants"),
                        ("availability", "When one has time"),
                    ],
                    max_length=13,
                ),
                blank=True,
                default=list,
                help_text="what is on it beside name, handle and role",
                size=None,
            ),
        ),
        AddConstraintNotValid(
            model_name="profile",
            constraint=models.CheckConstraint(
                condition=models.Q(("visibility__in", ["public", "members", "nobody"])),
                name="profile_visibility_known",
            ),
        ),
        AddConstraintNotValid(
            model_name="profile",
            constraint=models.CheckConstraint(
                condition=models.Q(("public_parts__contained_by", PARTS)), name="profile_public_parts_known"
            ),
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(help_text="random: who knows it may fetch the files", max_length=43)),
                (
                    "profile",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="picture", to="users.profile"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("name",), name="picture_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(("name__regex", "^[A-Za-z0-9_-]{43}$")), name="picture_name_random"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="ContactChannel",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("position", models.PositiveSmallIntegerField(help_text="0 to 2, in the order of their owner")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("video", "A room for video calls, or a page to book one"),
                            ("phone", "Telephone"),
                            ("signal", "Signal"),
                            ("telegram", "Telegram"),
                            ("discord", "Discord"),
                            ("matrix", "Matrix"),
                        ],
                        max_length=8,
                    ),
                ),
                ("value", models.CharField(max_length=254)),
                ("is_preferred", models.BooleanField(default=False)),
                (
                    "profile",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="users.profile",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("profile", "position"), name="contact_position_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_preferred", True)), fields=("profile",), name="contact_one_preferred"
                    ),
                    models.CheckConstraint(condition=models.Q(("position__lt", 3)), name="contact_three_at_most"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "email"),
                                (
                                    "value__regex",
                                    (
                                        "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
                                        "@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63})+$"
                                    ),
                                ),
                            ),
                            models.Q(
                                ("kind", "video"),
                                (
                                    "value__regex",
                                    (
                                        "^https://[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?"
                                        "([/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?$"
                                    ),
                                ),
                            ),
                            models.Q(("kind", "phone"), ("value__regex", "^\\+[1-9][0-9]{6,14}$")),
                            models.Q(
                                ("kind", "signal"), ("value__regex", "^[A-Za-z_][A-Za-z0-9_]{2,31}\\.[0-9]{2,9}$")
                            ),
                            models.Q(("kind", "telegram"), ("value__regex", "^@[A-Za-z][A-Za-z0-9_]{4,31}$")),
                            models.Q(("kind", "discord"), ("value__regex", "^[a-z0-9_.]{2,32}$")),
                            models.Q(
                                ("kind", "matrix"),
                                (
                                    "value__regex",
                                    "^@[a-z0-9._=/+-]{1,100}:[A-Za-z0-9.-]{3,100}(:[0-9]{1,5})?$",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="contact_value_fits_kind",
                    ),
                ],
            },
        ),
        sql_file("users", "0030_people"),
    ]
