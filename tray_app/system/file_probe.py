"""Whether a file has changed, and whether a lock is held. Loads next to nothing: a prompt waits."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Signature = tuple[int, ...]

POSIX = os.name == "posix"

_FAIL_AT_ONCE = 1
"""LOCKFILE_FAIL_IMMEDIATELY, without LOCKFILE_EXCLUSIVE_LOCK."""


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


def lock_file(directory: Path, *scope: str) -> Path:
    """Return the lock file of this scope in that folder."""
    import hashlib

    name = hashlib.sha256("\n".join(scope).encode(errors="surrogatepass")).hexdigest()[:32]
    return directory / f"{scope[0]}-{name}.lock"


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
            from ctypes import WinDLL, c_void_p, create_string_buffer

            # By the system's call: `msvcrt.locking` cannot share.
            kernel, file = WinDLL("kernel32"), c_void_p(msvcrt.get_osfhandle(handle))
            if not kernel.LockFileEx(file, _FAIL_AT_ONCE, 0, 1, 0, create_string_buffer(32)):
                return False
            kernel.UnlockFile(file, 0, 0, 1, 0)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        pass
    return True
