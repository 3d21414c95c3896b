"""The forum app."""

from django.apps import AppConfig


class ForumConfig(AppConfig):
    """Helping each other: categories, threads, replies, votes, solutions, reports."""

    name = "forum"
    verbose_name = "Forum"
