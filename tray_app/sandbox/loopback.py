"""A threaded HTTP server on 127.0.0.1 that ends with all of its threads and connections."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING, Any

from werkzeug.http import http_date
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
_END_SECONDS = 2.0  # how long a stop waits for its connections
_POLL_SECONDS = 0.01  # how long a stop may have to wait for the accepting thread


class _Handler(WSGIRequestHandler):
    """Quiet, and dated by the sandbox's clock."""

    server: _Server

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` header."""
        return http_date(self.server.date() if timestamp is None else timestamp)

    def log(self, _level: str, _message: str, *_args: Any) -> None:
        """Requests are recorded, not printed."""

    def connection_dropped(
        self, error: BaseException, environ: WSGIEnvironment | None = None
    ) -> None:
        """Close the connection instead of waiting for another request."""
        super().connection_dropped(error, environ)
        self.close_connection = True


class _Server(ThreadedWSGIServer):
    """Tracks its connections, because a silent client must not delay the end."""

    def __init__(self, app: WSGIApplication, listener: socket.socket) -> None:
        self.date: Callable[[], datetime]
        self._open: dict[Thread, socket.socket] = {}
        self._open_lock = Lock()
        self._is_ending = False
        # The caller binds the socket: werkzeug ends the process if it cannot bind.
        super().__init__(HOST, 0, app, _Handler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection in a thread of its own."""
        thread = Thread(target=self._serve, args=(request, client_address), daemon=True)
        with self._open_lock:
            self._open[thread] = request
        thread.start()

    def _serve(self, request: Any, client_address: Any) -> None:
        self.process_request_thread(request, client_address)
        with self._open_lock:
            del self._open[current_thread()]

    def close_connections(self) -> None:
        """End every connection, and return when their threads have ended, or after two seconds."""
        self._is_ending = True
        with self._open_lock:
            still_open = dict(self._open)
        for connection in still_open.values():
            with suppress(OSError):  # it may have ended already
                connection.shutdown(socket.SHUT_RDWR)
                if os.name == "nt":  # there, a thread that reads may not notice the shutdown
                    socket.close(connection.detach())
        give_up_at = time.monotonic() + _END_SECONDS
        for thread in still_open:
            thread.join(max(0, give_up_at - time.monotonic()))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print the error of a request, unless it comes from our end."""
        if not self._is_ending:
            super().handle_error(request, client_address)


class Loopback:
    """A server that runs once constructed, on `port` (0: any free one).

    Raises OSError if the port is taken. `date` gives the time for the `Date` header.
    """

    def __init__(self, app: WSGIApplication, date: Callable[[], datetime], port: int = 0) -> None:
        with socket.create_server((HOST, port)) as listener:
            self._server = _Server(app, listener)
        self._server.date = date
        self.port = self._server.port
        self._thread = Thread(
            target=self._server.serve_forever,
            args=(_POLL_SECONDS,),
            name="sandbox",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, end the open connections, and return when their threads have ended, or
        after two seconds: one may be stuck in a call."""
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
