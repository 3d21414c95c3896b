"""Every write of this app: posts and what people do with them, and moderation."""

from forum.services.moderation import ModerationService
from forum.services.posts import ForumService

__all__ = ["ForumService", "ModerationService"]
