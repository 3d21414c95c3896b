"""Every write of this app: posts and what people do with them, and moderation of posts and people."""

from forum.services.moderation import ModerationService
from forum.services.posts import ForumService
from forum.services.sanctions import SanctionService

__all__ = ["ForumService", "ModerationService", "SanctionService"]
