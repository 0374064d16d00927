"""Start at login: the entry of each system, read back by the rules of that system.

Linux is tried for real, with GLib; macOS by plistlib; Windows has a file of its own.
"""

from __future__ import annotations

import json
import os
import plistlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.programs import require
from tray_app.bootstrap import ProfileContext
from tray_app.desktop.install import command_line
from tray_app.desktop.install.autostart import (
    DesktopEntry,
    LaunchAgent,
    LoginItem,
    RunKey,
    login_item,
)
from tray_app.desktop.install.desktop_entry import exec_line
from tray_app.system.dirs import AppDirs

ODD = 'wéb ex\'s "best" `id` $HOME 100% a\\b\\ \\n #1; & <x> (y) * ~ =@'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folders(home: Path) -> AppDirs:
    return AppDirs(home / "config", home / "state", home / "log", home / "data")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An interpreter with the console script beside it, as in every virtual environment."""
    path = tmp_path / "venv/bin/python"
    path.parent.mkdir(parents=True)
    path.with_name("webex-token-tray").touch()
    return path


def item_on(platform: str, setup: ProfileContext, home: Path, python: Path) -> Any:
    return login_item(setup, {"HOME": str(home)}, platform, str(python))


def own(folders: AppDirs) -> ProfileContext:
    """The profile in the user's own folder."""
    return ProfileContext(folders.config / "token-config.json", folders)


def command_of(item: LoginItem) -> list[str]:
    return list(item._command)  # type: ignore[attr-defined]


# what is started


def test_the_script_beside_the_interpreter_is_started(
    folders: AppDirs, home: Path, python: Path
) -> None:
    """As pip, pipx and uv put it; if there is no script, the module by this interpreter."""
    script = python.with_name("webex-token-tray")
    assert command_of(item_on("linux", own(folders), home, python)) == [str(script)]
    script.unlink()
    assert command_of(item_on("linux", own(folders), home, python)) == [
        str(python),
        "-m",
        "tray_app",
    ]


def test_a_bundle_starts_itself(
    folders: AppDirs, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under whatever name: it is its own interpreter, and knows no -m."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    renamed = tmp_path / "token-tray"
    assert command_of(item_on("linux", own(folders), home, renamed)) == [str(renamed)]


@pytest.mark.posix
def test_the_program_of_a_package_is_named_as_the_package_keeps_it(
    folders: AppDirs, home: Path, python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle in /usr/lib may move with the next version; its link in /usr/bin stays."""
    script, link = python.with_name("webex-token-tray"), tmp_path / "webex-token-tray"
    monkeypatch.setattr(command_line, "OF_PACKAGE", link)
    link.symlink_to(script)
    assert command_of(item_on("linux", own(folders), home, python)) == [str(link)]
    link.unlink()
    link.touch()  # a package beside which this one was installed
    assert command_of(item_on("linux", own(folders), home, python)) == [str(script)]


@pytest.mark.posix
def test_the_interpreter_of_this_very_environment_is_not_resolved(folders: AppDirs) -> None:
    """A link's target knows nothing of what is installed beside the link."""
    (program,) = command_of(login_item(own(folders)))
    assert Path(program).parent == Path(sys.executable).parent


def test_windows_gets_the_program_without_a_console(
    folders: AppDirs, home: Path, tmp_path: Path
) -> None:
    """Where there is one; else the script, else the interpreter."""
    scripts = tmp_path / "Scripts"
    scripts.mkdir()
    python = scripts / "python.exe"

    def line() -> str:
        item = item_on("win32", own(folders), home, python)
        assert isinstance(item, RunKey)
        return item._line

    assert line() == f"{python} -m tray_app"
    (scripts / "webex-token-tray.exe").touch()
    assert line() == str(scripts / "webex-token-tray.exe")
    (scripts / "webex-token-tray-gui.exe").touch()  # a bundle has no pythonw
    assert line() == str(scripts / "webex-token-tray-gui.exe")
    (scripts / "pythonw.exe").touch()
    assert line() == f"{scripts / 'pythonw.exe'} -m tray_app"


def test_a_config_that_is_not_the_user_s_own_is_named(
    folders: AppDirs, home: Path, python: Path, tmp_path: Path
) -> None:
    """It may have been found by directory or environment, which are others at login."""
    setup = ProfileContext(tmp_path / "work/token-config.json", folders, "http://127.0.0.1:1")
    assert command_of(item_on("linux", setup, home, python))[1:] == [
        "--config",
        str(setup.config_path),
        "--api-base",
        "http://127.0.0.1:1",
    ]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_each_profile_has_an_entry_of_its_own(
    platform: str, folders: AppDirs, home: Path, python: Path, tmp_path: Path
) -> None:
    """One may start at login, and another not."""
    places = {
        item_on(platform, ProfileContext(path, folders), home, python).location
        for path in (folders.config / "token-config.json", tmp_path / "a.json", tmp_path / "b.json")
    }
    assert len(places) == 3


# Linux


@pytest.mark.posix
def test_the_file_is_where_the_specification_wants_it(
    folders: AppDirs, home: Path, python: Path
) -> None:
    """$XDG_CONFIG_HOME, or ~/.config if that is not set or not absolute."""
    name = "autostart/webex-token-tray.desktop"
    for chosen, folder in (
        ({"XDG_CONFIG_HOME": "/x/y"}, Path("/x/y")),
        ({"XDG_CONFIG_HOME": "y"}, home / ".config"),
        ({"XDG_CONFIG_HOME": ""}, home / ".config"),
        ({}, home / ".config"),
    ):
        item = login_item(own(folders), {"HOME": str(home)} | chosen, "linux", str(python))
        assert item.location == str(folder / name)


@pytest.fixture(params=["linux", "darwin"])
def item(
    request: pytest.FixtureRequest, folders: AppDirs, home: Path, python: Path
) -> DesktopEntry | LaunchAgent:
    found = item_on(request.param, own(folders), home, python)
    assert isinstance(found, DesktopEntry | LaunchAgent)
    return found


def test_on_and_off_and_off_again(item: DesktopEntry | LaunchAgent) -> None:
    """Each may come twice."""
    assert not item.is_on()
    for _ in range(2):
        item.turn_on()
        assert item.is_on()
    for _ in range(2):
        item.turn_off()
        assert not item.is_on()
        assert not Path(item.location).exists()


def test_a_foreign_file_counts_as_off_and_is_replaced(
    item: DesktopEntry | LaunchAgent,
) -> None:
    """Empty, or damaged."""
    item.turn_on()
    for content in (b"", b"\xff\xfe nonsense", b"<plist><array/></plist>"):
        Path(item.location).write_bytes(content)
        assert not item.is_on()
        item.turn_on()
        assert item.is_on()


def test_a_folder_that_cannot_be_made_is_an_os_error(item: DesktopEntry | LaunchAgent) -> None:
    """For the caller to report."""
    folder = Path(item.location).parent
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        item.turn_on()
    assert not item.is_on()


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled = false"])
def test_what_a_settings_program_switched_off_is_off_until_switched_on(
    line: str, folders: AppDirs, home: Path, python: Path
) -> None:
    """KDE and GNOME leave the file."""
    item = item_on("linux", own(folders), home, python)
    item.turn_on()
    with Path(item.location).open("a") as file:
        file.write(f"{line}\n")
    assert not item.is_on()
    item.turn_on()
    assert item.is_on()


def test_an_exec_line_reads_as_the_specification_says() -> None:
    """Quoted, with the four signs escaped; then every backslash doubled, as in any string."""
    assert exec_line(["/usr/bin/webex-token-tray"]) == "/usr/bin/webex-token-tray"
    assert exec_line(["/a b/c", "--config", "/100%"]) == '"/a b/c" --config /100%%'
    assert exec_line(['"', "$", "`", "\\"]) == r'"\\"" "\\$" "\\`" "\\\\"'
    assert exec_line(["a\u00a0b", ""]) == '"a\u00a0b" ""'


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("character", ["\n", "\t", "\x1b", "\x0b", "\x85", "\u2028"])
def test_a_path_with_control_characters_gets_no_entry(
    platform: str, character: str, folders: AppDirs, home: Path, python: Path
) -> None:
    """They stood in `Exec`, where readers that know more line ends than one saw another key; on
    macOS it was a traceback. What only looks does not fail."""
    config = home / f"a{character}Exec=evil/token-config.json"
    item = item_on(platform, ProfileContext(config, folders), home, python)
    with pytest.raises(OSError, match="has control characters: rename it, or its folder"):
        item.turn_on()
    if platform != "win32":
        assert not item.is_on()
        assert not Path(item.location).exists()


@pytest.mark.desktop
def test_glib_starts_exactly_that_command(tmp_path: Path) -> None:
    """Folder and arguments with every character that means something to some program.

    No % in the folder: GLib looks for the program before it reads %% as %.
    """
    from tests.e2e.private_session import read_line  # Linux only

    require("gio")
    program = tmp_path / ODD.replace("%", "") / "webex-token-tray"
    program.parent.mkdir()
    told = tmp_path / "told"
    os.mkfifo(told)
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        f"with open({str(told)!r}, 'w') as told:\n"
        "    print(json.dumps(sys.argv), file=told)\n"
    )
    program.chmod(0o755)
    command = [str(program), "--config", ODD, "", "%f", "plain"]
    entry = DesktopEntry(tmp_path / "autostart/odd.desktop", command)
    entry.turn_on()
    reader = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
    subprocess.run(["gio", "launch", entry.location], check=True, timeout=60)
    assert json.loads(read_line(reader, "the program to start")) == command


# macOS


def test_launchd_gets_what_to_run_and_when(folders: AppDirs, home: Path, python: Path) -> None:
    """By the file that launchd reads at login, in a session with a screen."""
    item = item_on("darwin", own(folders), home, python)
    assert item.location == str(home / "Library/LaunchAgents/webex-token-tray.plist")
    item.turn_on()
    entry = plistlib.loads(Path(item.location).read_bytes())
    assert entry == {
        "Label": "webex-token-tray",
        "ProgramArguments": [str(python.with_name("webex-token-tray"))],
        "RunAtLoad": True,
        "LimitLoadToSessionType": "Aqua",
        "ProcessType": "Interactive",
    }
    Path(item.location).write_bytes(plistlib.dumps(entry | {"Disabled": True}))
    assert not item.is_on()
