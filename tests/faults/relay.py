"""The way to a sandbox, and on it whatever a case lets happen to one endpoint's answers."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from tests.raw_server import RawServer
from tray_app.sandbox.server import Sandbox


class Endpoint(StrEnum):
    """What a request is for."""

    CHECK = "check"
    RUNG_1 = "rung 1"
    RUNG_2 = "rung 2"
    RUNG_3 = "rung 3"


@dataclass(frozen=True, slots=True)
class Spoil:
    """What happens to a request: `instead` is answered and Webex never hears of it; `edit` changes
    what Webex has answered; `strike` does with the connection as it likes. `times`: how often, 0
    for ever.
    """

    instead: bytes | None = None
    edit: Callable[[bytes], bytes] | None = None
    strike: Callable[[socket.socket], None] | None = None
    times: int = 0


class Relay(RawServer):
    """Passes requests on and answers back; `asked`: what for, in their order.

    `tls`: spoken with this context where it is set. Every connection serves one request.
    """

    def __init__(self, webex: Sandbox, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._webex = webex
        self.tls = tls
        self.base = f"{'https' if tls else 'http'}://localhost:{self.port}/v1"
        self.asked: list[Endpoint] = []
        self._spoils: dict[Endpoint, Spoil] = {}
        self._struck = 0

    def spoil(self, target: Endpoint, spoil: Spoil) -> None:
        """Let this happen to requests for `target`, until `mend`."""
        self._spoils, self._struck = {target: spoil}, 0

    def mend(self) -> None:
        """Pass everything on again."""
        self._spoils = {}

    def refuse(self) -> None:
        """Let nobody connect, as where nothing listens."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def listen(self) -> None:
        """Take connections again, on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        thread = threading.Thread(target=self._accept, daemon=True)
        self._threads.append(thread)
        thread.start()

    def sent_for(self, endpoint: Endpoint) -> list[bytes]:
        """The bodies of all requests for that endpoint."""
        pairs = zip(self.asked, self.requests, strict=True)
        return [sent.partition(b"\r\n\r\n")[2] for asked, sent in pairs if asked is endpoint]

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), self._spoken(connection) as spoken:
            request = self._request(spoken)
            if request:
                self._answered(spoken, request)

    def _spoken(self, connection: socket.socket) -> socket.socket:
        if self.tls is None:
            return connection
        with suppress(OSError):
            spoken = self.tls.wrap_socket(connection, server_side=True)
            self.connections.append(spoken)
            return spoken
        connection.close()
        raise OSError("no handshake")

    def _answered(self, connection: socket.socket, request: bytes) -> None:
        endpoint = self._endpoint(request)
        self.asked.append(endpoint)
        self.requests.append(request)
        spoil = self._spoils.get(endpoint, Spoil())
        if endpoint in self._spoils:
            self._struck += 1
            if self._struck == spoil.times:
                self.mend()
        if spoil.strike is not None:
            spoil.strike(connection)
            return
        answer = spoil.instead if spoil.instead is not None else self._fetched(request)
        connection.sendall(_closing(spoil.edit(answer) if spoil.edit else answer))

    def _endpoint(self, request: bytes) -> Endpoint:
        head, _, body = request.partition(b"\r\n\r\n")
        if head.startswith(b"GET "):
            return Endpoint.CHECK
        if b"/applications/" in head.split(b"\r\n")[0]:
            return Endpoint.RUNG_2
        theirs = f"client_id={self._webex.integration.client_id}".encode()
        return Endpoint.RUNG_3 if theirs in body else Endpoint.RUNG_1

    def _fetched(self, request: bytes) -> bytes:
        """What the sandbox answers."""
        port = int(self._webex.origin.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as webex:
            webex.sendall(request.replace(b"Connection: keep-alive", b"Connection: close"))
            answer = b""
            while piece := webex.recv(65536):
                answer += piece
        return answer


def _closing(answer: bytes) -> bytes:
    """The answer, saying that the connection ends with it: nobody is to ask again on it."""
    head, blank, rest = answer.partition(b"\r\n\r\n")
    if not blank or b"\r\nconnection:" in head.lower():
        return answer
    return head + b"\r\nConnection: close" + blank + rest
