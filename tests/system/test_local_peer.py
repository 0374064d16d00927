"""Who is at the other end: real connections over the system's own table, and odd tables."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.sign_in.callback_client import ADDRESSES, needs_ipv6
from tray_app.policy.local_peer import LocalPeer, SocketOwner
from tray_app.system import local_peer
from tray_app.system.local_peer import owners_of, page_users, peer_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the table")
little = pytest.mark.skipif(sys.byteorder != "little", reason="the rows are of such a machine")

HEAD = (
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
    " inode\n"
)
ROW = (
    "{n:4}: {pair} 01 00000000:00000000 00:00000000 00000000  {uid:4}        0 {inode} 1"
    " 0000000000000000 20 4 30 10 -1\n"
)
V4 = "0100007F:C350 0100007F:0BB8"
MAPPED = "0000000000000000FFFF00000100007F:C350 0000000000000000FFFF00000100007F:0BB8"
V6 = "00000000000000000000000001000000:C350 00000000000000000000000001000000:0BB8"
LINK_LOCAL = "000080FE00000000FF005450B6AD00FE:C350 00000000000000000000000001000000:0BB8"

CLIENT, SERVER = ("127.0.0.1", 50000), ("127.0.0.1", 3000)
CLIENT6, SERVER6 = ("::1", 50000), ("::1", 3000)


def table(*rows: tuple[str, int, int]) -> str:
    lines = [ROW.format(n=n, pair=pair, uid=u, inode=i) for n, (pair, u, i) in enumerate(rows)]
    return HEAD + "".join(lines)


def tables(folder: Path, tcp: str | None, tcp6: str | None) -> Path:
    for name, text in (("tcp", tcp), ("tcp6", tcp6)):
        if text is not None:
            (folder / name).write_text(text)
    return folder


@contextmanager
def connected(address: str, target: str = "") -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client's end, and ours."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as server:
        port = server.getsockname()[1]
        client = socket.create_connection((target or address, port), timeout=60)
        ours, _ = server.accept()
        with closing(client), closing(ours):
            yield client, ours


def inode_of(client: socket.socket) -> int:
    return os.fstat(client.fileno()).st_ino


@linux
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_other_end_is_found_by_its_owner(address: str) -> None:
    with connected(address) as (client, ours):
        owner = SocketOwner(os.geteuid(), inode_of(client))
        assert peer_of(ours) == LocalPeer((owner,), connected=True)


@linux
@needs_ipv6
@pytest.mark.allow_hosts(["::ffff:127.0.0.1"])
def test_a_client_that_speaks_ipv4_over_an_ipv6_socket_is_found() -> None:
    """As programs do that serve both with one socket."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.socket(socket.AF_INET6) as client:
            client.connect(("::ffff:127.0.0.1", port))
            ours, _ = server.accept()
            with ours:
                owner = SocketOwner(os.geteuid(), inode_of(client))
                assert peer_of(ours) == LocalPeer((owner,), connected=True)


@linux
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_client_that_has_closed_is_not_connected(address: str) -> None:
    with connected(address) as (client, ours):
        client.close()
        peer = peer_of(ours)
        assert not peer.connected
        assert [owner.inode for owner in peer.owners or ()] in ([], [0])


@linux
def test_a_client_that_was_reset_is_gone() -> None:
    """The system cannot even tell its address any more."""
    with connected("127.0.0.1") as (client, ours):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
        assert peer_of(ours) == LocalPeer((), connected=False)


@linux
def test_a_row_that_one_read_has_missed_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is not read at one moment: others come and go in between."""
    real, reads = local_peer.owners_of, list[int]()

    def misses_once(*asked: object) -> tuple[SocketOwner, ...] | None:
        reads.append(1)
        return () if len(reads) == 1 else real(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(local_peer, "owners_of", misses_once)
    with connected("127.0.0.1") as (client, ours):
        owner = SocketOwner(os.geteuid(), inode_of(client))
        assert peer_of(ours) == LocalPeer((owner,), connected=True)


def test_on_other_systems_no_user_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows and macOS have no such table."""
    monkeypatch.setattr("sys.platform", "darwin")
    with connected("127.0.0.1") as (_, ours):
        assert peer_of(ours) == LocalPeer(None, connected=True)


@little
def test_each_notation_of_an_address_is_found(tmp_path: Path) -> None:
    """IPv4 in its own table and in that of IPv6, IPv6, and an address with a scope."""
    tables(
        tmp_path,
        table(("0100007F:C351 0100007F:0BB8", 5, 50), (V4, 1000, 1)),
        table((V6, 1001, 2), (LINK_LOCAL, 1002, 3)),
    )
    assert owners_of(CLIENT, SERVER, tmp_path) == (SocketOwner(1000, 1),)
    assert owners_of(CLIENT6, SERVER6, tmp_path) == (SocketOwner(1001, 2),)
    mapped = ("::ffff:127.0.0.1", 50000), ("::ffff:127.0.0.1", 3000)
    assert owners_of(*mapped, tmp_path) == (SocketOwner(1000, 1),)
    scoped = ("fe80::5054:ff:fe00:adb6%eth0", 50000)
    assert owners_of(scoped, SERVER6, tmp_path) == (SocketOwner(1002, 3),)
    tables(tmp_path, table(), table((MAPPED, 1003, 4)))
    assert owners_of(CLIENT, SERVER, tmp_path) == (SocketOwner(1003, 4),)


@little
def test_our_own_end_and_other_ports_are_not_the_peer(tmp_path: Path) -> None:
    """Both ends have a row: ours has the addresses the other way round."""
    ours, another = "0100007F:0BB8 0100007F:C350", "0100007F:C350 0100007F:0BB9"
    tables(tmp_path, table((ours, 0, 1), (another, 0, 2), (V4 + "0", 0, 3)), table())
    assert owners_of(CLIENT, SERVER, tmp_path) == ()


@little
def test_all_rows_of_a_pair_are_returned(tmp_path: Path) -> None:
    """Who judges them decides; a closed one has neither owner nor inode."""
    tables(tmp_path, table((V4, 0, 0), (V4, 1000, 1)), None)
    assert owners_of(CLIENT, SERVER, tmp_path) == (SocketOwner(0, 0), SocketOwner(1000, 1))


def test_the_order_of_bytes_is_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables(tmp_path, table(("7F000001:C350 7F000001:0BB8", 1000, 1)), table())
    monkeypatch.setattr("sys.byteorder", "big")
    assert owners_of(CLIENT, SERVER, tmp_path) == (SocketOwner(1000, 1),)


@little
@pytest.mark.parametrize(
    ("tcp", "tcp6", "client", "found"),
    [
        (None, table(), CLIENT, None),
        (None, None, CLIENT, None),
        (table(), None, CLIENT, ()),  # a system without IPv6
        (table(), None, CLIENT6, None),
        (table(), table(), CLIENT6, ()),
        (HEAD + f"   0: {V4} 01\n", table(), CLIENT, None),
        (HEAD + f"   0: {V4} 01 0:0 0:0 0 nobody 0 1\n", table(), CLIENT, None),
    ],
)
def test_without_a_readable_table_nothing_is_known(
    tcp: str | None, tcp6: str | None, client: tuple[str, int], found: object, tmp_path: Path
) -> None:
    """Which is not the same as a table that does not have the peer."""
    server = SERVER6 if client is CLIENT6 else SERVER
    assert owners_of(client, server, tables(tmp_path, tcp, tcp6)) == found


def test_a_table_that_may_not_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "tcp").mkdir()
    assert owners_of(CLIENT, SERVER, tmp_path) is None


@linux
@pytest.mark.parametrize(
    ("uid", "sudo_uid", "users"),
    [
        (1000, None, {1000}),
        (1000, "1001", {1000}),  # anybody can set it for himself
        (0, None, {0}),
        (0, "1001", {0, 1001}),
        (0, "", {0}),
        (0, "odd", {0}),
    ],
)
def test_the_pages_are_for_this_user_and_sudos_caller(
    uid: int, sudo_uid: str | None, users: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: uid)
    monkeypatch.delenv("SUDO_UID", raising=False)
    if sudo_uid is not None:
        monkeypatch.setenv("SUDO_UID", sudo_uid)
    assert page_users() == users
