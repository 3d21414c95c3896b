"""Mentoring: suggestions, requests, conversations, sessions, reviews and rounds."""
