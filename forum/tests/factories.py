"""Threads, replies, votes and reports for tests, written by the service where the rules matter."""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from forum.models import Category, ForumPost, Mention, Report, Sanction, Subscription, Vote
from forum.rendering import render
from users.tests.factories import UserFactory


class CategoryFactory(DjangoModelFactory[Category]):
    """A category."""

    class Meta:
        model = Category

    slug = factory.Sequence(lambda n: f"category-{n}")
    name = factory.Sequence(lambda n: f"Category {n}")
    position = factory.Sequence(lambda n: n % 1000)


class ThreadFactory(DjangoModelFactory[ForumPost]):
    """A question."""

    class Meta:
        model = ForumPost

    category = factory.SubFactory(CategoryFactory)
    author = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"How does thing {n} work?")
    body_markdown = "I tried **everything**."
    body_html = factory.LazyAttribute(lambda post: render(post.body_markdown))

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        post = super()._create(model_class, *args, **kwargs)
        post.refresh_from_db()  # depth is set by a trigger
        return post


class ReplyFactory(ThreadFactory):
    """A reply to the opening post, or to `parent`."""

    thread = factory.SubFactory(ThreadFactory)
    parent = factory.LazyAttribute(lambda post: post.thread)
    category = None
    title = ""


class VoteFactory(DjangoModelFactory[Vote]):
    """A vote for a post."""

    class Meta:
        model = Vote

    post = factory.SubFactory(ThreadFactory)
    user = factory.SubFactory(UserFactory)
    value = 1


class ReportFactory(DjangoModelFactory[Report]):
    """An open report of spam."""

    class Meta:
        model = Report

    post = factory.SubFactory(ThreadFactory)
    reporter = factory.SubFactory(UserFactory)
    reason = "spam"


class MentionFactory(DjangoModelFactory[Mention]):
    """Somebody named in a post."""

    class Meta:
        model = Mention

    post = factory.SubFactory(ThreadFactory)
    user = factory.SubFactory(UserFactory)


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    """Somebody who follows a thread in which they did not write."""

    class Meta:
        model = Subscription

    thread = factory.SubFactory(ThreadFactory)
    user = factory.SubFactory(UserFactory)


class SanctionFactory(DjangoModelFactory[Sanction]):
    """A day's silence."""

    class Meta:
        model = Sanction

    person = factory.SubFactory(UserFactory)
    kind = "muted"
    reason = "Advertising again."
    imposed_by = factory.SubFactory(UserFactory, role="moderator")
    ends_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
