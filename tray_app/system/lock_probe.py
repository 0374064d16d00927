"""Whether somebody holds a lock of `system.locks`. Loads next to nothing: a prompt waits."""

from __future__ import annotations

import os
import sys


def is_locked(path: str) -> bool:
    """Whether a process holds this lock file now. Makes nothing, and waits for nothing.

    A free lock is shared for an instant, since only that tells.
    """
    how = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, how)
    except OSError:  # there is none, or it cannot be used: nobody holds it
        return False
    try:
        return not _may_share(handle)
    finally:
        os.close(handle)


def _may_share(handle: int) -> bool:
    """Whether nobody holds it exclusively; closing the handle gives it back."""
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
    except OSError:  # Windows says so in this way; elsewhere it is a file system without locks
        return sys.platform != "win32"
    return True
