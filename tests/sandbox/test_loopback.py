"""The sandbox's server: it ends in time, whatever its connections do."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime

from tray_app.sandbox.loopback import HOST, Loopback


def test_a_request_that_is_stuck_does_not_delay_the_stop_for_long() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def app(_environ: object, respond: object) -> list[bytes]:
        entered.set()
        go_on.wait()
        return []

    server = Loopback(app, lambda: datetime.now(UTC))
    with socket.create_connection((HOST, server.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert entered.wait(60)
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 8
    go_on.set()
