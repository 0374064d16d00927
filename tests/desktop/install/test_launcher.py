"""The entry of the application menu, read by what reads it: the validator, and GLib."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.programs import require
from tray_app.desktop.install.launcher import SIZES, Launcher, application_entry, icon_path

ODD = 'wéb ex\'s "best" `id` $HOME a\\b #1; <x>'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "share"


def made(data: Path, name: str = "webex-token-tray") -> Launcher:
    return Launcher(name, "Webex Token Tray", ["/opt/tray"], {"XDG_DATA_HOME": str(data)})


def test_on_and_off_and_off_again(data: Path) -> None:
    """Each may come twice, and nothing is left behind."""
    entry = made(data)
    for _ in range(2):
        entry.turn_on()
        assert entry.is_on()
    for size in SIZES:
        with Image.open(data / icon_path(size)) as icon:
            assert icon.size == (size, size)
    for _ in range(2):
        entry.turn_off()
        assert not entry.is_on()
    assert not [path for path in data.rglob("*") if path.is_file()]


def test_the_icons_stay_as_long_as_another_profile_has_an_entry(data: Path) -> None:
    """They are shared."""
    first, second = made(data), made(data, "webex-token-tray-0a1b2c3d")
    first.turn_on()
    second.turn_on()
    first.turn_off()
    assert (data / icon_path(48)).is_file()
    second.turn_off()
    assert not (data / icon_path(48)).exists()


def test_the_file_is_where_the_specification_wants_it(tmp_path: Path) -> None:
    """$XDG_DATA_HOME, or ~/.local/share if that is not set or not absolute."""
    for chosen in ({}, {"XDG_DATA_HOME": "relative"}):
        entry = Launcher("webex-token-tray", "", ["x"], {"HOME": str(tmp_path), **chosen})
        wanted = tmp_path / ".local/share/applications/webex-token-tray.desktop"
        assert entry.location == str(wanted)


def test_a_folder_in_the_way_is_an_os_error(data: Path) -> None:
    """For the caller to report."""
    data.write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        made(data).turn_on()


@pytest.mark.desktop
@pytest.mark.parametrize("title", ["Webex Token Tray", f"Webex Token Tray ({ODD})"])
def test_the_validator_accepts_it(tmp_path: Path, title: str) -> None:
    """desktop-file-validate, as distributions run it."""
    require("desktop-file-validate")
    path = tmp_path / "webex-token-tray.desktop"
    path.write_bytes(application_entry(title, [f"/opt/{ODD}/tray", "--config", f"/etc/{ODD}"]))
    done = subprocess.run(
        ["desktop-file-validate", path], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.desktop
def test_glib_starts_exactly_that_command(tmp_path: Path) -> None:
    """Through a folder with every character that means something to some program."""
    from tests.e2e.private_session import read_line  # Linux only

    require("gio")
    program = tmp_path / ODD.replace("/", "") / "tray"
    program.parent.mkdir(parents=True)
    told = tmp_path / "told"
    os.mkfifo(told)
    program.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(told)!r}, 'w').write(sys.argv[1] + '\\n')\n"
    )
    program.chmod(0o700)
    entry = Launcher("webex-token-tray", ODD, [str(program), ODD], {"HOME": str(tmp_path)})
    entry.turn_on()
    heard = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
    subprocess.run(["gio", "launch", entry.location], check=True, timeout=60)
    assert read_line(heard, "the program to be started") == ODD


def test_control_characters_begin_no_other_key(data: Path) -> None:
    """In a title they are spaces; a command that has them gets no entry, and no icons."""
    entry = application_entry("Tray (a\nExec=evil\x1b\u2028)", ["/x"]).decode()
    assert "Name=Tray (a Exec=evil )\n" in entry
    with pytest.raises(OSError, match="has control characters"):
        Launcher("x", "Tray", ["/x", "a\x85Exec=evil"], {"XDG_DATA_HOME": str(data)}).turn_on()
    assert not data.exists()
