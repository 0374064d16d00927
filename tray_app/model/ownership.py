"""Who may write a file: the rules, on facts that `system.ownership` gathers.

A config that was only found in the working directory must be writable by this user alone: who can
write it, or exchange it through a folder above it, could make the program give away tokens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tray_app.model.printable import printable, quoted

_GROUP_WRITES = 0o020
_ALL_WRITE = 0o002
_STICKY = 0o1000


class Kind(StrEnum):
    """The type of a file."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Ownership:
    """Owner and mode of one file, folder or link.

    `acl_writes`: an access control list lets others write; `exempt`: it is on a mount that is
    read-only or has no modes of its own, so that owner and mode do not matter.
    """

    path: str
    kind: Kind
    uid: int
    gid: int
    mode: int
    acl_writes: bool = False
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """The user that this program runs for.

    `uids`: its own, and under sudo the caller's; `gids`: groups without other members;
    `overflow_uid`: what the kernel shows for users without a number in this namespace;
    `in_pod`: in Kubernetes, whose volumes are folders that everyone can write;
    `shares_folders`: folders that a group can write are accepted.
    """

    uids: frozenset[int]
    gids: frozenset[int]
    overflow_uid: int
    in_pod: bool = False
    shares_folders: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """How others can write a file. `sentence`: names the place; `remedy`: a command or ""."""

    place: Ownership
    sentence: str
    remedy: str


def exposure(places: Iterable[Ownership], user: User) -> Exposure | None:
    """Return how others can write a file; None if they cannot.

    `places`: the file, and each folder and link on the way to it.
    """
    for place in places:
        found = _exposure(place, user)
        if found is not None:
            return found
    return None


def _exposure(place: Ownership, user: User) -> Exposure | None:
    if place.exempt:
        return None
    if not _is_owner_fine(place, user):
        return Exposure(place, f"{printable(place.path)} belongs to another user ({place.uid})", "")
    writers = _writers(place, user)
    if not writers:
        return None
    whose = f"{writers} can write {printable(place.path)}"
    remedy = f"chmod {_chmod_mode(place)} {quoted(place.path)}"
    return Exposure(place, whose, remedy)


def _is_owner_fine(place: Ownership, user: User) -> bool:
    """A folder of the overflow uid is root's: rootless containers show it so."""
    is_roots = place.kind is Kind.FOLDER and place.uid == user.overflow_uid
    return place.uid == 0 or place.uid in user.uids or is_roots


def _writers(place: Ownership, user: User) -> str:
    """Return who else can write; "" if nobody."""
    if place.kind is Kind.LINK:
        return ""  # the mode of a link has no effect
    if place.kind is Kind.FOLDER and (place.mode & _STICKY or user.in_pod):
        return ""  # with the sticky bit, users cannot rename or remove files of others
    if place.mode & _ALL_WRITE:
        return "every user"
    if place.kind is Kind.FOLDER and user.shares_folders:
        return ""
    if place.acl_writes:
        return "users of its access control list"
    if place.mode & _GROUP_WRITES and place.gid not in user.gids:
        return f"its group ({place.gid})"
    return ""


def _chmod_mode(place: Ownership) -> str:
    return "o-w" if place.mode & _ALL_WRITE and not place.mode & _GROUP_WRITES else "go-w"


def folder_exposure(folder: Ownership, uid: int, gids: frozenset[int]) -> str:
    """Say why a command must not run in this folder; "" if it may.

    Others must not be able to create files there, not even with the sticky bit: interpreters load
    files beside a script. `uid`: this user; `gids`: groups without other members.
    """
    place = printable(folder.path)
    if folder.exempt:
        return ""
    if folder.uid not in (uid, 0):
        return f"{place}, where it would run, belongs to another user"
    by_group = folder.mode & _GROUP_WRITES and folder.gid not in gids
    if not (folder.mode & _ALL_WRITE or by_group or folder.acl_writes):
        return ""
    own = folder.uid == uid and not folder.mode & _STICKY
    remedy = f"chmod go-w {quoted(folder.path)}, or " if own else ""
    what = f"other users can create files in {place}, where it would run"
    return f"{what}: {remedy}move the config into a folder that only you can write"


def command_exposure(config: Ownership, uid: int) -> str:
    """Say why a command that this config names must not run; "" if it may.

    Stricter than `exposure`: only this user (`uid`) and root may own the config or write it.
    """
    if config.uid not in (uid, 0):
        return f"{printable(config.path)} belongs to another user"
    if config.mode & (_GROUP_WRITES | _ALL_WRITE):
        return f"other users can write {printable(config.path)}: chmod go-w {quoted(config.path)}"
    return ""
