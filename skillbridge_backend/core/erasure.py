"""What becomes of a row when the person in it leaves, said on the column that names the person.

Every foreign key to an account says one of these as its `db_comment`; `private.erase_account` reads it from the
database and refuses to erase anybody while a column says nothing (users/sql/0021_leaving.sql). What hangs on a row that
goes, goes with it, or lets go where it may be NULL, unless it says one of these too. Reasons:
docs/decisions/0010-leaving.md
"""

GONE = "At erasure: gone"
"""The row is the person's own: it is deleted."""
UNNAMED = "At erasure: unnamed"
"""Others hold the row, and it can do without a name: the column becomes NULL."""
GHOST = "At erasure: ghost"
"""Others hold the row, and it needs somebody in this place: the ghost takes it."""
