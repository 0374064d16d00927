"""Whether tokens may be written into the file that the path of an output leads to."""

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
    NOT_CONFIG_OWNERS = "not the config owner's"
    NOT_ENV = "not in the format"


@dataclass(frozen=True, slots=True)
class EnvTarget:
    """What is known of the file and its folder. `name`: "" if the format is not that of `.env`;
    `owner`: the user id, None if there is no file yet;
    `linked`: the last name of the path is a symbolic link; `link_owners`: who owns the links on the
    way, as far as it is known; `holds_our_names`: it is made for our tokens, as one of our two
    variables is set in it; `is_env_format`: it can be read in the output's format without an error;
    `holds_current`: it holds the access token that is held, until a new one is written; `exposed`:
    another user can rename or exchange something on the way to the file; `only_for`: whose
    config names the file, if that is another user and this one is root; `beside_config`: it is in
    the config's folder."""

    name: str
    owner: int | None
    linked: bool
    link_owners: frozenset[int]
    is_empty: bool
    holds_our_names: bool
    is_env_format: bool
    holds_current: bool
    exposed: bool
    folder_owner: int
    folder_mode: int
    only_for: int | None = None
    beside_config: bool = False


def refusal(target: EnvTarget, trusted: frozenset[int]) -> Refusal | None:
    """Return why tokens may not go there; None if they may. `trusted`: user ids."""
    if not target.link_owners <= trusted:
        return Refusal.LINK_OWNER
    if target.owner not in (None, *trusted):
        return Refusal.OWNER
    if target.only_for is not None and not _could_write(target, target.only_for):
        return Refusal.NOT_CONFIG_OWNERS
    if target.owner is None:
        return None
    if target.holds_our_names or target.is_empty or ".env" in target.name:
        return None
    if target.linked:
        return Refusal.LINK
    return None if target.is_env_format else Refusal.NOT_ENV


def _could_write(target: EnvTarget, user: int) -> bool:
    """Whether this user could write or replace the file, or an administrator has put the user's
    config beside it."""
    beside = target.beside_config and ".env" in target.name
    return user in (target.owner, target.folder_owner) or beside


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
