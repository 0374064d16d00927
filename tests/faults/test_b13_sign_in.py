"""B13: another user of the machine reads every command line and reaches every port on loopback: he
neither sees a sign-in nor ends one."""

from __future__ import annotations

import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.adapters.callback_client import ADDRESSES, CODE, STATE, a_request, ask, genuine, get
from tests.faults.table import Bar
from tests.other_user import ENDINGS, OTHER, ask_as, only_root
from tray_app.adapters.callback import Listener
from tray_app.adapters.local_peer import peer_of
from tray_app.core.local_peer import SocketOwner
from tray_app.core.oauth import Code
from tray_app.core.secret import Secret

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

BAR = Bar("B13", "two users", least=20)

pytestmark = only_root

CONSENT = f"https://webex.example/v1/authorize?client_id=c&state={STATE}"
BOTH_ADDRESSES = pytest.mark.parametrize("address", ADDRESSES)
EVERY_ENDING = pytest.mark.parametrize("ending", ENDINGS)


@contextmanager
def a_sign_in() -> Iterator[tuple[Listener, int]]:
    """One that is waited for. At its end the genuine answer comes, and is taken."""
    request = a_request()
    port = request.redirect.port
    with Listener(request, CONSENT) as listener, ThreadPoolExecutor(1) as worker:
        waiting = worker.submit(listener.wait, 60)
        yield listener, port
        assert not waiting.done()
        ask("127.0.0.1", port, genuine(port))
        assert waiting.result(10) == Code(Secret(CODE))


def open_page(page: str, port: int) -> bytes:
    """The request of the browser that was given this address."""
    host = f"127.0.0.1:{port}"
    return get(urlsplit(page).path, port).replace(f"localhost:{port}".encode(), host.encode())


@EVERY_ENDING
@BOTH_ADDRESSES
def test_another_user_ends_no_sign_in(address: str, ending: str) -> None:
    """Not even with the right `state` and a code of his own, however he leaves."""
    with a_sign_in() as (listener, port):
        his = genuine(port, f"code=his-own-code&state={STATE}")
        assert ask_as(OTHER, address, port, his, ending) == b""
        assert listener.refused == 0


@EVERY_ENDING
@BOTH_ADDRESSES
def test_another_user_declines_no_sign_in(address: str, ending: str) -> None:
    """A forged error with the right `state` ends nothing."""
    with a_sign_in() as (_, port):
        no = genuine(port, f"error=access_denied&state={STATE}")
        assert ask_as(OTHER, address, port, no, ending) == b""


LEAVING = [ending for ending in ENDINGS if ending not in ("stays", "half closes")]


@pytest.mark.parametrize("ending", LEAVING)
@BOTH_ADDRESSES
def test_another_user_who_has_left_is_not_taken_for_one_from_elsewhere(
    address: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """His socket is closed before it is looked up: the table has no owner, or no row at all."""
    gone, admit = threading.Event(), Listener._admit
    looked_up = list[bool]()
    closed = {(), (SocketOwner(0, 0),)}  # some kernels keep the owner for a moment

    def admit_late(listener: Listener, connection: socket.socket) -> bool:
        assert gone.wait(20)
        until = time.monotonic() + 20
        while not looked_up and peer_of(connection).owners not in closed:
            assert time.monotonic() < until
            time.sleep(0.02)
        looked_up.append(True)  # his: those that follow are not waited for
        return admit(listener, connection)

    monkeypatch.setattr(Listener, "_admit", admit_late)
    with a_sign_in() as (listener, port):
        ask_as(OTHER, address, port, genuine(port), ending)
        gone.set()
        ask(address, port, get("/", port))  # after his
        assert listener.refused == 1


@EVERY_ENDING
def test_another_user_does_not_open_the_start_page(ending: str) -> None:
    """He has its address from the browser's command line. The key stays unused."""
    with a_sign_in() as (listener, port):
        request = open_page(listener.start_page(), port)
        assert ask_as(OTHER, "127.0.0.1", port, request, ending) == b""
        assert ask("127.0.0.1", port, request).startswith(b"HTTP/1.1 303 ")


@BOTH_ADDRESSES
@pytest.mark.parametrize("request_", [b"G", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"])
def test_another_user_is_told_nothing_at_all(address: str, request_: bytes) -> None:
    """Not that it is this program, nor what he has done wrong."""
    with a_sign_in() as (_, port):
        assert ask_as(OTHER, address, port, request_) == b""


def test_with_sudo_the_caller_may_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser is his; a third user is still refused."""
    monkeypatch.setenv("SUDO_UID", str(OTHER))
    with a_sign_in() as (listener, port):
        request = open_page(listener.start_page(), port)
        assert ask_as(OTHER + 1, "127.0.0.1", port, request) == b""
        assert ask_as(OTHER, "127.0.0.1", port, request).startswith(b"HTTP/1.1 303 ")


def test_who_was_turned_away_is_told_once_and_by_number(caplog: pytest.LogCaptureFixture) -> None:
    """One may be the person's own other account: then this says why nothing happens."""
    caplog.set_level(logging.DEBUG)
    with a_sign_in() as (listener, port):
        for _ in range(3):
            ask_as(OTHER, "127.0.0.1", port, genuine(port))
        assert listener.turned_away == {OTHER}
        told = [record.getMessage() for record in caplog.records if str(OTHER) in record.message]
    assert told == [f"a connection of another user (uid {OTHER}) was closed: not answered"]
    assert os.geteuid() == 0
