"""What comes to the callback's port: browsers and others, byte by byte."""

from __future__ import annotations

import os
import random
import socket
from contextlib import ExitStack, suppress

import pytest

from tray_app.model.redirect import Redirect, parse_redirect
from tray_app.model.secret import Secret
from tray_app.model.sign_in import SignInRequest

CODE = "c0de-to-be-exchanged-once"
STATE = "s7At3-0f_thIs-SIGN-in_abcdefghijklmnopqrstu"
VERIFIER = "v3rifier-of-this-sign-in-abcdefghijklmnopqr"


WORKERS = 32
"""More processes of tests than there are at once."""


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


HAS_IPV6 = _has_ipv6()
FAMILIES = {socket.AF_INET: "127.0.0.1"} | ({socket.AF_INET6: "::1"} if HAS_IPV6 else {})

needs_ipv6 = pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6 loopback")
ADDRESSES = ["127.0.0.1", pytest.param("::1", marks=needs_ipv6)]


def a_free_port() -> int:
    """A port below those that systems give to clients, so that none has it a moment later; nor has
    another process of the tests, since each has ports of its own to choose from."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = range(10240 + worker % WORKERS, 32768, WORKERS)
    return next(port for port in random.sample(ports, len(ports)) if is_free(port))


def a_redirect(host: str = "localhost", path: str = "/callback") -> Redirect:
    return parse_redirect(f"http://{host}:{a_free_port()}{path}")


def a_request(redirect: Redirect | None = None) -> SignInRequest:
    return SignInRequest(
        "client-of-integration", redirect or a_redirect(), Secret(STATE), Secret(VERIFIER)
    )


def get(target: str, port: int, *fields: str) -> bytes:
    """A browser's request."""
    lines = [f"GET {target} HTTP/1.1", f"Host: localhost:{port}", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def genuine(port: int, query: str = f"code={CODE}&state={STATE}") -> bytes:
    """What the browser asks for when Webex has sent it back."""
    return get(f"/callback?{query}", port, "User-Agent: Mozilla/5.0", "Accept: text/html")


def connect(address: str, port: int) -> socket.socket:
    return socket.create_connection((address, port), timeout=60)


def read_to_the_end(client: socket.socket) -> bytes:
    """All that is sent until the other side closes, or resets."""
    heard = b""
    with suppress(ConnectionError):
        while piece := client.recv(65536):
            heard += piece
    return heard


def ask(address: str, port: int, request: bytes) -> bytes:
    """Send a request on a connection of its own, and return the whole reply."""
    with connect(address, port) as client:
        with suppress(ConnectionError):  # it has heard enough
            client.sendall(request)
        return read_to_the_end(client)


def is_free(port: int) -> bool:
    """Whether the port is free on both addresses."""
    try:
        with ExitStack() as listening:
            for family, address in FAMILIES.items():
                listening.enter_context(socket.create_server((address, port), family=family))
    except OSError:
        return False
    return True
