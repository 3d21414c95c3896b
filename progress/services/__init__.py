"""Every write of this app, by subject."""

from progress.services.analytics import AnalyticsService, Heatmap, Statistics
from progress.services.deliveries import DeliveryService, Intake
from progress.services.effort import Effort, effort_of
from progress.services.log import ProgressService
from progress.services.repositories import Connection, RepositoryService

__all__ = [
    "AnalyticsService",
    "Connection",
    "DeliveryService",
    "Effort",
    "Heatmap",
    "Intake",
    "ProgressService",
    "RepositoryService",
    "Statistics",
    "effort_of",
]
