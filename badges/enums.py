"""The fixed vocabularies of this app."""

from django.db import models


class Metric(models.TextChoices):
    """What is counted for a person; criteria are thresholds over these."""

    MODULES_COMPLETED = "modules_completed", "Modules completed"
    ROADMAPS_COMPLETED = "roadmaps_completed", "Roadmaps completed"
    MINUTES_LEARNED = "minutes_learned", "Minutes of learning logged"
    COMMITS_PUSHED = "commits_pushed", "Commits pushed"
    REPOSITORIES_CONNECTED = "repositories_connected", "Repositories connected"
    MENTORSHIPS_STARTED = "mentorships_started", "Mentorships started"
    MENTORSHIPS_COMPLETED = "mentorships_completed", "Mentorships completed"
    LEARNERS_MENTORED = "learners_mentored", "Learners mentored"
    QUESTIONS_ASKED = "questions_asked", "Questions asked"
    REPLIES_WRITTEN = "replies_written", "Replies written"
    SOLUTIONS_ACCEPTED = "solutions_accepted", "Replies accepted as solutions"
    VOTES_RECEIVED = "votes_received", "Votes received"
    STREAK_DAYS = "streak_days", "Days of the longest streak"
    POINTS = "points", "Points"


class Tier(models.TextChoices):
    """How much a badge takes."""

    BRONZE = "bronze", "Bronze"
    SILVER = "silver", "Silver"
    GOLD = "gold", "Gold"


class Period(models.TextChoices):
    """What a leaderboard counts. Weeks begin on Monday, weeks and months at midnight UTC."""

    WEEK = "week", "This week"
    MONTH = "month", "This month"
    ALL = "all", "All time"
