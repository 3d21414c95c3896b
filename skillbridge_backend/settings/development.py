"""Settings of `make run`: development defaults for what is missing, readable logs, no debug pages."""

from skillbridge_backend.core.logging import configure_logging
from skillbridge_backend.settings.base import *  # noqa: F403  # Django's way to build on settings
from skillbridge_backend.settings.base import LOGGING, env

env.refuse_to_start_with_problems()
configure_logging(LOGGING)
