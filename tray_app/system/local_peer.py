"""The user at the other end of a loopback connection (Linux)."""

from __future__ import annotations

import os
import re
import socket
import sys
from contextlib import suppress
from pathlib import Path

from tray_app.policy.local_peer import LocalPeer, SocketOwner

TABLES = Path("/proc/net")
_IPV4_IN_IPV6 = bytes(10) + b"\xff\xff"
_ESTABLISHED = 1  # the first byte of struct tcp_info
_ATTEMPTS = 2


def peer_of(connection: socket.socket, tables: Path = TABLES) -> LocalPeer:
    """Return what the system knows about the other end. Never raises. Reads one or two files of
    /proc/net, which takes some 10 ms each on a machine with many sockets.
    """
    if sys.platform != "linux":
        return LocalPeer(None, connected=True)
    try:
        theirs, ours = connection.getpeername()[:2], connection.getsockname()[:2]
    except OSError:  # reset
        return LocalPeer((), connected=False)
    owners: tuple[SocketOwner, ...] | None = ()
    for _ in range(_ATTEMPTS):
        # A long table is not read at one moment, so a row may be missed, but hardly twice.
        owners = owners_of(theirs, ours, tables)
        if owners != ():
            break
    return LocalPeer(owners, connected=_is_connected(connection))


def page_users() -> frozenset[int]:
    """Return the uids that may open our pages: this user, and the caller of sudo."""
    if not hasattr(os, "geteuid"):
        return frozenset()
    users = {os.geteuid()}
    if os.geteuid() == 0:
        with suppress(ValueError):
            users.add(int(os.environ.get("SUDO_UID", "")))
    return frozenset(users)


def owners_of(
    theirs: tuple[str, int], ours: tuple[str, int], tables: Path
) -> tuple[SocketOwner, ...] | None:
    """Return the owners of the sockets that connect `theirs` to `ours`; None if a table that may
    contain them cannot be read."""
    found: list[SocketOwner] = []
    for name, mapped in (("tcp", False), ("tcp6", True)):
        if found or (not mapped and _is_ipv6(theirs[0])):
            continue
        pair = _as_printed(theirs, mapped=mapped) + b" " + _as_printed(ours, mapped=mapped)
        try:
            found += _owners((tables / name).read_bytes(), pair)
        except FileNotFoundError:
            if not mapped or _is_ipv6(theirs[0]):
                return None
            # A system without IPv6 has no such table.
        except (OSError, ValueError):
            return None
    return tuple(found)


def _owners(table: bytes, pair: bytes) -> list[SocketOwner]:
    """Raises ValueError if a row has not the format of proc_pid_net(5)."""
    rows = re.findall(rb"^ *\d+: " + re.escape(pair) + rb" (.*)$", table, re.MULTILINE)
    owners = []
    for row in rows:
        # st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …
        uid, _, inode = row.split()[4:7]
        owners.append(SocketOwner(int(uid), int(inode)))
    return owners


def _is_ipv6(host: str) -> bool:
    return len(_packed(host)) == 16


def _packed(host: str) -> bytes:
    """The address as 16 bytes, or as 4 if it is IPv4 in either notation."""
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    # Without the scope of a link-local address, which is not in the table.
    packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return packed.removeprefix(_IPV4_IN_IPV6)


def _as_printed(address: tuple[str, int], *, mapped: bool) -> bytes:
    """The address as in the table: words of 32 bits in this machine's byte order.

    `mapped`: an IPv4 address as in the table of IPv6, where programs that serve both have it.
    """
    packed = _packed(address[0])
    if mapped and len(packed) == 4:
        packed = _IPV4_IN_IPV6 + packed
    words = [packed[at : at + 4] for at in range(0, len(packed), 4)]
    numbers = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    return f"{numbers}:{address[1]:04X}".encode("ascii")


def _is_connected(connection: socket.socket) -> bool:
    """Whether the other side has neither closed nor reset the connection."""
    try:
        state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    except OSError:  # the system does not tell
        return True
    return state == bytes([_ESTABLISHED])
