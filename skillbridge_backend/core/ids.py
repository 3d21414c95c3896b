"""Primary keys: UUIDv7 made by the application.

Made here and not by the database because `INSERT … RETURNING` of a row that the writer may not read fails under
row-level security, and because a client-side key lets a fact and its outbox row be written together.
"""

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A new UUIDv7 (RFC 9562): ordered by time of creation to the millisecond, so indexes stay compact."""
    return uuid7()
