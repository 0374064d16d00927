"""As much of a Docker engine as `docker create` asks: it says what environment it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Engine(ThreadingHTTPServer):
    """Listens on loopback; `environment` is that of the last container."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.environment: dict[str, str] = {}

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Engine

    def do_GET(self) -> None:
        self._answer(200, {"ApiVersion": "1.40", "MinAPIVersion": "1.24", "Os": "linux"})

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.environment = dict(pair.split("=", 1) for pair in sent["Env"])
        self._answer(201, {"Id": "0" * 64, "Warnings": []})

    def _answer(self, status: int, body: dict[str, object]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.40")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@contextmanager
def docker_engine() -> Iterator[Engine]:
    with Engine() as engine:
        thread = threading.Thread(target=engine.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield engine
        finally:
            engine.shutdown()
            thread.join()
