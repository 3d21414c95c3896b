"""Telling people: notifications, preferences, deliveries, templates and channels."""
