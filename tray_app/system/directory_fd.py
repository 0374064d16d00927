"""Folders by descriptor: a name is looked up in the folder that was opened, even if another user
has replaced that folder since."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tray_app.system.mounts import mounted_by

_MOST_LINKS = 40
"""As many as Linux follows in one path."""

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)
_PATH_ONLY = getattr(os, "O_PATH", 0)
"""Opens a folder that can be searched but not listed, such as /home with mode 0711 (Linux)."""


@dataclass(frozen=True, slots=True)
class Directory:
    """An open folder. `handle`: its descriptor; None on Windows, where its path is used."""

    path: Path
    handle: int | None

    def close(self) -> None:
        """Close the descriptor."""
        if self.handle is not None:
            os.close(self.handle)

    def state(self) -> os.stat_result:
        """Return the folder's `stat`. Raises OSError."""
        return self.path.stat() if self.handle is None else os.fstat(self.handle)

    def names(self) -> list[str]:
        """Return the names in it. Raises OSError."""
        if self.handle is None:
            return os.listdir(self.path)  # noqa: PTH208 - of thousands of files, few are ours
        handle = os.open(".", os.O_RDONLY | _DIRECTORY, dir_fd=self.handle)
        try:
            return os.listdir(handle)  # noqa: PTH208 - of a descriptor
        finally:
            os.close(handle)

    def sync(self) -> None:
        """Make renames in it durable, if the system can. Raises OSError."""
        if self.handle is None:
            return
        handle = os.open(".", os.O_RDONLY | _DIRECTORY, dir_fd=self.handle)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in an open folder. No method follows a symbolic link; each raises OSError."""

    directory: Directory
    name: str

    @property
    def path(self) -> Path:
        """The path, for messages."""
        return self.directory.path / self.name

    def open(self, flags: int, mode: int = 0o600) -> int:
        """Return a descriptor of the file. A FIFO does not block. See `give_to_caller`."""
        flags |= _NO_FOLLOW | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(self._name, flags, mode, dir_fd=self.directory.handle)
        if flags & os.O_CREAT:
            give_to_caller(handle, self.directory)
        return handle

    def open_directory(self) -> Directory:
        """Open the folder of this name."""
        if self.directory.handle is None:
            return Directory(self.path, None)
        return Directory(self.path, self.open(os.O_RDONLY | _DIRECTORY))

    def state(self) -> os.stat_result:
        """Return the `lstat`."""
        return os.lstat(self._name, dir_fd=self.directory.handle)

    def unlink(self) -> None:
        """Remove the file of this name."""
        os.unlink(self._name, dir_fd=self.directory.handle)

    def mkdir(self) -> None:
        """Create a folder of this name for this user alone (0700), whatever the umask."""
        os.mkdir(self._name, 0o700, dir_fd=self.directory.handle)
        if self.state().st_mode & 0o700 != 0o700:
            self.allow_owner()

    def mkdir_for_caller(self) -> None:
        """Create one as `mkdir` does, but see `give_to_caller`."""
        self.mkdir()
        if caller_of(self.directory.state()) is not None:
            made = self.open_directory()
            try:
                if made.handle is not None:
                    give_to_caller(made.handle, self.directory)
            finally:
                made.close()

    def make_private(self) -> None:
        """Set the file's mode to 0600. It follows a link: in the folder, only this user may be able
        to write."""
        os.chmod(self._name, 0o600, dir_fd=self.directory.handle)

    def allow_owner(self) -> None:
        """Set the mode of the folder of this name to 0700."""
        if os.chmod in os.supports_follow_symlinks:
            os.chmod(self._name, 0o700, dir_fd=self.directory.handle, follow_symlinks=False)
            return
        handle = self.open(_PATH_ONLY | _DIRECTORY)
        try:  # fchmod does not accept such a descriptor (open(2), O_PATH)
            Path(f"/proc/self/fd/{handle}").chmod(0o700)
        finally:
            os.close(handle)

    def rmdir(self) -> None:
        """Remove the empty folder of this name."""
        os.rmdir(self._name, dir_fd=self.directory.handle)

    def replace(self, other: Entry) -> None:
        """Rename this file to the other name, and replace what is there."""
        os.replace(
            self._name,
            other._name,
            src_dir_fd=self.directory.handle,
            dst_dir_fd=other.directory.handle,
        )

    @property
    def _name(self) -> str | Path:
        return self.name if self.directory.handle is not None else self.path


def caller_of(folder: os.stat_result) -> int | None:
    """Return the user who called sudo, if this is root and the folder is that user's; else None."""
    caller = os.environ.get("SUDO_UID", "")
    is_callers = _user() == 0 and hasattr(os, "fchown") and str(folder.st_uid) == caller != "0"
    return folder.st_uid if is_callers else None


def give_to_caller(handle: int, folder: Directory) -> None:
    """Under sudo, give the file or folder that root has just created in a folder of the caller to
    the caller, who could not use it later. What holds something stays as it is: it may have been
    moved there."""
    state = folder.state()
    if caller_of(state) is None:
        return
    made = os.fstat(handle)
    if stat.S_ISDIR(made.st_mode):
        is_new = not os.listdir(handle)
    else:
        is_new = made.st_size == 0 and made.st_nlink == 1
    if is_new and made.st_uid == 0:
        with suppress(OSError):
            os.fchown(handle, state.st_uid, state.st_gid)


class Located(NamedTuple):
    """Where a path leads. `linked`: its last name is a symbolic link; `link_owners`: who owns the
    links on the way (on Linux; elsewhere only of the last name); `crossing_owners`: those whose
    link leads to something that is not theirs, in a folder that is not theirs either."""

    entry: Entry
    linked: bool
    link_owners: frozenset[int]
    crossing_owners: frozenset[int] = frozenset()

    def refusal(self) -> str:
        """Return why nothing may be written there, "" if it may: a link of another user leads to
        something that is not that user's. For root, the caller of sudo is another user, too."""
        owners = self.crossing_owners - {_user(), 0}
        if not owners:
            return ""
        who = ", ".join(map(str, sorted(owners)))
        return (
            f"a symbolic link of another user ({who}) leads to {self.entry.path}, which is not that"
            " user's; remove the link, or name where it leads"
        )


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0


@contextmanager
def located(path: Path) -> Iterator[Located]:
    """Resolve the path and its links, and yield the entry: not a link, and perhaps not there yet.
    Its folder is closed at the end. Raises OSError."""
    found = _walk(path.absolute()) if sys.platform == "linux" else _resolved(path)
    try:
        yield found
    finally:
        found.entry.directory.close()


def remove(path: Path) -> None:
    """Remove the file or link of this name, if there is one. Raises OSError, also if a link of
    another user has led root to the folder."""
    try:
        with located(path.with_name(f".{secrets.token_hex(8)}")) as found:
            if refusal := found.refusal():
                raise PermissionError(errno.EPERM, refusal)
            Entry(found.entry.directory, path.name).unlink()
    except FileNotFoundError:
        return


def verified_state(path: Path, handle: int) -> os.stat_result:
    """Return the state of the open file. Raises OSError if a link of another user has led root
    there, to what is not that user's, or if the path leads elsewhere by now."""
    state = os.fstat(handle)
    if os.name == "posix" and os.geteuid() == 0:  # other users read what they may
        with located(path) as found:
            if refusal := found.refusal():
                raise PermissionError(errno.EPERM, refusal)
            if not os.path.samestat(state, found.entry.state()):
                raise OSError(errno.ESTALE, "another program is exchanging it")
    return state


def _resolved(path: Path) -> Located:
    real = Path(os.path.realpath(path))
    handle = None
    if os.name == "posix":
        with suppress(PermissionError):  # it may be searched, and not listed
            handle = os.open(real.parent, os.O_RDONLY | _DIRECTORY)
    linked = path.is_symlink()
    owners = frozenset({path.lstat().st_uid} if linked else ())
    crossing = owners - {each.stat().st_uid for each in (real, real.parent) if each.exists()}
    return Located(Entry(Directory(real.parent, handle), real.name), linked, owners, crossing)


def _walk(path: Path) -> Located:
    """Resolve it name by name: each folder is opened before the next name is looked up in it."""
    waiting, linked, links = list(reversed(path.parts[1:])), False, _Links()
    folder = _root()
    try:
        while True:
            links.lead_to(len(waiting), folder)
            name = _next(waiting, len(links.owners))
            handle = _opened(folder, name, may_be_missing=not waiting)
            owner = _link_owner(handle)
            if owner is not None and handle is not None:
                linked = linked or not waiting
                links.follow(owner, len(waiting))
                target = _target(handle)
                if target.is_absolute():
                    folder.close()
                    folder = _root()
                waiting += [part for part in reversed(target.parts) if part != "/"]
            elif waiting and handle is not None:
                folder.close()
                folder = Directory(_path(folder.path, name), handle)
            else:
                links.lead_to(0, folder, handle)
                if handle is not None:
                    os.close(handle)
                entry = Entry(folder, name)
                return Located(
                    entry, linked, frozenset(links.owners), frozenset(links.crossing_owners)
                )
    except OSError:
        folder.close()
        raise


class _Links:
    """The links on the way, and whether each leads to something that its owner owns."""

    def __init__(self) -> None:
        self.owners: list[int] = []
        self.crossing_owners: set[int] = set()
        self._open: list[tuple[int, int]] = []
        """For each link that is being followed: its owner, and how many names remain after it."""

    def follow(self, owner: int, left: int) -> None:
        """Note a link of this owner; `left` names follow it."""
        self.owners.append(owner)
        self._open.append((owner, left))

    def lead_to(self, left: int, folder: Directory, file: int | None = None) -> None:
        """The way has come into this folder, or at its end to a name there, and what that is if it
        is there (`file`); so many names are left."""
        while self._open and self._open[-1][1] >= left:
            owner = self._open.pop()[0]
            # The owner of the folder around the target could replace the link by it.
            around = folder.state() if not left else os.stat("..", dir_fd=folder.handle)
            at = os.fstat(file) if file is not None else folder.state()
            if owner not in (at.st_uid, around.st_uid):
                self.crossing_owners.add(owner)


def _root() -> Directory:
    return Directory(Path("/"), os.open("/", _PATH_ONLY | _DIRECTORY))


def _next(waiting: list[str], links: int) -> str:
    if links > _MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not waiting:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return waiting.pop()


def _opened(folder: Directory, name: str, *, may_be_missing: bool) -> int | None:
    """A descriptor of this name, without following a link; None if it may be missing and is."""
    try:
        return os.open(name, _PATH_ONLY | _NO_FOLLOW, dir_fd=folder.handle)
    except FileNotFoundError:
        if may_be_missing:
            return None
        raise


def _link_owner(handle: int | None) -> int | None:
    """The owner of the symbolic link, or the other user who made its mount; None if it is not a
    link."""
    if handle is None:
        return None
    state = os.fstat(handle)
    if not stat.S_ISLNK(state.st_mode):
        return None
    maker = mounted_by(handle)
    return state.st_uid if maker is None else maker


def _target(link: int) -> Path:
    """Where the link leads. Closes its descriptor."""
    try:
        return Path(os.readlink("", dir_fd=link))
    finally:
        os.close(link)


def _path(folder: Path, name: str) -> Path:
    return folder.parent if name == ".." else folder / name
