"""The D-Bus session bus: where it is, and whether it may be trusted.

Whoever runs the bus runs the keyring behind it. After a session has ended, another user can bind
its address; and `su` keeps the address of another user's bus. So each connection is used only if
the bus at its other end belongs to this user or to root.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote

VARIABLE = "DBUS_SESSION_BUS_ADDRESS"

_TIMEOUT = 1.0  # seconds
_CREDENTIALS = struct.Struct("iII")  # pid, uid, gid: unix(7), SO_PEERCRED


class ForeignBus(ConnectionError):
    """The bus belongs to another user, or nothing tells whose it is."""


def session_address(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the address of the session bus, or None. Without a variable, looks where systemd puts
    it."""
    if address := environ.get(VARIABLE):
        return address
    if not hasattr(os, "getuid"):
        return None
    folder = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    path = Path(folder, "bus")
    return f"unix:path={quote(str(path))}" if path.is_socket() else None


def verify_address(address: str) -> None:
    """Connect to the bus, and leave. Raises ForeignBus; also for addresses that are no Unix socket.
    A bus that does not answer passes, unless its socket is another user's: nothing can be sent."""
    for each in address.split(";"):
        transport, _, rest = each.partition(":")
        keys = dict(pair.partition("=")[::2] for pair in rest.split(","))
        if transport != "unix" or not keys.keys() & {"path", "abstract"}:
            raise ForeignBus(f"nothing tells whose the D-Bus session bus at {each} is")
        name = unquote(keys["path"]) if "path" in keys else "\0" + unquote(keys["abstract"])
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_TIMEOUT)
            try:
                connection.connect(name)
            except OSError:  # nobody listens, or the queue is full
                _verify_file(name)
                continue
            verify(connection)


def _verify_file(socket_name: str) -> None:
    """Raise ForeignBus if the socket is a file that belongs to neither this user nor root."""
    try:
        owner = Path(socket_name).stat().st_uid
    except (OSError, ValueError):  # there is none, or it is an abstract one
        return
    _verify_owner(owner)


def verify(connection: socket.socket) -> None:
    """Raise ForeignBus unless the bus at the other end belongs to this user or to root. Passes on
    systems that do not tell (SO_PEERCRED)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(credentials)
    _verify_owner(uid)


def _verify_owner(uid: int) -> None:
    if uid not in (os.geteuid(), 0):
        raise ForeignBus(f"the D-Bus session bus belongs to another user ({uid})")
