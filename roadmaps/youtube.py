"""YouTube's Data API v3, asked with Google's client: ids of videos that a search finds, and what is known of videos.

Every call is paid for in units before it is sent, to whoever is given as `spend`; one that fails costs as much. Source
of the prices and the end of the day: https://developers.google.com/youtube/v3/determine_quota_cost
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import httplib2
from django.conf import settings
from googleapiclient.discovery import build
from googleapiclient.errors import Error, HttpError

SEARCH_UNITS, VIDEOS_UNITS = 100, 1
MOST_IDS = 50
"""Of one look-up."""
FOUND = 5
"""Videos that a search asks for."""
TIMEOUT_SECONDS = 10
PACIFIC = ZoneInfo("America/Los_Angeles")
LONGEST_TITLE = 200
QUOTA_REASONS = frozenset({"quotaExceeded", "dailyLimitExceeded"})
WATCH = "https://www.youtube.com/watch?v="
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")

Spend = Callable[[int], date]
"""Sets units aside and says of which Pacific day. Raises QuotaSpentError."""


class QuotaSpentError(Exception):
    """The units of `day` are spent; nothing is asked until the next one."""

    def __init__(self, day: date) -> None:
        super().__init__(f"the units of {day} are spent")
        self.day = day


class QuotaRefusedError(QuotaSpentError):
    """YouTube says so, whatever we have counted. `day` is the one that paid for the request, which may be over."""


class YouTubeAwayError(Exception):
    """YouTube did not answer, or not as it should."""


@dataclass(frozen=True, slots=True)
class Video:
    """A video that everybody can watch."""

    id: str
    title: str
    minutes: int
    language: str
    """ISO 639 of what is spoken; '' where YouTube does not know."""

    @property
    def url(self) -> str:
        """Where it is watched."""
        return f"{WATCH}{self.id}"


def id_of(url: str) -> str:
    """The id in an address that `Video.url` made; '' for any other."""
    found = url.removeprefix(WATCH)
    return found if found != url and _ID.fullmatch(found) else ""


def pacific_day(moment: datetime) -> date:
    """The day whose units are spent at this moment."""
    return moment.astimezone(PACIFIC).date()


class YouTube:
    """The API, with our key. Never inside a transaction."""

    def __init__(self, spend: Spend) -> None:
        self._spend = spend
        self._api = build(
            "youtube",
            "v3",
            http=_http(),
            developerKey=settings.YOUTUBE_API_KEY,
            client_options={"api_endpoint": settings.YOUTUBE_BASE_URL},
            static_discovery=True,
            cache_discovery=False,
        )

    def search(self, words: str, *, language: str) -> list[str]:
        """Ids of videos, best first. Raises QuotaSpentError, QuotaRefusedError, YouTubeAwayError."""
        request = self._api.search().list(
            part="id",
            q=words,
            type="video",
            videoEmbeddable="true",
            safeSearch="strict",
            relevanceLanguage=language,
            maxResults=FOUND,
        )
        ids = [str(_part(item, "id").get("videoId", "")) for item in self._items(request, SEARCH_UNITS)]
        return [each for each in dict.fromkeys(ids) if _ID.fullmatch(each)]

    def videos(self, ids: Sequence[str]) -> dict[str, Video]:
        """Those of at most MOST_IDS that are there for everybody, by id; deleted and private ones are not."""
        request = self._api.videos().list(part="snippet,contentDetails,status", id=",".join(ids), maxResults=MOST_IDS)
        found = [_video(item) for item in self._items(request, VIDEOS_UNITS)]
        return {each.id: each for each in found if each and each.id in ids}

    def _items(self, request: Any, units: int) -> list[dict[str, Any]]:
        day = self._spend(units)
        # Not `from error`: its words have the address, and the address has our key.
        try:
            items = list(request.execute(num_retries=0)["items"])
        except HttpError as error:
            reasons = {str(each.get("reason")) for each in error.error_details if isinstance(each, dict)}
            if error.status_code == 403 and reasons & QUOTA_REASONS:
                raise QuotaRefusedError(day) from None
            raise YouTubeAwayError(f"answered {error.status_code}") from None
        except (Error, httplib2.HttpLib2Error, OSError, ValueError, KeyError, TypeError) as error:
            raise YouTubeAwayError(type(error).__name__) from None
        return [item for item in items if isinstance(item, dict)]


def _http() -> httplib2.Http:
    http = httplib2.Http(timeout=TIMEOUT_SECONDS)
    http.follow_redirects = False  # the key goes to the address that was set, and nowhere else
    return http


def _part(item: dict[str, Any], name: str) -> dict[str, Any]:
    part = item.get(name)
    return part if isinstance(part, dict) else {}


def _video(item: dict[str, Any]) -> Video | None:
    """What an item says, when everybody can watch it now."""
    snippet, status, details = (_part(item, part) for part in ("snippet", "status", "contentDetails"))
    title = str(snippet.get("title", "")).strip()[:LONGEST_TITLE]
    seconds = _seconds(str(details.get("duration", "")))
    is_there = status.get("privacyStatus") in {"public", "unlisted"} and status.get("uploadStatus") == "processed"
    if not (is_there and title and seconds):
        return None
    language = str(snippet.get("defaultAudioLanguage", "")).partition("-")[0].lower()
    return Video(
        id=str(item.get("id", "")),
        title=title,
        minutes=ceil(seconds / 60),
        language=language if re.fullmatch(r"[a-z]{2,3}", language) else "",
    )


def _seconds(duration: str) -> int:
    """An ISO 8601 duration; 0 for a broadcast that is still to come, and for what is none."""
    match = _DURATION.fullmatch(duration)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
