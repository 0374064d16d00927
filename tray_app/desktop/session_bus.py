"""The D-Bus session bus: where it is, and a connection to it."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from jeepney import DBusErrorResponse
from jeepney.io.blocking import DBusConnection, open_dbus_connection


class NoSessionBusError(ConnectionError):
    """There is no session bus, or it does not let us in."""


def session_address(environ: Mapping[str, str] = os.environ) -> str | None:
    """The address of the session bus, or None. Looks where systemd puts it if nobody says."""
    if address := environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    if not hasattr(os, "getuid"):
        return None
    folder = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    path = Path(folder, "bus")
    return f"unix:path={quote(str(path))}" if path.is_socket() else None


def connect(address: str | None = None) -> DBusConnection:
    """A connection to the session bus. Raises NoSessionBusError, and nothing else."""
    address = address or session_address()
    if not address:
        raise NoSessionBusError("no D-Bus session bus: DBUS_SESSION_BUS_ADDRESS is not set")
    try:
        return open_dbus_connection(address)
    except (OSError, ValueError, RuntimeError, DBusErrorResponse) as error:
        # jeepney: ValueError for a malformed address or refused login, RuntimeError for tcp:
        raise NoSessionBusError(
            f"cannot reach the D-Bus session bus at {address}: {error}"
        ) from error
