"""B13: another user of the machine reads every command line and reaches every port on loopback: he
neither sees a sign-in nor ends one."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.consent import decide, free_redirect, use_redirect
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM, machine
from tests.other_user import ENDINGS, OTHER, ask_as
from tests.sign_in.callback_client import ADDRESSES, CODE, STATE, a_request, ask, genuine, get
from tray_app.loopback.server import LoopbackServer
from tray_app.model.secret import Secret
from tray_app.policy.local_peer import SocketOwner
from tray_app.sandbox.server import Sandbox
from tray_app.sign_in.callback_server import CallbackServer
from tray_app.sign_in.request import Code
from tray_app.system.local_peer import peer_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["BAR"]

pytestmark = NEEDS_ROOT

CONSENT = f"https://webex.example/v1/authorize?client_id=c&state={STATE}"
BOTH_ADDRESSES = pytest.mark.parametrize("address", ADDRESSES)
EVERY_ENDING = pytest.mark.parametrize("ending", ENDINGS)


@contextmanager
def ending(
    command: list[str], environ: Mapping[str, str], cwd: Path
) -> Iterator[subprocess.Popen[str]]:
    """A program that is ended with the test, however that ends."""
    with subprocess.Popen(
        command,
        env=environ,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            yield program
        finally:
            program.kill()


LOOK = """
from pathlib import Path
for each in Path("/proc").iterdir():
    if each.name.isdigit():
        try:
            print((each / "cmdline").read_bytes().decode(errors="replace").replace(chr(0), " "))
        except OSError:
            pass
"""
"""What the attacker sees of all command lines."""


def test_an_attack_on_the_running_program_gets_nothing() -> None:
    """As it was done: read the browser's command line, be there first, send a code of one's own.
    The victim, no root, then signs in all the same."""
    with Sandbox() as webex, machine(webex) as both:
        profile = both.profile(VICTIM, both.home(VICTIM) / "project")
        use_redirect(profile, free_redirect(webex))
        webex.revoke_all()
        browser, page, closed = (both.shared / name for name in ("browser", "page", "closed"))
        for path in (page, closed):
            os.mkfifo(path)
            both.give(VICTIM, path, 0o600)
        both.write(VICTIM, browser, f'#!/bin/sh\necho "$1" >{page}\nread end <{closed}\n', 0o700)
        command = [sys.executable, "-W", "error", "-m", "tray_app"]
        command += ["--config", str(profile.config_path), "authorize"]
        with (
            closed.open("r+b", buffering=0) as pipe,
            ending(
                both.command(VICTIM, *command),
                both.environ_of(VICTIM) | {"BROWSER": str(browser)},
                both.home(VICTIM),
            ) as program,
        ):
            start = page.read_text().strip()
            port = urlsplit(start).port or 0

            seen = both.as_user(ATTACKER, [sys.executable, "-c", LOOK], both.shared).stdout
            (read,) = [line for line in seen.splitlines() if str(browser) in line]
            assert start in read
            assert "state=" not in read
            assert "code_challenge" not in read
            assert ask_as(ATTACKER, "127.0.0.1", port, open_page(start, port)) == b""

            reply = ask_as(VICTIM, "127.0.0.1", port, open_page(start, port)).decode()
            consent = reply.partition("Location: ")[2].partition("\r\n")[0]
            target = decide(consent).partition(f":{port}")[2]
            his = target.replace("code=", "code=his-own-")
            assert ask_as(ATTACKER, "127.0.0.1", port, get(his, port)) == b""
            assert ask_as(VICTIM, "127.0.0.1", port, get(target, port)).startswith(b"HTTP/1.1 200 ")
            pipe.write(b"\n")
            out, err = program.communicate(timeout=30)
        assert program.returncode == 0, out + err
        assert f"another user (uid {ATTACKER})" in err
        assert webex.generation(str(profile.env_access())) == 2


@contextmanager
def a_sign_in() -> Iterator[tuple[CallbackServer, int]]:
    """One that is waited for. At its end the genuine answer comes, and is taken."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request, CONSENT) as server, ThreadPoolExecutor(1) as worker:
        waiting = worker.submit(server.wait, 60)
        yield server, port
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
    with a_sign_in() as (server, port):
        his = genuine(port, f"code=his-own-code&state={STATE}")
        assert ask_as(OTHER, address, port, his, ending) == b""
        assert server.refused == 0


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
    gone, admit = threading.Event(), LoopbackServer._admit
    looked_up = list[bool]()
    closed = {(), (SocketOwner(0, 0),)}  # some kernels keep the owner for a moment

    def admit_late(server: LoopbackServer, connection: socket.socket) -> bool:
        assert gone.wait(60)
        until = time.monotonic() + 60
        while not looked_up and peer_of(connection).owners not in closed:
            assert time.monotonic() < until
            time.sleep(0.02)
        looked_up.append(True)  # his: those that follow are not waited for
        return admit(server, connection)

    monkeypatch.setattr(LoopbackServer, "_admit", admit_late)
    with a_sign_in() as (server, port):
        ask_as(OTHER, address, port, genuine(port), ending)
        gone.set()
        ask(address, port, get("/", port))  # after his
        assert server.refused == 1


@EVERY_ENDING
def test_another_user_does_not_open_the_start_page(ending: str) -> None:
    """He has its address from the browser's command line. The key stays unused."""
    with a_sign_in() as (server, port):
        request = open_page(server.start_page(), port)
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
    with a_sign_in() as (server, port):
        request = open_page(server.start_page(), port)
        assert ask_as(OTHER + 1, "127.0.0.1", port, request) == b""
        assert ask_as(OTHER, "127.0.0.1", port, request).startswith(b"HTTP/1.1 303 ")


def test_who_was_rejected_uids_is_told_once_and_by_number(caplog: pytest.LogCaptureFixture) -> None:
    """One may be the person's own other account: then this says why nothing happens."""
    caplog.set_level(logging.DEBUG)
    with a_sign_in() as (server, port):
        for _ in range(3):
            ask_as(OTHER, "127.0.0.1", port, genuine(port))
        assert server.rejected_uids == {OTHER}
        told = [record.getMessage() for record in caplog.records if str(OTHER) in record.message]
    assert told == [f"a connection of another user (uid {OTHER}) was closed: not answered"]
    assert os.geteuid() == 0
