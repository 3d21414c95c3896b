"""Primary keys: UUIDv7 made by the application.

Made here and not by the database because `INSERT … RETURNING` of a row that the writer may not read fails under
row-level security, and because a client-side key lets a fact and its outbox row be written together.
"""

import uuid
from datetime import datetime

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A new UUIDv7 (RFC 9562): ordered by time of creation to the millisecond, so indexes stay compact."""
    return uuid7()


def first_id_at(moment: datetime) -> uuid.UUID:
    """The least UUIDv7 of this millisecond: ids made before `moment` are less, so a key's index finds them by age."""
    return uuid.UUID(int=(int(moment.timestamp() * 1000) << 80) | (7 << 76) | (0b10 << 62))
