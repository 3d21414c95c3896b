"""Every write of this app that the database does not do by itself, and the answers it computes, by subject."""

from badges.services.badges import BadgeProgress, BadgeService, Preview
from badges.services.gamification import GamificationService, Place, Standing

__all__ = ["BadgeProgress", "BadgeService", "GamificationService", "Place", "Preview", "Standing"]
