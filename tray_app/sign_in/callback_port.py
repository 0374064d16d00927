"""The port of the redirect URI: on both loopback addresses, or on none."""

from __future__ import annotations

import errno
import socket
import sys

from tray_app.model.errors import TrayError

_NO_IPV6 = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
_WAITING = 128


class PortUnusable(TrayError):
    """The browser cannot be received. `port`: the one of the redirect URI."""

    def __init__(self, port: int, message: str) -> None:
        self.port = port
        super().__init__(message)


class PortTaken(PortUnusable):
    """Another program listens on the port: the code would go there."""

    def __init__(self, port: int) -> None:
        super().__init__(port, f"port {port} is taken: another program listens there")


class PortDenied(PortUnusable):
    """The system does not let this program listen on the port. `why`: in the system's words."""

    def __init__(self, port: int, why: str) -> None:
        super().__init__(port, f"port {port} cannot be listened on: {why}")


def listen(port: int) -> list[socket.socket]:
    """Return what listens on 127.0.0.1 and, where there is IPv6, on ::1 (RFC 8252 §7.3).

    A browser goes to either for `localhost`, so one that is taken is as bad as both. Raises
    PortTaken or PortDenied.
    """
    doors: list[socket.socket] = []
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            doors.append(_listen(family, address, port))
        except OSError as error:
            if family == socket.AF_INET6 and error.errno in _NO_IPV6:
                continue
            for door in doors:
                door.close()
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(port) from None
            raise PortDenied(port, str(error.strerror)) from None
    return doors


def _listen(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # There, SO_REUSEADDR would let two programs have the same port.
            door.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Not held up by connections that have ended (TIME_WAIT); a listener is never shared.
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.bind((address, port))
        door.listen(_WAITING)
    except OSError:
        door.close()
        raise
    return door
