"""`authorize`: the page as an address of its own line, the outcome in words, and clean ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.conftest import Program
from tests.consent import come_back, consent_page, decide, free_redirect, use_redirect, visit
from tests.other_user import OTHER, ask_as, only_root
from tests.profile import Profile
from tray_app.model.variables import ACCESS, REFRESH
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox


@pytest.fixture(autouse=True)
def redirect(profile: Profile, webex: Sandbox) -> str:
    uri = free_redirect(webex)
    use_redirect(profile, uri)
    webex.revoke_all()
    return uri


@contextmanager
def asking(
    program: Program, *arguments: str, **changes: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`authorize` under way, and the page that it shows."""
    with subprocess.Popen(
        program.command("authorize", *arguments),
        env=program.environ | {"PYTHONUNBUFFERED": "1"} | changes,
        cwd=program.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process, page_of(process)
        finally:
            process.kill()


def page_of(process: subprocess.Popen[str]) -> str:
    """The first line that is an address, and nothing else."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("http"):
            return line.strip()
    assert process.stderr is not None
    raise AssertionError(process.stderr.read())


def test_allow_renews_the_token_and_says_whose_sign_in_it_was(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """To the terminal, and to the browser that comes back."""
    before = profile.env_access()
    with asking(program, "--no-browser") as (process, page):
        shown = come_back(decide(page))
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "<h1>Token works until" in shown
    assert str(profile.env_path) in shown
    assert "go back to the terminal" in shown
    assert f"Signed in as an account of organization {webex.person.org_uuid}, good until" in out
    assert "Token renewed." in out
    assert "green: Token works" in out
    assert profile.env_access() not in (None, before)


@pytest.mark.posix
def test_the_result_is_said_before_the_browser_has_it(program: Program) -> None:
    """Whoever pressed Ctrl-C while the browser was waited for was left without it."""
    with asking(program, "--no-browser") as (process, page):
        come_back(decide(page))
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        assert b"Signed in as an account" in os.read(process.stdout.fileno(), 65536)


def test_deny_is_exit_2_while_the_token_is_dead(program: Program) -> None:
    program("refresh")  # so that it is known that no other method helps
    with asking(program, "--no-browser") as (process, page):
        visit(decide(page, "deny"))
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "declined in the browser. Nothing has changed." in out
    assert "Sign in through the browser" in out


def test_a_pasted_address_is_enough_where_the_port_is_taken(
    program: Program, redirect: str
) -> None:
    with (
        socket.create_server(("127.0.0.1", urlsplit(redirect).port or 0)),
        asking(program, "--paste") as (process, page),
    ):
        out, err = process.communicate(f"https://example.com/\n{decide(page)}\n", timeout=30)
    assert process.returncode == 0
    assert "This does not answer this sign-in" in err
    assert "Token renewed." in out


def test_a_taken_port_names_the_ways_out_and_opens_nothing(program: Program, redirect: str) -> None:
    port = urlsplit(redirect).port or 0
    with socket.create_server(("127.0.0.1", port)):
        done = program("authorize", "--no-browser")
    assert done.returncode == 70
    assert f"port {port} is taken" in done.stderr
    assert "--paste" in done.stderr
    assert "http" not in done.stdout


def test_the_time_is_over(program: Program) -> None:
    done = program("authorize", "--no-browser", "--timeout", "1")
    assert done.returncode == 2  # the token is dead, and nothing renews it
    assert "The sign-in timed out. Nothing has changed." in done.stdout


@pytest.mark.posix
def test_ctrl_c_ends_cleanly_and_frees_the_port(program: Program, redirect: str) -> None:
    with asking(program, "--no-browser") as (process, _):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    socket.create_server(("127.0.0.1", urlsplit(redirect).port or 0)).close()


@pytest.mark.posix
def test_ctrl_c_while_the_code_is_exchanged_waits_for_the_answer(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Webex has spent the code by then: the tokens are in the reply alone. What they are for is
    left to the next run, and nobody has to sign in again."""
    release = threading.Event()
    webex.faults.next(Kind.CODE_EXCHANGE, Fault.held(release))
    with asking(program, "--no-browser") as (process, page):
        visit(decide(page))
        webex.wait_for_request(lambda seen: seen.kind is Kind.CODE_EXCHANGE)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "after a second, ends at once" in process.stderr.readline()
        release.set()
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert webex.generation(str(profile.env_access())) == 1
    assert "your new sign-in" in program("refresh").stdout
    assert webex.generation(str(profile.env_access())) == 2


@pytest.mark.posix
def test_the_browser_is_opened_with_our_start_page_and_inherits_no_secret(
    program: Program, webex: Sandbox, tmp_path: Path
) -> None:
    """Every user can read its command line: `state` and `code_challenge` are not in it. BROWSER is
    how a person names another one; this one writes down what it was given."""
    seen, browser = tmp_path / "seen", tmp_path / "browser"
    os.mkfifo(seen)
    cmdline = "tr '\\0' ' ' </proc/$$/cmdline" if sys.platform == "linux" else 'echo "$0" "$@"'
    browser.write_text(f"#!/bin/sh\n({cmdline}; echo; env) > {seen}\n", encoding="utf-8")
    browser.chmod(0o700)
    secret = webex.integration.client_secret
    given = {"BROWSER": str(browser), "WEBEX_INTEGRATION_CLIENT_SECRET": secret}
    given |= {ACCESS: "CANARY", REFRESH: "CANARY"}
    with asking(program, **given) as (process, page):
        opened, *environment = seen.read_text(encoding="utf-8").splitlines()
        _, address = opened.strip().rsplit(" ", 1)
        assert urlsplit(address).path.startswith("/sign-in/")
        for name in ("state", "code_challenge"):
            (value,) = parse_qs(urlsplit(page).query)[name]
            assert value not in opened
        assert consent_page(address) == page
        assert f"BROWSER={browser}" in environment
        assert not [line for line in environment if secret in line or "CANARY" in line]
        visit(decide(page))
        process.communicate(timeout=30)
    assert process.returncode == 0


@only_root
def test_a_browser_of_another_user_is_not_answered_and_the_terminal_says_so(
    program: Program, redirect: str
) -> None:
    """As after `su`: the person would wait, and never know what for. The sign-in goes on."""
    port = urlsplit(redirect).port or 0
    with asking(program, "--no-browser") as (process, page):
        answer = decide(page)
        path = answer.partition(f":{port}")[2]
        request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
        assert ask_as(OTHER, "127.0.0.1", port, request.encode()) == b""
        visit(answer)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"another user (uid {OTHER}) connected and was not answered" in err
    assert "--paste" in err


def test_nothing_secret_is_said_or_logged(program: Program, profile: Profile) -> None:
    with asking(program, "--no-browser", "--debug") as (process, page):
        address = decide(page)
        visit(address)
        out, err = process.communicate(timeout=30)
    code = address.partition("code=")[2].partition("&")[0]
    tokens = [str(profile.env_access()), str(profile.env_refresh()), code]
    for secret in tokens:
        for start in range(0, 64, 8):
            assert secret[start : start + 8] not in out + err
