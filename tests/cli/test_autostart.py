"""`autostart`: on, off, status, and the sentence where it cannot be done."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the file is that of Linux")


def test_on_off_and_status_say_which_and_where(program: Program) -> None:
    """The config found in the working directory is named in the entry."""
    folder = Path(program.environ["HOME"]) / ".config/autostart"
    said = {what: program("autostart", what) for what in ("status", "on", "status", "off")}
    assert [done.returncode for done in said.values()] == [0, 0, 0]
    assert not list(folder.iterdir())

    done = program("autostart", "on")
    (entry,) = folder.iterdir()
    assert (done.stdout, done.stderr) == (f"on: {entry}\n", "")
    assert f"--config {program.folder / 'token-config.json'}" in entry.read_text()
    assert program("autostart", "status").stdout == f"on: {entry}\n"
    assert program("autostart", "off").stdout == f"off: {entry}\n"
    assert program("autostart", "status").stdout == f"off: {entry}\n"


def test_what_cannot_be_changed_is_exit_70_and_one_sentence(program: Program) -> None:
    """With the place, and why."""
    home = Path(program.environ["HOME"])
    (home / ".config").mkdir()
    (home / ".config/autostart").write_text("in the way")
    done = program("autostart", "on")
    assert done.returncode == 70
    assert done.stderr.startswith(f"Error: {home}/.config/autostart/webex-token-tray-")
    assert done.stderr.endswith(".desktop cannot be changed: File exists\n")


def test_anything_else_is_wrong_usage(program: Program) -> None:
    """There are three words."""
    for arguments in ([], ["maybe"], ["on", "off"]):
        assert program("autostart", *arguments).returncode == 64
