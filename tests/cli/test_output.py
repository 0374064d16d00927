"""What others have named is shown, and does nothing to the terminal."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.cli import render
from tray_app.cli.output import echo, echo_lines, show

ODD = "x\x1b]0;pwn\a\x1b[2J\nforged: green\x9b31m\u202e"
ESCAPED = r"x\x1b]0;pwn\x07\x1b[2J\nforged: green\x9b31m\u202e"
UNSEEN = "app\ufe0f\u180b\u034f\u3164"  # what Python calls printable, and nobody can see


def test_a_line_of_others_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    echo(f"left: {ODD}")
    echo(f"left: {ODD}", err=True)
    assert capsys.readouterr() == (f"left: {ESCAPED}\n", f"left: {ESCAPED}\n")


def test_what_cannot_be_seen_is_escaped_if_nothing_else_is_odd(
    capsys: pytest.CaptureFixture[str],
) -> None:
    echo(UNSEEN)
    echo_lines(f"é\n{UNSEEN}")
    escaped = r"app\ufe0f\u180b\u034f\u3164"
    assert capsys.readouterr().out == f"{escaped}\né\n{escaped}\n"


def test_our_own_lines_and_colours_stay(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "is_coloured", lambda: True)
    monkeypatch.setattr(click.utils, "should_strip_ansi", lambda *_: False)
    red = render.styled("red:", render.BAD, bold=True)
    assert red == "\x1b[31;1mred:\x1b[0m"
    echo_lines(f"{red} a\n  b\x1b[8m\r", nl=False)
    assert capsys.readouterr().out == f"{red} a\n  b\\x1b[8m\\r"


def test_a_fault_of_the_command_line_is_shown_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    show(click.ClickException("no \x1b[2J"))
    assert capsys.readouterr().err == "Error: no \\x1b[2J\n"


@pytest.mark.skipif(os.name != "posix", reason="no such names there")
@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("doctor",),
        ("refresh",),
        ("refresh", "--if-due"),
        ("allow",),
        ("history",),
        ("export",),
        ("forget",),
        ("--config", f"{ODD}.json", "status"),
        ("--profile", ODD, "status"),
        ("profiles", "add", "name", "token-config.json"),
        ("profiles", "add", ODD, "token-config.json"),
        ("profiles", "remove", ODD),
        ("run", "--", ODD),
        ("import", ODD),
        (ODD,),
    ],
    ids=lambda arguments: "-".join(arguments).partition("\x1b")[0],
)
def test_no_command_passes_a_name_on_as_it_is(
    program: Program, profile: Profile, arguments: tuple[str, ...]
) -> None:
    """A folder of a cloned repository may have any name, and so may what a person completes."""
    folder = profile.folder / f"{ODD}\udcff"  # it is no UTF-8 either
    folder.mkdir()
    for path in (profile.config_path, profile.env_path):
        shutil.copy2(path, folder)
    environ = {n: v for n, v in program.environ.items() if n != "WEBEX_TOKEN_CONFIG"}
    done = Program(environ, Path(folder))(*arguments)
    said = done.stdout + done.stderr
    assert said
    assert "has failed" not in said
    assert "forged: green" not in [line[:13] for line in said.splitlines()]
    assert said.replace("\n", "").isprintable(), repr(said)


@pytest.mark.skipif(os.name != "posix", reason="no such names there")
def test_a_config_whose_path_is_no_utf_8_works(program: Program, profile: Profile) -> None:
    folder = profile.folder / "a\udcff"
    folder.mkdir()
    for path in (profile.config_path, profile.env_path):
        shutil.copy2(path, folder)
    there = Program(program.environ | {"WEBEX_TOKEN_CONFIG": "token-config.json"}, folder)
    for arguments in (
        ("refresh",),
        ("status", "--max-age", "5m"),
        ("status",),
        ("history",),
        ("profiles", "add", "x", "token-config.json"),
        ("forget", "--yes"),
    ):
        done = there(*arguments)
        assert (arguments, done.returncode) == (arguments, 0), done.stderr
    assert "UnicodeEncodeError" not in there("doctor").stdout
