"""VideoService: which skills YouTube is searched for, what is kept of its answers, and the units of each day.

Where a plan wants a skill that has too few resources in its learner's language, YouTube is searched once in 30 days.
The videos are resources like others; whether they are still there is asked of its API weekly, and one that was not
asked for 30 days is forgotten, as its terms demand. Only `forget_old_videos` is called inside a transaction.
"""

import random
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from roadmaps.enums import LinkState, ModuleStatus, ResourceKind, ResourceSource
from roadmaps.link_checker import Checked, Outcome
from roadmaps.models import CheckedLink, Module, Resource, Roadmap, VideoSearch, YouTubeDay
from roadmaps.services.links import DueLink, LinkService
from roadmaps.youtube import (
    MOST_IDS,
    PACIFIC,
    QuotaRefusedError,
    QuotaSpentError,
    Video,
    YouTube,
    id_of,
    pacific_day,
)
from skillbridge_backend.core.access import acting_as_service
from users.models import Profile

ENOUGH = 3
"""Verified resources of a skill in a language; with fewer YouTube is searched."""
MOST_SEARCHES = 10
"""For one plan."""
KEPT_FOR = timedelta(days=30)
CLAIMED_FOR = timedelta(minutes=5)
"""A search is somebody's; longer than a task of the queue `default` may run."""
KEPT_FOR_CHECKS = 0.05
"""Part of a day's units that searches leave for looking videos up."""
LAST_MOMENTS = timedelta(seconds=15)
"""Of a day, in which nothing is spent: YouTube may count on the next day what we send on this one."""
VIDEOS: dict[type[CheckedLink], Q] = {Resource: Q(source=ResourceSource.YOUTUBE)}
GONE = Checked(Outcome.FAILED, error="deleted or private")

log = structlog.get_logger(__name__)


class Claim(Enum):
    """Whose a search is."""

    OURS = auto()
    OTHERS = auto()
    NOBODYS = auto()
    """It was made within 30 days."""


def spend(units: int, *, leave: int = 0) -> date:
    """Set units of the Pacific day aside for good and return the day.

    Raises QuotaSpentError when fewer than `leave` would be left, and in the day's last moments.
    """
    now, budget = timezone.now(), settings.YOUTUBE_UNITS_PER_DAY
    day = pacific_day(now)
    if pacific_day(now + LAST_MOMENTS) != day:
        raise QuotaSpentError(day)
    with acting_as_service():
        YouTubeDay.objects.bulk_create([YouTubeDay(day=day)], ignore_conflicts=True)
        # One statement: of two at once the second sees what the first has taken.
        taken = YouTubeDay.objects.filter(day=day, used__lte=budget - leave - units).update(used=F("used") + units)
    if not taken:
        raise QuotaSpentError(day)
    return day


def end_day(day: date) -> None:
    """YouTube counts otherwise than we do: nothing more of this day."""
    budget = settings.YOUTUBE_UNITS_PER_DAY
    with acting_as_service():
        YouTubeDay.objects.filter(day=day, used__lt=budget).update(used=budget)


def end_of(day: date) -> datetime:
    """When there are units again that this day has no more: midnight in California."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=PACIFIC)


class VideoService:
    """Finds videos and looks after them."""

    def find_for(self, roadmap_id: UUID) -> datetime | None:
        """Search for what this plan lacks; None when that is done, or when to go on. Raises YouTubeAwayError."""
        with acting_as_service():
            language, lacking = _lacking(roadmap_id)
        if not lacking:
            return None
        leave = int(settings.YOUTUBE_UNITS_PER_DAY * KEPT_FOR_CHECKS)
        youtube = YouTube(partial(spend, leave=leave))
        later = None
        for skill_id, name in lacking:
            claim = _claim(skill_id, language)
            if claim == Claim.OTHERS:  # which may be an attempt of this very task whose worker died
                later = timezone.now() + CLAIMED_FOR
            if claim != Claim.OURS:
                continue
            try:
                videos = youtube.videos(ids) if (ids := youtube.search(f"{name} tutorial", language=language)) else {}
                kept = _keep(skill_id, language, (videos[each] for each in ids if each in videos))
            except QuotaSpentError as error:
                _give_back(skill_id, language)
                if isinstance(error, QuotaRefusedError):
                    end_day(error.day)
                return end_of(error.day) + timedelta(seconds=random.uniform(0, 3600))  # noqa: S311  # spreads load
            except Exception:
                _give_back(skill_id, language)
                raise
            _close(skill_id, language)
            log.info("videos_found", skill=name, language=language, videos=kept)
        return later

    def check_due(self) -> dict[str, int]:
        """Look up the videos whose time has come. Raises YouTubeAwayError; without units they stay due."""
        counts = {"there": 0, "gone": 0}
        while links := LinkService().take_due(most=MOST_IDS, asked=VIDEOS):
            ids = {link: id_of(link.url) for link in links}
            try:
                found = YouTube(spend).videos(list(dict.fromkeys(filter(None, ids.values()))))
            except QuotaSpentError as error:
                if isinstance(error, QuotaRefusedError):
                    end_day(error.day)
                break
            for link, video_id in ids.items():
                video = found.get(video_id)
                counts["there" if video else "gone"] += 1
                _record(link, video)
        return counts


def forget_old_videos() -> int:
    """Remove what YouTube was not asked about for 30 days, and how much was spent on days before; returns how many."""
    before = timezone.now() - KEPT_FOR
    old = Resource.objects.filter(source=ResourceSource.YOUTUBE).annotate(seen=Coalesce("checked_at", "created_at"))
    YouTubeDay.objects.filter(day__lt=before.date()).delete()
    return old.filter(seen__lt=before).delete()[0]


def _lacking(roadmap_id: UUID) -> tuple[str, list[tuple[UUID, str]]]:
    """The learner's language, and the skills still to learn that have too few resources in it."""
    roadmap = Roadmap.objects.filter(pk=roadmap_id).first()
    if roadmap is None:
        return "", []
    profiles = Profile.objects.filter(user_id=roadmap.owner_id).values_list("languages", flat=True)
    languages = roadmap.wishes.get("languages") or next(iter(profiles), None) or ["en"]
    language = next((each for each in languages if len(each) == 2), "en")  # YouTube takes ISO 639-1
    open_modules = Module.objects.filter(roadmap=roadmap, skill__isnull=False).filter(
        status__in=[ModuleStatus.PENDING, ModuleStatus.IN_PROGRESS]
    )
    skills = dict.fromkeys(open_modules.order_by("position").values_list("skill_id", "skill__name"))
    verified = Resource.objects.filter(state=LinkState.VERIFIED, language=language)
    lacking = [
        (skill_id, name) for skill_id, name in skills if verified.filter(skill_id=skill_id)[:ENOUGH].count() < ENOUGH
    ]
    return language, lacking[:MOST_SEARCHES]


def _claim(skill_id: UUID, language: str) -> Claim:
    """Whose the search is. Ours is a row with an empty `searched_at`, and nobody else's for CLAIMED_FOR."""
    now = timezone.now()
    free = Q(searched_at__lt=now - KEPT_FOR) | Q(searched_at=None, updated_at__lt=now - CLAIMED_FOR)
    with acting_as_service():
        rows = VideoSearch.objects.filter(skill_id=skill_id, language=language)
        if rows.filter(free).update(searched_at=None, updated_at=now):
            return Claim.OURS
        row, is_ours = VideoSearch.objects.get_or_create(skill_id=skill_id, language=language)
    if is_ours:
        return Claim.OURS
    return Claim.NOBODYS if row.searched_at else Claim.OTHERS


def _give_back(skill_id: UUID, language: str) -> None:
    """A search of ours that came to nothing is open to everybody."""
    with acting_as_service():
        VideoSearch.objects.filter(skill_id=skill_id, language=language, searched_at=None).delete()


def _close(skill_id: UUID, language: str) -> None:
    """A search of ours is made, and what it found is kept."""
    now = timezone.now()
    with acting_as_service():
        VideoSearch.objects.filter(skill_id=skill_id, language=language).update(searched_at=now, updated_at=now)


def _keep(skill_id: UUID, language: str, videos: Iterable[Video]) -> int:
    """The videos as resources of the skill, those in another language left out; how many."""
    kept = 0
    for video in videos:
        if video.language not in {"", language}:
            continue
        with acting_as_service():
            row, _ = Resource.objects.get_or_create(
                skill_id=skill_id,
                url=video.url,
                defaults={
                    "title": video.title,
                    "kind": ResourceKind.VIDEO,
                    "provider": "YouTube",
                    "language": language,
                    "minutes": video.minutes,
                    "source": ResourceSource.YOUTUBE,
                },
            )
        if row.source == ResourceSource.YOUTUBE:
            _record(DueLink(Resource, row.pk, row.url), video)
            kept += 1
    return kept


def _record(link: DueLink, video: Video | None) -> None:
    """What YouTube says of a video; its title and length are refreshed with it."""
    if video is None:
        LinkService().record(link, GONE)
        return
    LinkService().record(link, Checked(Outcome.ANSWERED, final_url=link.url, status=200))
    with acting_as_service():
        Resource.objects.filter(pk=link.id, url=link.url).update(title=video.title, minutes=video.minutes)
