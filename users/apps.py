"""The users app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """People, their profiles and the skill catalogue."""

    name = "users"
    verbose_name = "People and skills"
