"""A server on loopback that answers with exactly the bytes it is told to, or not at all."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Answer = bytes | None


class RawServer:
    """Takes one request after another on each connection; `requests` holds all their bytes.

    `answer`: what is sent for a request; None closes the connection without a word. `hold`: while
    this event is not set, no answer is sent.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}/v1"
        self.requests: list[bytes] = []
        self.connections: list[socket.socket] = []
        self.answer: Answer | Callable[[bytes], Answer] = reply()
        self.act: Callable[[socket.socket], None] | None = None
        self.over = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.over.set()
        for open_socket in (self._listener, *self.connections):
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections.append(connection)
                thread = threading.Thread(target=self._serve, args=[connection], daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while request := self._request(connection):
                self.requests.append(request)
                if self.act is not None:
                    self.act(connection)
                    return
                answer = self.answer(request) if callable(self.answer) else self.answer
                if answer is None:
                    return
                connection.sendall(answer)

    def _request(self, connection: socket.socket) -> bytes:
        """The bytes of one request: its head, and a body as long as that says."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                return b""
            head += byte
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        body = b""
        while len(body) < length:
            body += connection.recv(length - len(body))
        return head + body


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """The bytes of an answer; `_` stands for `-` in the names of headers."""
    lines = [f"HTTP/1.1 {status} Said So", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
