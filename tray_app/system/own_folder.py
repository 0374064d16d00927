"""The folders of our own files: made for this user alone, and used only if nobody else owns them.

Root with the home of another user (`su -m`, a sudo that keeps HOME) finds there what that user has
prepared: a log that is a link, or a folder that is one.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tray_app.system.atomic_file import Target, Verdict, error_text
from tray_app.system.directory_fd import Entry, Located, located
from tray_app.system.dirs import POSIX, make_directory
from tray_app.system.ownership import has_made_up_owners, own_uids


class NotOurs(PermissionError):
    """The folder belongs to another user, or a link of another user leads there. `strerror` says
    which."""


def own_folder(path: Path, *, private: bool = True) -> Path:
    """Make the folder, and those above it that are missing, for this user alone; return it.

    `private`: one that is there becomes 0700, too. Links of this user's or of root's are followed.
    Raises NotOurs, OSError.
    """
    if not POSIX:
        make_directory(path)
        return path
    missing = [each for each in (path, *path.parents) if not os.path.lexists(each)]
    for each in reversed(missing):
        with located(each) as found, suppress(FileExistsError):
            _refuse_way(path, found)
            found.entry.mkdir()
    with located(path) as found:
        _refuse_way(path, found)
        folder = found.entry.open_directory()
        try:
            state = folder.state()
            check_owner(path, state.st_uid)
            if private and state.st_mode & 0o077 and folder.handle is not None:
                with suppress(PermissionError):  # root's, who lets us write there
                    os.fchmod(folder.handle, stat.S_IRWXU)
        finally:
            folder.close()
    return path


def verify_own_folder(path: Path) -> None:
    """Raise NotOurs if `own_folder` would refuse the folder, OSError if there is none."""
    with own_entry(path / "any"):
        pass


@contextmanager
def own_entry(path: Path) -> Iterator[Entry]:
    """Yield the name of a file of ours in its folder, which is open and was checked as `own_folder`
    does: another user may have put another one there since. Raises NotOurs, and OSError if the
    name is a symbolic link."""
    with located(path) as found:
        if POSIX:
            _refuse_way(path, found)
            check_owner(path.parent, found.entry.directory.state().st_uid)
        if found.linked:
            raise OSError(errno.ELOOP, f"{path} is a symbolic link, which is not followed")
        yield found.entry


def in_own_folder(target: Target) -> Verdict:
    """Refuse a folder, or a link to it, that another user has put there since `own_folder`."""
    try:
        _refuse_links(target.path, target.link_owners)
        if not target.linked:
            check_owner(target.path.parent, target.folder.st_uid)
    except OSError as error:
        return Verdict(error_text(error))
    return Verdict()


def check_owner(path: Path, uid: int) -> None:
    """Raise NotOurs if the owner of the folder is neither this user, under sudo the caller, nor
    root. Where owners mean nothing, or are those of a container's volume, any will do."""
    if POSIX and uid not in _ours(path) and not has_made_up_owners(path, os.environ):
        raise NotOurs(errno.EPERM, f"{path} belongs to another user ({uid})")


def _refuse_way(path: Path, found: Located) -> None:
    _refuse_links(path, found.link_owners)
    if refusal := found.refusal():
        raise NotOurs(errno.EPERM, refusal)


def _refuse_links(path: Path, owners: frozenset[int]) -> None:
    others = owners - _ours(path) if POSIX else frozenset()
    if others:
        owner = ", ".join(map(str, sorted(others)))
        raise NotOurs(
            errno.EPERM, f"a symbolic link of another user ({owner}) leads to {path}, or is it"
        )


def _ours(path: Path) -> frozenset[int]:
    return own_uids(path, os.environ) | {0}
