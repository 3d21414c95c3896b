"""Checks the servers that DATABASE_URL and REDIS_URL name, before anything is started on them.

Belongs here: whether they answer, said in one line without the password. How they are used is up to the settings.
"""

from urllib.parse import urlsplit

import psycopg2
import redis

from .failure import StartError

_SECONDS = 5


def check_database(url: str) -> None:
    """Raises StartError unless the PostgreSQL of this URL accepts the login."""
    try:
        psycopg2.connect(url, connect_timeout=_SECONDS).close()
    except (psycopg2.Error, UnicodeError) as error:
        raise _unreachable("DATABASE_URL", "PostgreSQL", url, str(error)) from error


def check_redis(url: str) -> None:
    """Raises StartError unless the Redis of this URL answers."""
    try:
        with redis.Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        raise _unreachable("REDIS_URL", "Redis", url, str(error)) from error


def shown(url: str) -> str:
    """Host and port of a URL: what may be printed of it."""
    return urlsplit(url).netloc.rpartition("@")[2] or "that address"


def _unreachable(variable: str, server: str, url: str, reason: str) -> StartError:
    return StartError(
        f"{variable} names a {server} at {shown(url)} that cannot be used ({' '.join(reason.split())})",
        f"start it or correct {variable}; without {variable} an embedded {server} is used",
    )
