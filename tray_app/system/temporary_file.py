"""The next version of a file is written in a temporary folder beside it.

The file in that folder has the same name, so that `.env` in a `.gitignore` also covers what a
killed run leaves.
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
"""Until 2026, the file was beside its target, as `.env.XXXX.webex-token-tray`."""

_STALE_SECONDS = 3600.0
"""The age at which leftovers are removed if locks cannot tell whether they are in use."""

_ATTEMPTS = 8

_MODE = stat.S_IRWXU | stat.S_ISVTX
"""The sticky bit has no effect there: it is our mark, which no other user can set."""

_FOR_OWNER = stat.S_IRUSR | stat.S_IWUSR

_REPLACED = (
    "another user replaces what this program creates in {path}; let no other user write there"
)

_NOT_THE_FOLDER = (errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM)
"""Errors if a file, a link or a folder of another user has the name."""


class _Lock(Enum):
    OURS = auto()
    HELD = auto()
    UNKNOWN = auto()


@dataclass(slots=True)
class TemporaryFolder:
    """A folder that only this user may enter, with one file in it. It is locked while it is in use,
    so that no other process removes it as a leftover. Call `close`.

    `maker`: the owner of files that this process creates there. A network share may have one owner
    for all files.
    """

    target: Entry
    _entry: Entry
    _opened: Directory
    maker: int = -1
    _made: tuple[int, ...] = ()
    """The identity of our file."""

    @classmethod
    def create(cls, target: Entry) -> TemporaryFolder:
        """Create one beside the file. Raises OSError, also if it is replaced twice."""
        replaced = 0
        for _ in range(_ATTEMPTS):
            entry = Entry(target.directory, f"{_PREFIX}{os.urandom(4).hex()}")
            entry.mkdir()
            try:
                opened = _open(entry)
            except FileNotFoundError:  # removed by another process before we locked it
                continue
            if opened is not None:
                folder = cls(target, entry, opened)
                if _locked(opened) is _Lock.HELD or not _is_there(entry):
                    opened.close()
                    continue
                if folder._is_ours():
                    return folder
                opened.close()
            replaced += 1
            if replaced > 1:
                raise PermissionError(errno.EPERM, _REPLACED.format(path=target.directory.path))
        raise BlockingIOError(errno.EAGAIN, "another process removes each temporary folder")

    @property
    def file(self) -> Entry:
        """The file in it."""
        return Entry(self._opened, self.target.name)

    def open_file(self) -> int:
        """Return a descriptor for writing our file, which is created anew if it is missing or was
        replaced. No other user may read it. Raises OSError."""
        if self._made:
            with suppress(OSError):
                handle = self.file.open(os.O_WRONLY)
                if _identity(os.fstat(handle)) == self._made:
                    return handle
                os.close(handle)
            with suppress(FileNotFoundError):
                self.file.unlink()
        # With O_EXCL the file is our own, whoever owns the folder.
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
        """Remove the folder and its file, and release the lock. If that fails, a later run removes
        them."""
        try:
            with suppress(OSError):
                self.file.unlink()
            with suppress(OSError):
                if _is_same(self._entry, self._opened):
                    self._entry.rmdir()
        finally:
            self._opened.close()

    def _is_ours(self) -> bool:
        """Whether this process may have created the folder: it is empty, and has the same owner as
        a file that is now created in it. Raises OSError."""
        if self._opened.handle is None:
            os.close(self.open_file())
            return True
        owner = self._opened.state().st_uid
        with suppress(PermissionError):  # a list that denies access to this user
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
    """The identity of a file, with its mode and number of links."""
    return state.st_dev, state.st_ino, state.st_mode, state.st_uid, state.st_nlink


def _open(entry: Entry) -> Directory | None:
    """Open the folder that was just created; None if something else has its name. If this raises
    OSError, the folder is removed."""
    try:
        try:
            return entry.open_directory()
        except PermissionError:  # a umask that denies access to this user
            entry.allow_owner()
            return entry.open_directory()
    except OSError as error:
        with suppress(OSError):
            entry.rmdir()
        if error.errno in _NOT_THE_FOLDER:
            return None
        raise


def _is_same(entry: Entry, opened: Directory) -> bool:
    """Whether the name still leads to the open folder. Raises OSError."""
    return opened.handle is None or os.path.samestat(entry.state(), opened.state())


def _open_to_owner(directory: Directory) -> None:
    """Set the mode, whatever access control list the folder above passes on."""
    if directory.handle is not None:
        mode = stat.S_IMODE(os.fstat(directory.handle).st_mode)
        if mode & 0o1777 != _MODE:
            with suppress(OSError):  # a file system without modes
                os.fchmod(directory.handle, mode & ~0o777 | _MODE)


def sweep(target: Entry) -> None:
    """Remove what killed runs have left beside the file; it contains secrets."""
    with suppress(OSError):
        for name in target.directory.names():
            if name.startswith(_PREFIX):
                _sweep_folder(Entry(target.directory, name), target.name)
            elif name.startswith(f"{target.name}.") and name.endswith(_OLD_SUFFIX):
                with suppress(OSError):
                    _sweep_file(Entry(target.directory, name))


def _sweep_folder(entry: Entry, name: str) -> None:
    """Remove the folder if it is a leftover of the file of that name."""
    with suppress(OSError):
        opened = entry.open_directory()
        try:
            lock = _locked(opened)
            if lock is _Lock.HELD or (lock is _Lock.UNKNOWN and not _is_stale(entry)):
                return
            file = Entry(opened, name)
            names = opened.names()
            if not names or (names == [name] and _may_be_ours(opened, entry.directory)):
                with suppress(FileNotFoundError):
                    file.unlink()
                entry.rmdir()
        finally:
            opened.close()


def _may_be_ours(opened: Directory, around: Directory) -> bool:
    """Whether it has our mark, which older versions did not set, or no other user can have renamed
    another folder of this user to the name."""
    if opened.handle is None or opened.state().st_mode & stat.S_ISVTX:
        return True
    folder = around.state()
    return folder.st_uid in (os.geteuid(), 0) and not folder.st_mode & 0o022


def _sweep_file(entry: Entry) -> None:
    if stat.S_ISREG(entry.state().st_mode) and _is_stale(entry):
        entry.unlink()


def _is_stale(entry: Entry) -> bool:
    # Not st_mtime: an exchange gives our name to an old file.
    return time.time() - entry.state().st_ctime > _STALE_SECONDS


def _is_there(entry: Entry) -> bool:
    try:
        entry.state()
    except FileNotFoundError:
        return False
    return True


def _locked(directory: Directory) -> _Lock:
    """Lock the folder while it is open. NFS and Windows cannot lock folders."""
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
