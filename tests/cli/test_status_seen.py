"""`status` for a person who looks: aligned, coloured in a terminal alone, and a line a change."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")


def in_terminal(program: Program, *arguments: str, **changes: str) -> str:
    """What a person sees, escapes and all."""
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        program.command(*arguments),
        env=program.environ | {"TERM": "xterm"} | changes,
        cwd=program.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        seen = b""
        while piece := _read(ours):
            seen += piece
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux's way of saying that the other side has gone
        return b""


def test_what_follows_is_in_two_columns(program: Program, profile: Profile) -> None:
    program("status")
    _, *lines = program("status").stdout.splitlines()
    table = [line for line in lines if line.startswith("  ")]
    assert len(table) == 6
    starts = {len(line) - len(line[2:].partition("  ")[2].lstrip()) for line in table}
    assert len(starts) == 1
    assert table[-1].split() == [".env", str(profile.env_path)]


def test_a_terminal_shows_colours_of_the_last_check_too(program: Program, webex: Sandbox) -> None:
    program.as_tray()
    for options in ([], ["--max-age", "5m"]):
        seen = in_terminal(program, "status", *options)
        assert seen.startswith("\x1b[32;1mgreen:\x1b[0m Token works")
        assert "\x1b[32mworks" in seen
    webex.revoke_all()
    program("refresh")
    seen = in_terminal(program, "status", "--max-age", "5m")
    assert seen.startswith("\x1b[31;1mred:\x1b[0m Webex token rejected")
    assert "\x1b[31mrejected by Webex\x1b[0m" in seen


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(program: Program, variable: dict[str, str]) -> None:
    program("status")
    for options in ([], ["--max-age", "5m"]):
        assert "\x1b" not in in_terminal(program, "status", *options, **variable)


def test_no_colour_outside_of_a_terminal(program: Program) -> None:
    program("status")
    assert "\x1b" not in program("status", TERM="xterm").stdout


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_watch_says_a_line_a_change_renews_nothing_and_ends_by_ctrl_c(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    program("status")
    with program.started("status", "--watch") as process:
        first = line_of(process)
        datetime.fromisoformat(first[:19])
        assert first[19:].startswith("  green: Token works")
        webex.revoke_service_access()
        program("status")  # nothing changes but by somebody who looks
        second = line_of(process)
        assert second[19:].startswith(
            "  red: Webex token rejected: nothing is running to renew it. "
        )
        assert "refresh --if-due" in second
        assert not [seen for seen in webex.requests if seen.kind is Kind.SERVICE_REFRESH]
        program("refresh")
        assert line_of(process)[19:].startswith("  green: Token works")
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
    assert "Traceback" not in errors


def test_watch_for_programs_is_an_object_a_line(program: Program, webex: Sandbox) -> None:
    webex.go_down(Fault.dropped())
    with program.started("status", "--watch", "--json") as process:
        assert json.loads(line_of(process))["shape"] == "query"


def test_watch_ends_when_its_reader_has_gone(program: Program) -> None:
    """`status --watch | head -1` went on until the next change."""
    with program.started("status", "--watch") as process:
        line_of(process)
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr is not None
        assert "failed" not in process.stderr.read()


def test_watch_takes_no_max_age(program: Program) -> None:
    done = program("status", "--watch", "--max-age", "5m")
    assert done.returncode == 64
    assert "--watch checks by itself" in done.stderr
