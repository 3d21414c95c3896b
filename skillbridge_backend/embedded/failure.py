"""The one exception that ends a start: what went wrong, and what to do about it.

Belongs here: the exception, and the translation of faults of the machine into it. Printing it is `console`'s work.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEARLY_FULL_BYTES = 32 * 1024 * 1024
"""Two of PostgreSQL's 16 MiB log segments: it works with no less."""
NO_SPACE_TEXT = os.strerror(errno.ENOSPC)


class StartError(Exception):
    """A start that cannot go on; `str()` is the one line that the developer reads."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


def disk_full(where: Path) -> StartError:
    """The failure of a full disk under `where`."""
    return StartError(f"the disk that holds {where} is full", "free some space and run the same command again")


def blamed_on_disk(failure: StartError, where: Path) -> StartError:
    """The failure, or that of a full disk where too little is left for anything to work.

    A server that met a full disk says so in its own words, or just dies (SIGBUS on a mapped file).
    """
    is_full = where.exists() and shutil.disk_usage(where).free < NEARLY_FULL_BYTES
    return disk_full(where) if is_full else failure


@contextmanager
def machine_faults(where: Path) -> Iterator[None]:
    """Turns a full disk and a forbidden path, met while writing under `where`, into a `StartError`."""
    try:
        yield
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(where) from fault
        if fault.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR):
            path = fault.filename or where
            raise StartError(
                f"{path} may not be written ({fault.strerror})",
                "start as the user who owns it, or name another folder with LOCAL_DIR=…",
            ) from fault
        raise
