"""The folders of our own files: for this user alone, and not used if another user owns them.

Root with the home of another user (`su -m`, a sudo that keeps HOME) may find there what that user
has prepared, such as a link in place of the log or of its folder.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from tray_app.system.atomic_file import Target, Verdict, error_text, read_opened
from tray_app.system.directory_fd import Entry, Located, caller_of, located, verified_state
from tray_app.system.dirs import POSIX, make_directory
from tray_app.system.mounts import is_container, mounted_by
from tray_app.system.ownership import (
    find_exposure,
    has_made_up_owners,
    own_uids,
    ownership_at,
)

_TRIES = 5


class NotOurs(PermissionError):
    """The folder belongs to another user, or a link of another user leads to it (`strerror`)."""


def own_folder(path: Path, *, private: bool = True) -> Path:
    """Create the folder and missing parents for this user alone (0700); return it.

    `private`: an existing folder becomes 0700, too. Links of this user and of root are followed.
    Raises NotOurs, OSError.
    """
    if not POSIX:
        make_directory(path)
        return path
    missing = [each for each in (path, *path.parents) if not os.path.lexists(each)]
    for each in reversed(missing):
        with located(each) as found, suppress(FileExistsError):
            _check_way(path, found)
            found.entry.mkdir_for_caller()
    with located(path) as found:
        _check_way(path, found)
        folder = found.entry.open_directory()
        try:
            state = folder.state()
            check_owner(path, state.st_uid)
            if private and state.st_mode & 0o077 and folder.handle is not None:
                with suppress(PermissionError):  # it is root's, and we may write there
                    os.fchmod(folder.handle, stat.S_IRWXU)
        finally:
            folder.close()
    return path


def verify_own_folder(path: Path) -> None:
    """Raise NotOurs if `own_folder` would, OSError if there is no such folder."""
    with own_entry(path / "any"):
        pass


def verify_unshared(folder: Path) -> None:
    """Raise NotOurs if this is root, and another user, sudo's caller included, can put files there
    or move the folder.

    SQLite opens its journal by path, and deletes what it names: any file, as root.
    """
    environ = os.environ
    if not POSIX or os.geteuid() != 0 or (is_container(environ) and "SUDO_UID" not in environ):
        return  # in a container, the folder may be a volume of the user who started it
    found = find_exposure(folder, ownership_at(folder), environ, is_strict=True)
    if found is not None:
        remedy = "as root, use root's home (sudo -H), or run this without sudo"
        raise NotOurs(errno.EPERM, f"{found.sentence}; {remedy}")


@contextmanager
def own_entry(path: Path) -> Iterator[Entry]:
    """Yield the entry of a file of ours. Its folder is opened and then checked as in `own_folder`,
    since another user may have replaced it. Raises NotOurs, and OSError if the name is a link."""
    with located(path) as found:
        if POSIX:
            _check_way(path, found)
            check_owner(path.parent, found.entry.directory.state().st_uid)
        if found.linked:
            raise OSError(errno.ELOOP, f"{path} is a symbolic link, which is not followed")
        yield found.entry


def read_list(path: Path) -> tuple[bytes, os.stat_result]:
    """Return the content of one of our lists, and the state of the file that was opened.

    If another process replaces the list meanwhile, it is read again. Raises OSError, also if a link
    of another user has led root to what is not that user's.
    """
    for _ in range(_TRIES):
        try:
            return read_opened(path, partial(verified_state, path))
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
    return read_opened(path, partial(verified_state, path))


def in_own_folder(target: Target) -> Verdict:
    """A rule: refuse if another user has replaced the folder, or put a link there."""
    try:
        _check_links(target.path, target.link_owners)
        if not target.linked:
            check_owner(target.path.parent, target.folder.st_uid)
    except OSError as error:
        return Verdict(error_text(error))
    return Verdict(new_owner=caller_of(target.folder))


def check_owner(path: Path, uid: int) -> None:
    """Raise NotOurs if the owner of the folder or file is not this user, root, or under sudo its
    caller. Accepts any owner if owners mean nothing there, and in a container's volume."""
    if not POSIX:
        return
    ours = _ours(path)
    if uid in ours and (uid := _maker(path, uid)) in ours:
        return
    if not has_made_up_owners(path, os.environ):
        raise NotOurs(errno.EPERM, f"{path} belongs to another user ({uid})")


def _maker(path: Path, uid: int) -> int:
    """The user who made the mount that this is on, if it is another one; else `uid`."""
    maker = maker_of(path)
    return uid if maker is None else maker


def maker_of(path: Path, known: os.stat_result | None = None) -> int | None:
    """Return the other user who made the mount that this folder or file is on, or None. Raises
    OSError, also if it is not the `known` one any more."""
    if sys.platform != "linux":  # mounts are not known there, and a folder may not be readable
        return None
    handle = os.open(path, os.O_PATH)
    try:
        if known is not None and not os.path.samestat(os.fstat(handle), known):
            raise OSError(errno.ESTALE, "another program is exchanging it")
        return mounted_by(handle)
    finally:
        os.close(handle)


def _check_way(path: Path, found: Located) -> None:
    _check_links(path, found.link_owners)
    if refusal := found.refusal():
        raise NotOurs(errno.EPERM, refusal)


def _check_links(path: Path, owners: frozenset[int]) -> None:
    others = owners - _ours(path) if POSIX else frozenset()
    if others:
        owner = ", ".join(map(str, sorted(others)))
        raise NotOurs(
            errno.EPERM, f"a symbolic link of another user ({owner}) leads to {path}, or is it"
        )


def _ours(path: Path) -> frozenset[int]:
    return own_uids(path, os.environ) | {0}
