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

from tray_app.adapters.directories import Directory, Entry

_PREFIX = ".webex-token-tray."
_OLD_SUFFIX = ".webex-token-tray"
"""Until 2026 the files lay beside their target, as `.env.XXXX.webex-token-tray`."""

_STALE_SECONDS = 3600.0
"""When leftovers are removed if no lock can tell whether somebody is at work on them."""

_TRIES = 8


class _Lock(Enum):
    OURS = auto()
    HELD = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class TemporaryFolder:
    """A folder that only this user may enter. It is locked, so that no other process takes it for
    a leftover. To be closed."""

    beside: Entry
    _entry: Entry
    _opened: Directory

    @classmethod
    def made(cls, beside: Entry) -> TemporaryFolder:
        """Make one beside the file. Raises OSError."""
        for _ in range(_TRIES):
            entry = Entry(beside.directory, f"{_PREFIX}{os.urandom(4).hex()}")
            entry.mkdir()
            try:
                opened = entry.open_directory()
            except FileNotFoundError:  # swept by another process before the lock was ours
                continue
            _open_to_owner(opened)
            if _locked(opened) is not _Lock.HELD and _is_there(entry):
                return cls(beside, entry, opened)
            opened.close()
        raise BlockingIOError(errno.EAGAIN, "another process removes each temporary folder")

    @property
    def file(self) -> Entry:
        """The file in it, which may not be there yet."""
        return Entry(self._opened, self.beside.name)

    def close(self) -> None:
        """Remove the folder and what is in it, and release the lock."""
        with suppress(FileNotFoundError):
            self.file.unlink()
        try:
            with suppress(FileNotFoundError):
                self._entry.rmdir()
        finally:
            self._opened.close()


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
