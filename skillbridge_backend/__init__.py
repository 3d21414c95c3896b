"""SkillBridge's project package: settings, entry points and `core`, which all apps share."""

from skillbridge_backend.celery import app as celery_app

__all__ = ["celery_app"]
