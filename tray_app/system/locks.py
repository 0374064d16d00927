"""Locks between processes, one for each credential (never the credential's own file)."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import filelock

from tray_app.model.errors import Busy
from tray_app.system.file_probe import is_locked
from tray_app.system.own_folder import own_folder, verify_own_folder

log = logging.getLogger(__name__)

_TRIES = 3
"""How often a lock is taken whose file is another one by then."""


_GLANCES = 20
"""How often a lock is tried that nobody holds: who looks at it shares it for an instant."""

_FOLDER_PAUSE = 0.05
"""Seconds between two tries to lock a folder."""


class Locks:
    """Lock files in one directory. A lock goes with its process, however that ends."""

    def __init__(
        self,
        directory: Path,
        timeout: float = 30.0,
        beside: Callable[[], Path | None] = lambda: None,
    ) -> None:
        """`timeout`: seconds to wait for another process that is renewing; `beside`: a second
        folder in which each lock is held, too, where the secrets are: who shares them may have
        another `directory`."""
        self._directory = directory
        self._patience = timeout
        self._beside = beside

    @contextmanager
    def acquire(self, *scope: str) -> Iterator[None]:
        """Hold the lock of this scope, e.g. ("app", appId, org). Raises Busy."""
        path, beside = self.path(*scope), self._beside()
        with ExitStack() as held:
            for each in (path, beside and beside / path.name):
                if each is not None:
                    self._take(each, held)
            yield

    def _take(self, path: Path, held: ExitStack) -> None:
        """Raises Busy."""
        try:
            own_folder(path.parent)
            lock = self._taken(path)
            for _ in range(_TRIES):
                if is_locked(str(path)):
                    break
                # The file was moved or removed meanwhile: another process would lock a new one.
                lock.release()
                lock = self._taken(path)
            held.callback(lock.release)
        except filelock.Timeout:
            raise Busy("another process is renewing this token and has not finished") from None
        except (OSError, NotImplementedError) as error:
            # Full disk, no home, a file system without locks: a token that dies for lack of a
            # lock is worse than two processes that renew it at once.
            log.warning("going on without a lock: %s", error)

    def _taken(self, path: Path) -> filelock.BaseFileLock:
        """Raises filelock.Timeout, OSError, NotImplementedError."""
        _refuse_link(path)
        lock = filelock.FileLock(path, timeout=self._patience, mode=0o600, thread_local=False)
        for _ in range(_GLANCES):
            try:
                lock.acquire()
            except filelock.Timeout:
                if is_locked(str(path)):
                    raise
            else:
                return lock
        raise filelock.Timeout(str(path))

    def is_held(self, *scope: str) -> bool:
        """Whether somebody holds this lock now. Makes nothing, waits for nothing."""
        return is_locked(str(self.path(*scope)))

    def path(self, *scope: str) -> Path:
        """Return the lock file of this scope."""
        name = hashlib.sha256("\n".join(scope).encode(errors="surrogatepass")).hexdigest()[:32]
        return self._directory / f"{scope[0]}-{name}.lock"


@contextmanager
def lock_folder(folder: Path, timeout: float = 5.0) -> Iterator[None]:
    """Hold a lock on the folder itself: who writes the same `.env` may have other folders for locks
    and for secrets. Nothing is made in it, and it may be read-only.

    Whoever can read the folder can hold it, too: after `timeout` seconds we go on without. So we
    do on Windows, and where folders cannot be locked (NFS).
    """
    with ExitStack() as held:
        with suppress(ImportError, OSError):
            handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
            held.callback(os.close, handle)
            end = time.monotonic() + timeout
            while not _is_taken(handle):
                if time.monotonic() > end:
                    log.warning("going on, though another program holds the lock of %s", folder)
                    break
                time.sleep(_FOLDER_PAUSE)
        yield


def _is_taken(handle: int) -> bool:
    """Whether we have the lock of the folder now. Raises OSError, ImportError on Windows."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove_unused(directory: Path, pattern: str = "*") -> bool:
    """Remove these files of a folder of locks, and the folder if nothing else is in it; False if
    all of them stay, since a program holds one of the locks. Raises OSError, also for a folder that
    another user has put there, or leads to.

    All locks are held meanwhile: who comes to wait for one finds that its file is gone, and makes
    it anew (filelock looks).
    """
    if not directory.exists():
        return True
    verify_own_folder(directory)
    paths = [path for path in directory.glob(pattern) if path.is_symlink() or not path.is_dir()]
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
        for path in paths:
            path.unlink(missing_ok=True)
    with suppress(OSError):
        directory.rmdir()
    return True


def _refuse_link(path: Path) -> None:
    """Say it in words; filelock does not follow a link either, but speaks of too many levels."""
    if path.is_symlink():
        raise OSError(f"{path} is a symbolic link, which is not followed; remove it")
