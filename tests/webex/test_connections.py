"""The connections that profiles share: used again, and none of them by two at once."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from functools import partial

import pytest

from tests.raw_server import RawServer, reply
from tray_app.model.errors import Unreachable
from tray_app.model.responses import Verdict
from tray_app.model.secret import Secret
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Request
from tray_app.sandbox.server import Sandbox
from tray_app.webex import connections
from tray_app.webex.client import RequestLimits, Webex
from tray_app.webex.connections import ConnectionPool

TOKEN = Secret("CANARYtoken0123456789")


@pytest.fixture
def pool(raw_server: RawServer) -> Iterator[ConnectionPool]:
    with closing(ConnectionPool(raw_server.base, total=0.5, idle=60)) as made:
        yield made


def webex_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "webex"}


def is_the(number: int, sandbox: Sandbox, _: Request) -> bool:
    return len(sandbox.requests) == number


def test_profiles_share_a_connection(raw_server: RawServer, pool: ConnectionPool) -> None:
    """One after the other, each with an adapter of its own; closing one leaves the others."""
    raw_server.answer = reply(200)
    for _ in range(3):
        with closing(Webex(raw_server.base, pool=pool)) as webex:
            assert webex.check(TOKEN).verdict is Verdict.WORKS
    assert len(raw_server.connections) == 1


def test_so_many_at_once_have_so_many_connections_and_use_them_again() -> None:
    with Sandbox() as sandbox, ExitStack() as opened:
        access = Secret(sandbox.issue_service_pair().access)
        shared = opened.enter_context(closing(ConnectionPool(sandbox.api_base, total=10, idle=60)))
        profiles = [Webex(sandbox.api_base, pool=shared) for _ in range(4)]
        for _ in range(2):
            release = threading.Event()
            sandbox.faults.next("*", Fault.held(release), times=4)
            before = len(sandbox.requests)
            checks = [threading.Thread(target=webex.check, args=(access,)) for webex in profiles]
            for check in checks:
                check.start()
            sandbox.wait_for_request(partial(is_the, before + 4, sandbox), timedelta(seconds=5))
            release.set()
            for check in checks:
                check.join()
            assert len(shared._free) == 4


def test_a_line_that_hangs_is_not_used_again(raw_server: RawServer, pool: ConnectionPool) -> None:

    def hang(_: socket.socket) -> None:
        raw_server.over.wait(10)

    raw_server.act = hang
    webex = Webex(raw_server.base, limits=RequestLimits(read=10), pool=pool)
    with pytest.raises(Unreachable, match="no answer in time"):
        webex.check(TOKEN)
    assert pool._free == []


def test_a_thread_that_has_nothing_to_do_ends(
    raw_server: RawServer, pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the line is used again all the same."""
    monkeypatch.setattr(connections, "_LINGER", 0.05)
    before = webex_threads()
    raw_server.answer = reply(200)
    webex = Webex(raw_server.base, pool=pool)
    webex.check(TOKEN)
    deadline = time.monotonic() + 60
    while webex_threads() - before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert webex.check(TOKEN).verdict is Verdict.WORKS
    assert len(raw_server.connections) == 1


@pytest.mark.posix
def test_no_signal_interrupts_the_wait_for_an_answer(pool: ConnectionPool) -> None:
    """After a stop, two signals at once made an answer that had arrived count as too late."""
    blocked = pool.submit(lambda _: signal.pthread_sigmask(signal.SIG_BLOCK, ())).result(10)
    assert {signal.SIGTERM, signal.SIGHUP, signal.SIGINT} <= blocked
