"""Where the next version of a file is made: a folder of one process's own, beside that file.

The file in it has the name of the one that it replaces, so that a `.gitignore` that says `.env`
covers what a killed run leaves.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto

from tray_app.system.directory_fd import Directory, Entry

_PREFIX = ".webex-token-tray."
_OLD_SUFFIX = ".webex-token-tray"
"""Until 2026 the files lay beside their target, as `.env.XXXX.webex-token-tray`."""

_STALE_SECONDS = 3600.0
"""When leftovers are removed if no lock can tell whether somebody is at work on them."""

_TRIES = 8

_FOR_OWNER = stat.S_IRUSR | stat.S_IWUSR

_EXCHANGED = (
    "another user exchanges what this program makes in {path}; let nobody else write to that folder"
)

_NOT_THE_FOLDER = (errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM)
"""What the system says if a file, a link or a folder of another user has the name."""


class _Lock(Enum):
    OURS = auto()
    HELD = auto()
    UNKNOWN = auto()


@dataclass(slots=True)
class TemporaryFolder:
    """A folder that only this user may enter, with one file in it. It is locked, so that no other
    process takes it for a leftover. To be closed.

    `maker`: who owns what this process makes there, as the file system tells it: a share may have
    one owner for all files, or know no root.
    """

    beside: Entry
    _entry: Entry
    _opened: Directory
    maker: int = -1
    _made: tuple[int, ...] = ()
    """What tells our file from others."""

    @classmethod
    def made(cls, beside: Entry) -> TemporaryFolder:
        """Make one beside the file. Raises OSError, also if what was made is exchanged twice."""
        exchanged = 0
        for _ in range(_TRIES):
            entry = Entry(beside.directory, f"{_PREFIX}{os.urandom(4).hex()}")
            entry.mkdir()
            try:
                opened = _open(entry)
            except FileNotFoundError:  # swept by another process before the lock was ours
                continue
            if opened is not None:
                folder = cls(beside, entry, opened)
                if _locked(opened) is _Lock.HELD or not _is_there(entry):
                    opened.close()
                    continue
                if folder._is_ours():
                    return folder
                opened.close()
            exchanged += 1
            if exchanged > 1:
                raise PermissionError(errno.EPERM, _EXCHANGED.format(path=beside.directory.path))
        raise BlockingIOError(errno.EAGAIN, "another process removes each temporary folder")

    @property
    def file(self) -> Entry:
        """The file in it."""
        return Entry(self._opened, self.beside.name)

    def open_file(self) -> int:
        """Return a descriptor for writing of the file that this process made here; if another one
        has its name, or none, it is made anew. No other user may read it. Raises OSError."""
        if self._made:
            with suppress(OSError):
                handle = self.file.open(os.O_WRONLY)
                if _identity(os.fstat(handle)) == self._made:
                    return handle
                os.close(handle)
            with suppress(FileNotFoundError):
                self.file.unlink()
        # With O_EXCL the descriptor is that of a file of our own, whoever owns the folder.
        handle = self.file.open(os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(handle).st_mode) != _FOR_OWNER:
                with suppress(OSError):  # a file system without modes
                    os.fchmod(handle, _FOR_OWNER)
            state = os.fstat(handle)
        except OSError:
            os.close(handle)
            raise
        self.maker, self._made = state.st_uid, _identity(state)
        return handle

    def close(self) -> None:
        """Remove the folder and what is in it, and release the lock. What cannot be removed stays
        until a later run sweeps it."""
        try:
            with suppress(OSError):
                self.file.unlink()
            with suppress(OSError):
                if _is_same(self._entry, self._opened):
                    self._entry.rmdir()
        finally:
            self._opened.close()

    def _is_ours(self) -> bool:
        """Whether the folder is one that this process may have made: empty, and of the same owner
        as a file that it makes there. Makes that file. Raises OSError."""
        if self._opened.handle is None:
            os.close(self.open_file())
            return True
        owner = self._opened.state().st_uid
        with suppress(PermissionError):  # a list that takes this user's own rights
            if self._opened.names():
                return False
        _open_to_owner(self._opened)
        if self._opened.names():
            return False
        try:
            os.close(self.open_file())
        except (PermissionError, FileExistsError):
            if owner == os.geteuid():
                raise
            return False
        if owner == self.maker:
            return True
        with suppress(OSError):
            self.file.unlink()
        return False


def _identity(state: os.stat_result) -> tuple[int, ...]:
    """What tells a file from others, and whether anybody may read it by another name or mode."""
    return state.st_dev, state.st_ino, state.st_mode, state.st_uid, state.st_nlink


def _open(entry: Entry) -> Directory | None:
    """Open the folder that was just made; None if something else has its name by now. Raises
    OSError; then nothing is left."""
    try:
        try:
            return entry.open_directory()
        except PermissionError:  # a umask that takes this user's own rights
            entry.allow_owner()
            return entry.open_directory()
    except OSError as error:
        with suppress(OSError):
            entry.rmdir()
        if error.errno in _NOT_THE_FOLDER:
            return None
        raise


def _is_same(entry: Entry, opened: Directory) -> bool:
    """Whether the name still leads to the folder that is open. Raises OSError."""
    return opened.handle is None or os.path.samestat(entry.state(), opened.state())


def _open_to_owner(directory: Directory) -> None:
    """Let this user alone enter it, whatever list the folder above gives to what is made in it."""
    if directory.handle is not None:
        mode = stat.S_IMODE(os.fstat(directory.handle).st_mode)
        if mode & 0o777 != stat.S_IRWXU:
            with suppress(OSError):  # a file system without modes
                os.fchmod(directory.handle, mode & ~0o777 | stat.S_IRWXU)


def sweep(beside: Entry) -> None:
    """Remove what killed runs of ours have left beside the file; it holds secrets."""
    with suppress(OSError):
        for name in beside.directory.names():
            if name.startswith(_PREFIX):
                _sweep_folder(Entry(beside.directory, name), beside.name)
            elif name.startswith(f"{beside.name}.") and name.endswith(_OLD_SUFFIX):
                with suppress(OSError):
                    _sweep_file(Entry(beside.directory, name))


def _sweep_folder(entry: Entry, name: str) -> None:
    """Remove the folder if it is a leftover of the file of that name."""
    with suppress(OSError):
        opened = entry.open_directory()
        try:
            lock = _locked(opened)
            if lock is _Lock.HELD or (lock is _Lock.UNKNOWN and not _is_stale(entry)):
                return
            file = Entry(opened, name)
            if set(opened.names()) <= {name}:  # else it is not as we make them
                with suppress(FileNotFoundError):
                    file.unlink()
                entry.rmdir()
        finally:
            opened.close()


def _sweep_file(entry: Entry) -> None:
    if stat.S_ISREG(entry.state().st_mode) and _is_stale(entry):
        entry.unlink()


def _is_stale(entry: Entry) -> bool:
    # Not the time of its content: an exchange gives our name to an old file.
    return time.time() - entry.state().st_ctime > _STALE_SECONDS


def _is_there(entry: Entry) -> bool:
    try:
        entry.state()
    except FileNotFoundError:
        return False
    return True


def _locked(directory: Directory) -> _Lock:
    """Lock the folder for as long as it is open. NFS and Windows have no lock of a folder."""
    if sys.platform == "win32" or directory.handle is None:
        return _Lock.UNKNOWN
    import fcntl

    try:
        fcntl.flock(directory.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _Lock.HELD
    except OSError:
        return _Lock.UNKNOWN
    return _Lock.OURS
