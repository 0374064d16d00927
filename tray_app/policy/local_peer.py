"""Who may talk to a page of ours on loopback, by what the system says of the other end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

ROOT = 0


@dataclass(frozen=True, slots=True)
class SocketOwner:
    """A socket's owner in the system's table. `inode` is 0 once its process has closed it."""

    uid: int
    inode: int


@dataclass(frozen=True, slots=True)
class LocalPeer:
    """The other end of a connection.

    `owners`: its rows in the system's table of sockets, None if there is no table to read;
    `connected`: whether the connection still stood after the table had been read.
    """

    owners: tuple[SocketOwner, ...] | None
    connected: bool

    @property
    def uids(self) -> frozenset[int]:
        """The users whose sockets they are, as far as known."""
        return frozenset(owner.uid for owner in self.owners or () if owner.inode)


def may_request(peer: LocalPeer, users: Collection[int]) -> bool:
    """Whether this peer's request may act. `users`: the uids of those whose pages these are."""
    if peer.owners is None:
        return True  # nobody can say: the key, the cookie and `state` must do
    if not peer.owners:
        # From outside this namespace (ssh, WSL, a container). Our own end must still be connected:
        # else a user of this machine could be absent by closing the socket before we look.
        return peer.connected
    return all(_is_one_of(owner, users) for owner in peer.owners)


def _is_one_of(owner: SocketOwner, users: Collection[int]) -> bool:
    if owner.uid == ROOT:
        # The kernel shows uid 0 and inode 0 for a closed socket, whosever it was.
        return owner.inode != 0
    return owner.uid in users
