"""`report`: the details page as a file, on standard output, or in the browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.pages.reading import Reader, words
from tests.profile import Profile, full_profile
from tests.sign_in.test_start_page import cookie_of, headers_of, open_page
from tray_app.pages.html import START
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox


@pytest.mark.posix
def test_it_writes_one_file_for_this_user_alone(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Whatever the umask, and over an earlier page with another mode, too."""
    old = profile.folder / "page.html"
    old.write_text(f"{START}old", encoding="utf-8")
    old.chmod(0o644)
    done = program("report", "page.html")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("The page is in page.html.\n")
    assert old.stat().st_mode & 0o777 == 0o600
    page = Reader(old.read_text(encoding="utf-8"))
    assert words(page.first("h1")).startswith("Token works")
    assert "Reload" not in words(page.first("body"))
    assert str(profile.env_path) in words(page.first("main"))
    assert (profile.env_access() or "-")[:12] not in old.read_text(encoding="utf-8")
    assert {each.kind for each in webex.requests} <= {Kind.DATA_SOURCES, Kind.PEOPLE_ME}
    assert not list(profile.folder.glob(".webex-token-tray.*"))


@pytest.mark.parametrize("arguments", [["report"], ["report", "-"]])
def test_without_a_file_it_goes_to_standard_output(program: Program, arguments: list[str]) -> None:
    done = program(*arguments)
    assert done.returncode == 0
    assert done.stdout.startswith(START)
    assert done.stdout.endswith("</html>\n")


def test_there_it_is_utf_8_whatever_the_console_has(program: Program) -> None:
    """Windows' code page made its dots unreadable, and question marks of what that lacks."""
    done = subprocess.run(
        program.command("report"),
        env=dict(program.environ, PYTHONIOENCODING="cp1252"),
        cwd=program.folder,
        capture_output=True,
        check=True,
    )
    assert "·" in done.stdout.decode("utf-8")


@pytest.mark.posix
def test_a_terminal_gets_a_sentence_and_no_page(program: Program) -> None:
    """And Webex is not asked."""
    import pty  # Windows has none

    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "wb") as terminal:
        done = subprocess.run(
            program.command("report"),
            env=program.environ,
            cwd=program.folder,
            stdout=terminal,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 64
    assert "Name a FILE for the page, or use --open to see it in the browser." in done.stderr


def test_file_and_open_exclude_each_other(program: Program) -> None:
    done = program("report", "--open", "page.html")
    assert done.returncode == 64
    assert "Use either --open or FILE." in done.stderr


@pytest.mark.posix
@pytest.mark.parametrize("name", [".env", "token-config.json", "pipe", ".", "own.html"])
def test_what_is_no_page_stays_as_it_is(program: Program, profile: Profile, name: str) -> None:
    """`report .env` is a mistake."""
    os.mkfifo(profile.folder / "pipe")
    (profile.folder / "own.html").write_text("<!doctype html>\n<p>mine")
    path = profile.folder / name
    before = path.read_bytes() if path.is_file() else b""
    done = program("report", name)
    assert done.returncode == 70
    assert f"{name} exists and is not an earlier report: name another FILE." in done.stderr
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_file_that_cannot_be_written_is_one_sentence(program: Program) -> None:
    done = program("report", "missing/page.html")
    assert done.returncode == 70
    assert "page.html cannot be written: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_dead_token_is_a_page_too(program: Program, profile: Profile, webex: Sandbox) -> None:
    """Nothing is renewed, and the step is a command."""
    webex.revoke_service_access()
    before = profile.env_path.read_bytes()
    done = program("report")
    assert done.returncode == 0
    text = words(Reader(done.stdout).first("main"))
    assert "Neither the tray nor watch is running" in text
    assert "In a terminal: webex-token-tray refresh --if-due --config " in text
    assert profile.env_path.read_bytes() == before


def test_a_config_that_cannot_be_used_is_a_page_too(program: Program, profile: Profile) -> None:
    profile.config_path.write_text("{", encoding="utf-8")
    done = program("report")
    assert done.returncode == 0
    text = words(Reader(done.stdout).first("main"))
    assert "Not set up yet" in text
    assert "webex-token-tray setup" in text


def test_several_profiles_are_on_one_page(
    program: Program, profile: Profile, webex: Sandbox, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    second = full_profile(other, webex)
    second.write_env("dead-token")
    program("profiles", "add", "acme", str(profile.config_path))
    program("profiles", "add", "globex", str(second.config_path))
    done = program("report", WEBEX_TOKEN_CONFIG="")
    page = Reader(done.stdout)
    assert words(page.first("h1")).startswith("1 of 2")
    assert [words(link) for link in page.first("table").all("a")] == ["globex", "acme"]
    assert len(page.all("article")) == 2
    assert "--profile globex" in words(page.all("article")[0])


@pytest.mark.posix
def test_it_is_shown_in_the_browser_until_ctrl_c(
    program: Program, profile: Profile, webex: Sandbox, tmp_path: Path
) -> None:
    """The browser and the terminal get a key each. A reload within seconds asks Webex nothing."""
    opened = tmp_path / "opened"
    os.mkfifo(opened)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{opened}\n', encoding="utf-8")
    browser.chmod(0o700)
    with subprocess.Popen(
        program.command("report", "--open"),
        env=program.environ | {"BROWSER": str(browser), "PYTHONUNBUFFERED": "1"},
        cwd=program.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        address = opened.read_text().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/details/[\w-]{43}", address)
        assert running.stdout.readline() == "If your browser shows nothing, open:\n"
        printed = running.stdout.readline().strip()
        assert printed != address
        first = open_page(address)
        asked = len(webex.requests)
        page = Reader(first.partition(b"\r\n\r\n")[2].decode())
        assert words(page.first("h1")).startswith("Token works")
        assert [words(link) for link in page.all("a")] == ["Reload"]
        again = open_page(address, cookie_of(first))
        assert headers_of(again)[""] == "HTTP/1.1 200 OK"
        assert headers_of(open_page(printed))[""] == "HTTP/1.1 200 OK"
        assert len(webex.requests) == asked
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130


@pytest.mark.posix
def test_without_a_screen_the_address_is_printed(program: Program) -> None:
    """No text browser takes over the terminal."""
    with subprocess.Popen(
        program.command("report", "--open"),
        env=program.environ | {"PYTHONUNBUFFERED": "1"},
        cwd=program.folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "Open in a browser on this machine:\n"
        assert headers_of(open_page(running.stdout.readline().strip()))[""] == "HTTP/1.1 200 OK"
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == -signal.SIGTERM
