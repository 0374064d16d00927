"""Who may use a page of ours, by the rows that the system has of the other end."""

from __future__ import annotations

import pytest

from tray_app.policy.local_peer import LocalPeer, SocketOwner, may_request

MINE, CALLER, OTHER, ROOT = 1000, 1001, 61234, 0
USERS = frozenset({MINE, CALLER})

TABLE: dict[str, tuple[tuple[SocketOwner, ...] | None, bool, bool]] = {
    "this user": ((SocketOwner(MINE, 7),), True, True),
    "this user, who has half closed": ((SocketOwner(MINE, 7),), False, True),
    "this user, closed, on a kernel that still tells": ((SocketOwner(MINE, 0),), False, True),
    "sudo's caller": ((SocketOwner(CALLER, 7),), True, True),
    "root": ((SocketOwner(ROOT, 7),), True, True),
    "a closed socket": ((SocketOwner(ROOT, 0),), True, False),
    "another user": ((SocketOwner(OTHER, 7),), True, False),
    "another user, closed": ((SocketOwner(OTHER, 0),), False, False),
    "two rows, one of another user": ((SocketOwner(MINE, 7), SocketOwner(OTHER, 8)), True, False),
    "two rows, one closed": ((SocketOwner(ROOT, 0), SocketOwner(MINE, 8)), True, False),
    "outside this namespace": ((), True, True),
    "gone before it was looked up": ((), False, False),
    "no table": (None, True, True),
    "no table, and gone": (None, False, True),
}


@pytest.mark.parametrize("name", TABLE)
def test_who_may_request(name: str) -> None:
    """Each row of the table."""
    owners, connected, allowed = TABLE[name]
    assert may_request(LocalPeer(owners, connected), USERS) is allowed


def test_for_root_a_closed_socket_is_nobodys() -> None:
    """It may have been another user's, though the kernel shows root's number."""
    assert not may_request(LocalPeer((SocketOwner(ROOT, 0),), connected=True), {ROOT})
    assert may_request(LocalPeer((SocketOwner(ROOT, 7),), connected=True), {ROOT})


def test_the_users_that_are_named_are_those_of_open_sockets() -> None:
    """Who was turned away is told by number, and root is not blamed for closed ones."""
    owners = (SocketOwner(OTHER, 7), SocketOwner(ROOT, 0))
    assert LocalPeer(owners, connected=True).uids == {OTHER}
    assert LocalPeer(None, connected=True).uids == frozenset()
