"""Whether tokens may be written into the file that the path of an output leads to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_WRITABLE_BY_ALL = 0o002
_WRITABLE_BY_GROUP = 0o020
_STICKY = 0o1000
"""In such a folder users cannot rename or remove files of others; `exposed` ignores it."""


class Refusal(Enum):
    """Why tokens may not be written."""

    OWNER = "owner"
    LINK = "link"
    LINK_OWNER = "link's owner"
    NOT_CONFIG_OWNERS = "not the config owner's"
    WRONG_FORMAT = "not in the format"


@dataclass(frozen=True, slots=True)
class OutputTarget:
    """What is known of the file and its folder. `name`: "" if the format is not that of `.env`;
    `owner`: the user id, None if there is no file yet; `linked`: the last name of the path is a
    symbolic link; `link_owners`: who owns the links on the way, as far as it is known; `is_ours`:
    it is made for our tokens, because it has a place for one, or this process wrote it;
    `is_in_format`: tokens can be put into it in the output's format; `holds_current`: it holds the
    access token that is held, until a new one is written; `exposed`: another user can rename or
    exchange something on the way to the file; `only_for`: whose config names the file, if that is
    another user and this one is root; `beside_config`: it is in the config's folder."""

    name: str
    owner: int | None
    linked: bool
    link_owners: frozenset[int]
    is_empty: bool
    is_ours: bool
    is_in_format: bool
    holds_current: bool
    exposed: bool
    folder_owner: int
    folder_mode: int
    only_for: int | None = None
    beside_config: bool = False


def refusal(target: OutputTarget, trusted: frozenset[int]) -> Refusal | None:
    """Return why tokens may not go there; None if they may. `trusted`: user ids."""
    if not target.link_owners <= trusted:
        return Refusal.LINK_OWNER
    if target.owner not in (None, *trusted):
        return Refusal.OWNER
    if target.only_for is not None and not _could_write(target, target.only_for):
        return Refusal.NOT_CONFIG_OWNERS
    if target.owner is None:
        return None
    if target.is_ours or target.is_empty or ".env" in target.name:
        return None
    if target.linked:
        return Refusal.LINK
    return None if target.is_in_format else Refusal.WRONG_FORMAT


def _could_write(target: OutputTarget, user: int) -> bool:
    """Whether this user could write or replace the file, or an administrator has put the user's
    config beside it."""
    beside = target.beside_config and ".env" in target.name
    return user in (target.owner, target.folder_owner) or beside


def loses_others_rights(target: OutputTarget, trusted: frozenset[int]) -> bool:
    """Whether the new file is for its owner alone, whatever the mode of the old one.

    If another user may rename in a folder on the way, a file that others can read may have been
    moved there to catch our tokens: also an earlier `.env` of ours. One that holds the current
    token is known to be the right file. The sticky bit does not help in its own folder: while there
    is no file, one can be moved there.
    """
    mode = target.folder_mode
    adds = mode & _WRITABLE_BY_ALL or (mode & _STICKY and mode & _WRITABLE_BY_GROUP)
    may_be_moved = adds or target.exposed or target.folder_owner not in trusted
    return bool(may_be_moved) and not target.holds_current
