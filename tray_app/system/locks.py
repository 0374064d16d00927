"""Locks between processes: a lock file for each credential, never the credential's own file."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import filelock

from tray_app.model.errors import Busy
from tray_app.system.directory_fd import Entry
from tray_app.system.file_probe import is_locked, lock_file
from tray_app.system.forks import closed_in_child
from tray_app.system.own_folder import own_entry, own_folder, verify_own_folder

log = logging.getLogger(__name__)

_OURS = re.compile(r"[a-z-]+-[0-9a-f]{32}\.lock|[0-9a-f]{16}\.(door|keeper)")
"""The names of lock files, and of a running tray's socket and note (`single_instance`)."""

_RETRIES = 3
"""How often to retry if the lock file was replaced."""

_ATTEMPTS = 20
"""How often to try a free lock: `is_locked` shares it for an instant."""

_FOLDER_RETRY = 0.05
"""Seconds between two attempts to lock a folder."""


class Locks:
    """Lock files in one directory. A lock is released when its process ends."""

    def __init__(
        self,
        directory: Path,
        timeout: float = 30.0,
        also_in: Callable[[], Path | None] = lambda: None,
    ) -> None:
        """`timeout`: seconds to wait for another process; `also_in`: a second folder for the same
        locks, beside the secrets, since a program that shares these may have another `directory`.
        """
        self._directory = directory
        self._timeout = timeout
        self._also_in = also_in

    @contextmanager
    def acquire(self, *scope: str) -> Iterator[None]:
        """Hold the lock of this scope, e.g. ("app", appId, org). Raises Busy."""
        path, second = self.path(*scope), self._also_in()
        with ExitStack() as held:
            for each in (path, second and second / path.name):
                if each is not None:
                    self._hold(each, held)
            yield

    def _hold(self, path: Path, held: ExitStack) -> None:
        """Raises Busy."""
        try:
            own_folder(path.parent)
            lock = self._acquired(path)
            for _ in range(_RETRIES):
                if is_locked(str(path)):
                    break
                # The file was moved or removed, so another process would lock a new one.
                lock.release()
                lock = self._acquired(path)
            held.callback(lock.release)
        except filelock.Timeout:
            raise Busy("another process is renewing this token and has not finished") from None
        except (OSError, NotImplementedError) as error:
            # Full disk, no home, or a file system without locks: an expired token is worse than two
            # processes that renew it at once.
            log.warning("going on without a lock: %s", error)

    def _acquired(self, path: Path) -> filelock.BaseFileLock:
        """Raises filelock.Timeout, OSError, NotImplementedError."""
        _refuse_link(path)
        with own_entry(path) as entry:  # created by us first: see `give_to_caller`
            os.close(entry.open(os.O_CREAT | os.O_RDWR))
        lock = filelock.FileLock(path, timeout=self._timeout, mode=0o600, thread_local=False)
        for _ in range(_ATTEMPTS):
            try:
                lock.acquire()
            except filelock.Timeout:
                if is_locked(str(path)):
                    raise
            else:
                return lock
        raise filelock.Timeout(str(path))

    def path(self, *scope: str) -> Path:
        """Return the lock file of this scope."""
        return lock_file(self._directory, *scope)


@contextmanager
def lock_folder(folder: Path, timeout: float = 5.0) -> Iterator[None]:
    """Lock the folder itself, for programs that write the same `.env` but have other folders for
    locks and secrets. Creates nothing; the folder may be read-only.

    Every user who can read the folder can lock it, so after `timeout` seconds this goes on without
    the lock. On Windows, and if folders cannot be locked (NFS), it locks nothing.
    """
    with ExitStack() as held:
        with suppress(ImportError, OSError):
            handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
            held.enter_context(closed_in_child(handle))
            end = time.monotonic() + timeout
            while not _is_acquired(handle):
                if time.monotonic() > end:
                    log.warning("going on, though another program holds the lock of %s", folder)
                    break
                time.sleep(_FOLDER_RETRY)
        yield


def _is_acquired(handle: int) -> bool:
    """Try to lock the folder. Raises OSError; ImportError on Windows."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove_unused(directory: Path) -> bool:
    """Remove our files of a lock folder, and the folder if it is then empty. Return False, and
    remove nothing, if a program holds one of the locks. Raises OSError, also if the folder is a
    link or belongs to another user.

    All locks are held meanwhile. A process that waits for one notices that its file is gone, and
    creates it again (filelock).
    """
    if not directory.exists():
        return True
    verify_own_folder(directory)
    if directory.is_symlink():
        raise OSError("it is a symbolic link, and nothing is removed through one")
    paths = [path for path in directory.iterdir() if _OURS.fullmatch(path.name)]
    with ExitStack() as held:
        for path in paths:
            if path.suffix != ".lock" or path.is_symlink():
                continue
            try:
                held.enter_context(filelock.FileLock(path, timeout=0, mode=0o600))
            except (filelock.Timeout, NotImplementedError):
                return False
        if sys.platform == "win32":
            held.close()  # an open file cannot be removed there
        with own_entry(directory / "any") as entry:  # another user may have replaced the folder
            for path in paths:
                with suppress(FileNotFoundError):
                    Entry(entry.directory, path.name).unlink()
    with suppress(OSError), own_entry(directory) as entry:
        entry.rmdir()
    return True


def _refuse_link(path: Path) -> None:
    """filelock does not follow a link either, but its message is about too many levels."""
    if path.is_symlink():
        raise OSError(f"{path} is a symbolic link, which is not followed; remove it")
