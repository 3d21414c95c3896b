"""A person's own figures, from every app that keeps some; here, because nobody else may ask them all.

Nothing is counted twice: work and streak are progress's daily sums, points and what was done in the forum are the
ledger's totals of badges.
"""

from dataclasses import dataclass
from datetime import date

from badges.enums import Metric
from badges.models import Award
from badges.services import GamificationService, Standing
from matches.models import MentorMatch, MentorStanding, Session
from progress.models import DailyActivity
from progress.services import AnalyticsService
from progress.streaks import Streak
from roadmaps.models import Roadmap
from users.models import Profile, User
from users.services import ProfileService


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigures:
    """What `GET /users/me/stats/` tells; `serializers.py` says which of it."""

    profile: Profile
    member_since: date
    roadmaps: dict[str, int]
    work: dict[str, int]
    streak: Streak
    standing: Standing
    badges: int
    matches: dict[str, int]
    sessions_held: int
    mentor: MentorStanding | None
    """None for who was never asked to be one's mentor."""

    def metric(self, metric: Metric) -> int:
        """Its amount in the ledger; 0 without bookings."""
        return self.standing.metrics.get(metric, 0)


class StatisticsService:
    """Reads and nothing else."""

    @staticmethod
    def own(*, actor: User) -> OwnFigures:
        """The actor's figures, in a fixed number of queries."""
        return OwnFigures(
            profile=ProfileService().own(actor),
            member_since=actor.created_at.date(),
            roadmaps=Roadmap.objects.owned_by(actor).counts(),
            work=DailyActivity.objects.visible_to(actor).totals(),
            streak=AnalyticsService.streak(actor=actor),
            standing=GamificationService.standing(actor=actor),
            badges=Award.objects.owned_by(actor).held().count(),
            matches=MentorMatch.objects.visible_to(actor).counts_of(actor),
            sessions_held=Session.objects.visible_to(actor).held().count(),
            mentor=MentorStanding.objects.visible_to(actor).with_answer_time().filter(mentor=actor).first(),
        )
