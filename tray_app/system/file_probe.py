"""Whether a file has changed, and whether a lock is held. Loads next to nothing: a prompt waits."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Signature = tuple[int, ...]

POSIX = os.name == "posix"


def signature(path: Path) -> Signature:
    """Return a value that differs whenever the file has changed; () if it cannot be seen.

    It includes the time of the inode's change, since a copy may keep the old file's time. On
    Windows, that is the time of creation, so that a checksum is there instead.
    """
    try:
        state = path.stat()
        changed = state.st_ctime_ns if POSIX else _checksum(path)
    except (OSError, ValueError):
        return ()
    return state.st_mtime_ns, changed, state.st_size, state.st_ino


def _checksum(path: Path) -> int:
    import zlib

    return zlib.crc32(path.read_bytes())


def is_locked(path: str) -> bool:
    """Whether a process holds this lock file now. Creates nothing and does not wait.

    A free lock is shared for an instant, which is the only way to tell.
    """
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags)
    except OSError:  # missing or unusable: no process holds it
        return False
    try:
        return not _may_share(handle)
    finally:
        os.close(handle)


def _may_share(handle: int) -> bool:
    """Whether no process holds it exclusively. Closing the descriptor releases it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # on Windows: it is held; elsewhere: a file system without locks
        return sys.platform != "win32"
    return True
