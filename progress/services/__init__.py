"""Every write of this app, by subject."""

from progress.services.analytics import AnalyticsService, Heatmap, Statistics
from progress.services.deliveries import DeliveryService, Intake
from progress.services.log import ProgressService
from progress.services.repositories import Connection, RepositoryService

__all__ = [
    "AnalyticsService",
    "Connection",
    "DeliveryService",
    "Heatmap",
    "Intake",
    "ProgressService",
    "RepositoryService",
    "Statistics",
]
