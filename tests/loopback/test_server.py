"""What every page of ours on loopback relies on; more of it in tests/sign_in."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.sign_in.callback_client import a_free_port, ask, connect, is_free, read_to_the_end
from tray_app.loopback.server import LoopbackServer

LARGE = b"0123456789abcdef" * 1024 * 1024
"""16 MB: more than any system's buffers take at once."""


def threads_named(name: str) -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == name]


def test_a_large_page_reaches_a_browser_that_reads_slowly() -> None:
    """And delays no other."""
    server = LoopbackServer(lambda asked: LARGE if asked == b"large" else b"small", name="pages")
    port = server.open()
    with connect("127.0.0.1", port) as slow:
        slow.sendall(b"large")
        heard = slow.recv(16)
        assert ask("127.0.0.1", port, b"x") == b"small"
        assert heard + read_to_the_end(slow) == LARGE
    assert server.close()


def test_a_browser_that_reads_nothing_is_given_up() -> None:
    sent = threading.Event()
    server = LoopbackServer(lambda _: LARGE, name="pages", sent=sent.set, timeout=0.2)
    port = server.open()
    with connect("127.0.0.1", port) as client:
        client.sendall(b"x")
        until = time.monotonic() + 60
        while server._connections or not client.recv(1, socket.MSG_PEEK):
            assert time.monotonic() < until
            time.sleep(0.02)
        assert not sent.is_set()
    server.close()


def test_a_browser_that_leaves_in_the_middle_disturbs_nothing() -> None:
    server = LoopbackServer(lambda asked: LARGE if asked == b"large" else b"small", name="pages")
    port = server.open()
    with connect("127.0.0.1", port) as client:
        client.sendall(b"large")
        client.recv(16)
    assert ask("127.0.0.1", port, b"x") == b"small"
    server.close()


def test_a_free_port_is_taken_on_one_address_only() -> None:
    server = LoopbackServer(lambda _: b"x", name="pages")
    port = server.open(0, ("127.0.0.1",))
    assert ask("127.0.0.1", port, b"?") == b"x"
    with pytest.raises(OSError, match=r"refused|assign"):
        connect("::1", port)
    server.close()
    assert is_free(port)


def test_it_ends_by_itself_once_nobody_extends_it() -> None:
    """No thread and no port is left; then it can be opened no more, and closing is harmless."""
    server = LoopbackServer(lambda _: b"x", name="idle pages", idle=2)
    port = server.open(a_free_port(), ("127.0.0.1",))
    assert not server.wait(1.2)
    assert server.extend()
    assert not server.wait(1.2)
    (thread,) = threads_named("idle pages")
    assert server.wait(60)
    thread.join(60)
    assert not thread.is_alive()
    assert is_free(port)
    assert not server.extend()
    assert server.close()
    assert not server.close()


def test_without_a_thread_the_port_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    server = LoopbackServer(lambda _: b"x", name="pages")
    with pytest.raises(RuntimeError):
        server.open(port := a_free_port())
    assert is_free(port)
