"""The page of a shared roadmap, its picture for previews and its badge: for browsers, and for whoever is not logged in.

A roadmap that is private, taken down or not there, and a link that was revoked, has expired or never was, are the same
404. Nobody is logged in here, so answers are the same for everybody who has the address.
"""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import redis
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views import View

from roadmaps.preview_picture import SIZE, preview
from roadmaps.serializers import address_of
from roadmaps.shared_pages import SharedRoadmap, shared_roadmap
from skillbridge_backend.core.access import DatabaseRole, enter_role
from skillbridge_backend.core.errors import RateLimited
from skillbridge_backend.core.problems import plain_problem
from users.clients import client_of
from users.limits import count_visit

STYLE = (Path(__file__).parents[1] / "templates" / "roadmaps" / "shared" / "style.css").read_text(encoding="utf-8")
_STYLE_DIGEST = hashlib.sha256(STYLE.encode()).digest()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(_STYLE_DIGEST).decode()}'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
PICTURE_KEPT_SECONDS = 7 * 24 * 3600


class SharedView(View):
    """Finds the roadmap, and answers 304 to whoever has this version."""

    http_method_names = ["get", "head", "options"]
    kept_seconds = 60
    headers_of_its_own: ClassVar = {"Cross-Origin-Resource-Policy": "cross-origin"}
    """Of every answer, 304 too: a browser takes the headers of that for the ones that it has kept."""
    style = ""
    """Part of the ETag: with another one the answer looks otherwise."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Counted like what the API answers to nobody in particular, and read with a visitor's rights."""
        try:
            count_visit(client_of(request))
        except RateLimited as refusal:
            return plain_problem(refusal)
        enter_role(DatabaseRole.ANONYMOUS)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """What there is to see of it."""
        token = request.GET.get("k", "")
        roadmap = shared_roadmap(slug, token)
        if roadmap is None or not self.has(roadmap):
            return self._with_headers(self.missing(request), "no-store")
        etag = f'"{roadmap.version}{self.style}"'
        response = get_conditional_response(request, etag=etag) or self.shown(request, roadmap, token)
        response["ETag"] = etag
        return self._with_headers(
            response, f"public, max-age={self.kept_seconds}" if roadmap.is_listed else "private, no-cache"
        )

    def has(self, roadmap: SharedRoadmap) -> bool:
        """Whether there is such a thing of this roadmap."""
        return True

    def shown(self, request: HttpRequest, roadmap: SharedRoadmap, token: str) -> HttpResponse:
        """The answer of a roadmap that is there."""
        raise NotImplementedError

    def missing(self, request: HttpRequest) -> HttpResponse:
        """The answer where there is none."""
        return HttpResponse(status=404)

    def _with_headers(self, response: HttpResponseBase, cache_control: str) -> HttpResponseBase:
        response["Cache-Control"] = cache_control
        # Tokens stand in addresses: no other site is told them.
        response["Referrer-Policy"] = "no-referrer"
        if not cache_control.startswith("public"):
            response["X-Robots-Tag"] = "noindex"
        for name, value in self.headers_of_its_own.items():
            response[name] = value
        return response


class SharedRoadmapView(SharedView):
    """The page."""

    headers_of_its_own: ClassVar = {"Content-Security-Policy": POLICY}
    style = f"-{_STYLE_DIGEST.hex()[:16]}"

    def shown(self, request: HttpRequest, roadmap: SharedRoadmap, token: str) -> HttpResponse:
        """Graph and list; nothing of it needs JavaScript."""
        key = "" if roadmap.is_listed else f"?k={token}"
        content = {
            "roadmap": roadmap,
            "home": settings.WEB_APP_URL,
            "about": _about(roadmap),
            "page": address_of(roadmap.slug) + key,
            "picture": address_of(roadmap.slug, "shared-roadmap-picture") + key,
            "picture_width": SIZE[0],
            "picture_height": SIZE[1],
        }
        return render(request, "roadmaps/shared/page.html", content)

    def missing(self, request: HttpRequest) -> HttpResponse:
        """Says no more than that."""
        content = {"home": settings.WEB_APP_URL}
        return render(request, "roadmaps/shared/missing.html", content, status=404)


class SharedPictureView(SharedView):
    """The picture that previews of links show."""

    kept_seconds = 3600

    def shown(self, request: HttpRequest, roadmap: SharedRoadmap, token: str) -> HttpResponse:
        """PNG, made once for each version."""
        made = _kept(f"roadmaps.preview.{roadmap.version}", lambda: preview(roadmap))
        return HttpResponse(made, content_type="image/png")


class SharedBadgeView(SharedView):
    """The progress, for pages of other sites."""

    kept_seconds = 300

    def has(self, roadmap: SharedRoadmap) -> bool:
        """Only where its owner shows the progress."""
        return roadmap.progress is not None

    def shown(self, request: HttpRequest, roadmap: SharedRoadmap, token: str) -> HttpResponse:
        """SVG, of fixed width."""
        progress = roadmap.progress or 0
        content = {"roadmap": roadmap, "progress": progress, "filled": 84 * progress / 100}
        return render(request, "roadmaps/shared/progress.svg", content, content_type="image/svg+xml")


def _about(roadmap: SharedRoadmap) -> str:
    number = len(roadmap.modules)
    size = f"{number} module{'' if number == 1 else 's'} in {roadmap.weeks} week{'' if roadmap.weeks == 1 else 's'}"
    return f"{roadmap.goal}: {size}" if roadmap.goal else size


def _kept(key: str, make: Callable[[], bytes]) -> bytes:
    """From the cache where it has it; a cache that is away keeps nothing."""
    try:
        kept: bytes | None = cache.get(key)
    except redis.RedisError:
        return make()
    if kept is None:
        kept = make()
        try:
            cache.set(key, kept, PICTURE_KEPT_SECONDS)
        except redis.RedisError:
            return kept
    return kept
