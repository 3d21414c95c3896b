"""The people and things that the random writers begin with, and what they have made since, by kind."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from badges.enums import Metric
from badges.tests.factories import BadgeFactory, PointsRuleFactory
from forum.models import Subscription
from forum.tests.factories import CategoryFactory, ReplyFactory, ThreadFactory
from matches.tests.factories import MatchFactory
from progress.tests.factories import RepositoryFactory
from roadmaps.tests.factories import ModuleFactory, RoadmapFactory
from users.enums import Role
from users.tests.factories import MentorFactory, ProfileFactory, SkillFactory, UserFactory

LONGEST_POOL = 400
"""Ids remembered of a kind: enough to choose from, few enough that writers meet on the same rows."""


@dataclass
class World:
    """Shared by all writers without a lock: an id may be gone by the time somebody uses it, and that is no fault."""

    learners: list[UUID]
    mentors: list[UUID]
    admin: UUID
    category: UUID
    skills: list[UUID]
    pools: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    @property
    def people(self) -> list[UUID]:
        return self.learners + self.mentors

    def add(self, kind: str, *items: Any) -> None:
        self.pools[kind] = (self.pools[kind] + list(items))[-LONGEST_POOL:]

    def some(self, rng: random.Random, kind: str, most: int) -> list[Any]:
        """One to `most` of a kind, none twice."""
        pool = self.pools[kind]
        return rng.sample(pool, min(len(pool), rng.randint(1, most)))


def a_world() -> World:
    """Twelve learners, three mentors with few places, rules and badges that many writes concern."""
    for number, metric in enumerate(Metric.values):
        if metric != Metric.POINTS:
            PointsRuleFactory(metric=metric, points=number + 1)
    for metric, at_least in (
        ("modules_completed", 2), ("minutes_learned", 100), ("replies_written", 3), ("votes_received", 2),
        ("points", 50), ("streak_days", 3), ("mentorships_started", 1), ("roadmaps_completed", 1),
    ):  # fmt: skip
        BadgeFactory(criteria=[[{"metric": metric, "at_least": at_least}]])
    learners = [ProfileFactory().user.pk for _ in range(12)]
    mentors = [MentorFactory(mentoring_capacity=3).user.pk for _ in range(3)]
    skills = [skill.pk for skill in SkillFactory.create_batch(4)]
    world = World(learners, mentors, UserFactory(role=Role.ADMIN).pk, CategoryFactory().pk, skills)
    for person in learners[:6]:
        roadmap = RoadmapFactory(owner_id=person)
        world.add("roadmap", (roadmap.pk, person))
        world.add("module", *((module.pk, person) for module in ModuleFactory.create_batch(4, roadmap=roadmap)))
        world.add("repository", (RepositoryFactory(owner_id=person).pk, person))
        thread = ThreadFactory(author_id=person, category_id=world.category)
        _follow_long_since(thread.pk, mentors)
        reply = ReplyFactory(thread=thread, author_id=learners[-1])
        world.add("thread", thread.pk)
        world.add("post", (thread.pk, person, thread.pk), (reply.pk, learners[-1], thread.pk))
    for learner in learners[:4]:
        match = MatchFactory(learner_id=learner, mentor_id=mentors[0])
        world.add("match", (match.pk, learner, mentors[0]))
    for mentor, state in ((1, "active"), (1, "paused"), (2, "active"), (2, "completed"), (2, "completed")):
        begun = MatchFactory.in_state(state, learner_id=learners[4 + mentor], mentor_id=mentors[mentor])
        learners.append(learners.pop(4 + mentor))
        world.add("match", (begun.pk, begun.learner_id, begun.mentor_id))
        world.add("conversation", (begun.conversation.pk, begun.learner_id, begun.mentor_id))
    return world


def _follow_long_since(thread: UUID, people: list[UUID]) -> None:
    """As if the thread were old: whom a reply concerns is told by what people followed long before it."""
    Subscription.objects.bulk_create(Subscription(thread_id=thread, user_id=person) for person in people)
    long_ago = timezone.now() - timedelta(days=1)
    Subscription.objects.filter(thread_id=thread).update(created_at=long_ago, updated_at=long_ago)
