"""Who may request a page of ours on loopback, by the owners of the other socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

ROOT = 0


@dataclass(frozen=True, slots=True)
class SocketOwner:
    """A row of the system's table of sockets. `inode` is 0 after its process closed it."""

    uid: int
    inode: int


@dataclass(frozen=True, slots=True)
class LocalPeer:
    """The other end of a connection.

    `owners`: its rows in the system's table of sockets, None if there is no table;
    `connected`: whether it was still connected after the table was read.
    """

    owners: tuple[SocketOwner, ...] | None
    connected: bool

    @property
    def uids(self) -> frozenset[int]:
        """The owners, as far as known."""
        return frozenset(owner.uid for owner in self.owners or () if owner.inode)


def may_request(peer: LocalPeer, users: Collection[int]) -> bool:
    """Whether to answer this peer. `users`: uids of the users whose pages these are."""
    if peer.owners is None:
        return True  # unknown: the key, the cookie and `state` have to suffice
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
