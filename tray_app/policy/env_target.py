"""Whether tokens may be written into the file that a `.env` path leads to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_ALL_WRITE = 0o002
_GROUP_WRITES = 0o020
_STICKY = 0o1000
"""In such a folder users cannot rename or remove files of others; `exposed` ignores it."""


class Refusal(Enum):
    """Why tokens may not be written."""

    OWNER = "owner"
    LINK = "link"
    LINK_OWNER = "link's owner"


@dataclass(frozen=True, slots=True)
class EnvTarget:
    """What is known of the file and its folder. `owner`: the user id, None if there is no file yet;
    `linked`: the last name of the path is a symbolic link; `link_owners`: who owns the links on the
    way, as far as it is known; `holds_our_names`: one of our two variables is set in it;
    `holds_current`: it holds the access token that is held, until a new one is written; `exposed`:
    another user can rename or exchange something on the way to the file."""

    name: str
    owner: int | None
    linked: bool
    link_owners: frozenset[int]
    is_empty: bool
    holds_our_names: bool
    holds_current: bool
    exposed: bool
    folder_owner: int
    folder_mode: int


def refusal(target: EnvTarget, trusted: frozenset[int]) -> Refusal | None:
    """Return why tokens may not go there; None if they may. `trusted`: user ids."""
    if not target.link_owners <= trusted:
        return Refusal.LINK_OWNER
    if target.owner is None:
        return None
    if target.owner not in trusted:
        return Refusal.OWNER
    known = target.holds_our_names or target.is_empty or ".env" in target.name
    return Refusal.LINK if target.linked and not known else None


def loses_others_rights(target: EnvTarget, trusted: frozenset[int]) -> bool:
    """Whether the new file is for its owner alone, whatever the mode of the old one.

    If another user may rename in a folder on the way, a file that others can read may have been
    moved there to catch our tokens: also an earlier `.env` of ours. One that holds the current
    token is known to be the right file. The sticky bit does not help in its own folder: while there
    is no file, one can be moved there.
    """
    mode = target.folder_mode
    adds = mode & _ALL_WRITE or (mode & _STICKY and mode & _GROUP_WRITES)
    may_be_moved = adds or target.exposed or target.folder_owner not in trusted
    return bool(may_be_moved) and not target.holds_current
