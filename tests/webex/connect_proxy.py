"""A proxy on loopback: lets TLS through to any host of this machine, or asks who is there."""

from __future__ import annotations

import socket
import ssl
import threading
from base64 import b64encode
from contextlib import suppress

from tests.raw_server import RawServer


class ConnectProxy(RawServer):
    """Answers CONNECT (RFC 9110 §9.3.6); `requests` holds the heads of what it was asked.

    `user_info`: "user:password" that it insists on, None for none; `certificate`: what it
    shows if it is an https proxy.
    """

    def __init__(
        self, user_info: str | None = None, certificate: ssl.SSLContext | None = None
    ) -> None:
        super().__init__()
        self._certificate = certificate
        self._wanted = b64encode(user_info.encode()) if user_info else None

    @property
    def tunnels(self) -> list[str]:
        """Where it was asked to connect to, as host:port."""
        return [request.split(b" ")[1].decode() for request in self.requests]

    def _serve(self, connection: socket.socket) -> None:
        if self._certificate is not None:
            try:
                connection = self._certificate.wrap_socket(connection, server_side=True)
            except OSError:
                return
        with suppress(OSError), connection:
            if not (request := self._request(connection)):
                return
            self.requests.append(request)
            if self._wanted and b"Proxy-Authorization: Basic " + self._wanted not in request:
                connection.sendall(
                    b"HTTP/1.1 407 Who Are You\r\nProxy-Authenticate: Basic\r\n"
                    b"Content-Length: 0\r\n\r\n"
                )
                return
            host, _, port = self.tunnels[-1].rpartition(":")
            with socket.create_connection((host, int(port)), timeout=60) as there:
                there.settimeout(None)  # a quiet tunnel stays open
                connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=_pass_on, args=(there, connection), daemon=True)
                back.start()
                _pass_on(connection, there)
                back.join(60)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(4096):
            target.sendall(piece)
    with suppress(OSError):  # also if the source was closed meanwhile
        target.shutdown(socket.SHUT_WR)
