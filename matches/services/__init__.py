"""Every write of this app, and what matching reads. One module per subject; import the classes from here."""

from matches.services.blocks import BlockService
from matches.services.conversations import ConversationService
from matches.services.matching import MatchingService
from matches.services.mentorships import MatchService
from matches.services.reviews import ReviewService
from matches.services.round_decisions import RoundService
from matches.services.round_jobs import RoundJobService
from matches.services.sessions import SessionService
from matches.services.statistics import StatisticsService
from matches.services.waiting_times import WaitingTimeService

__all__ = [
    "BlockService",
    "ConversationService",
    "MatchService",
    "MatchingService",
    "ReviewService",
    "RoundJobService",
    "RoundService",
    "SessionService",
    "StatisticsService",
    "WaitingTimeService",
]
