"""`launcher`: on, off, status, and where it is no use."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Program
from tray_app.cli.autostart import launcher

linux = pytest.mark.skipif(sys.platform != "linux", reason="the file is that of Linux")


@linux
def test_on_off_and_status_say_which_and_where(program: Program) -> None:
    """A config that is not the user's own is named in the command, and its folder in the title."""
    applications = Path(program.environ["HOME"]) / ".local/share/applications"
    done = program("launcher", "on")
    (entry,) = applications.iterdir()
    assert (done.returncode, done.stdout, done.stderr) == (0, f"on: {entry}\n", "")
    text = entry.read_text()
    assert f"--config {program.folder / 'token-config.json'}" in text
    assert "Name=Webex Token Tray (work)\n" in text
    assert program("launcher", "status").stdout == f"on: {entry}\n"
    assert program("launcher", "off").stdout == f"off: {entry}\n"
    assert program("launcher", "status").stdout == f"off: {entry}\n"


@linux
def test_what_cannot_be_changed_is_exit_70_and_one_sentence(program: Program) -> None:
    """With the place, and why."""
    (Path(program.environ["HOME"]) / ".local").write_text("in the way")
    done = program("launcher", "on", XDG_STATE_HOME=program.environ["HOME"])
    assert done.returncode == 70
    assert done.stderr.endswith(".desktop cannot be changed: File exists\n")


def test_on_macos_the_way_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one sentence. The Start menu has its tests in tests/windows."""
    monkeypatch.setattr("tray_app.cli.autostart.sys.platform", "darwin")
    done = CliRunner().invoke(launcher, ["on"])
    assert done.exit_code != 0
    assert done.output.startswith("Error: There is no such entry on macOS")
