"""Settings of the tests: the real PostgreSQL, Redis and matcher that conftest.py starts, and cheap passwords."""

from skillbridge_backend.core.logging import configure_logging
from skillbridge_backend.settings.base import *  # noqa: F403  # Django's way to build on settings
from skillbridge_backend.settings.base import LOGGING, STORAGES, env

env.refuse_to_start_with_problems()
configure_logging(LOGGING)

# Argon2's cost is the point of it, and tests create hundreds of accounts; one test asserts the production hasher.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# In memory, so that no test leaves a file behind.
STORAGES = STORAGES | {"private": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A few people make all the requests of the tests. Counted as ever, so that every test goes through the limits; those of
# the limits themselves set their own.
# No test asks the internet; those of links have servers of their own.
LINK_CHECKS = False
READS_PER_MINUTE = WRITES_PER_MINUTE = 1_000_000
