"""Settings of production: no secret has a default, and what is missing or unsafe stops the start."""

from skillbridge_backend.core.error_reporting import start_error_reporting
from skillbridge_backend.core.logging import configure_logging
from skillbridge_backend.settings.base import *  # noqa: F403  # Django's way to build on settings
from skillbridge_backend.settings.base import ALLOWED_HOSTS, LOGGING, PUBLIC_URL, SENTRY_DSN, VERSION, env

if "*" in ALLOWED_HOSTS:
    env.problems.append("ALLOWED_HOSTS is unsafe: name the hosts instead of *")
if PUBLIC_URL and not PUBLIC_URL.startswith("https://"):
    env.problems.append("PUBLIC_URL is unsafe: it must start with https://")
env.refuse_to_start_with_problems()
configure_logging(LOGGING)
start_error_reporting(SENTRY_DSN, release=VERSION)

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
