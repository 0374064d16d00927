"""`launcher`: the entry in the Start menu."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.screen import Screen
from tests.profile import Profile
from tests.windows.installation import PREFIX, PYTHON, windows_path
from tests.windows.machine import Windows
from tests.windows.tray import GREEN, PICTURES, STARTED


@pytest.fixture(autouse=True)
def _empty_menu() -> Iterator[None]:
    yield
    for path in PREFIX.glob("drive_c/users/*/AppData/Roaming/Microsoft/Windows/Start Menu/**/*"):
        if path.name.startswith("Webex"):
            path.unlink()


def test_the_entry_starts_the_tray_without_a_console(
    windows: Windows, profile: Profile, screen: Screen, tmp_path: Path
) -> None:
    """With its icon. Two configs have two entries, and the icon goes with the last."""
    config = profile.config_path
    icon = tmp_path / "home/Local/webex-token-tray/webex-token-tray.ico"
    assert windows.run("--config", config, "launcher", "status").stdout.startswith("off: ")
    done = windows.run("--config", config, "launcher", "on")
    assert (done.returncode, done.stdout[:4]) == (0, "on: "), done.stderr
    ((name, entry),) = windows.ask("start-menu").items()
    assert name.startswith("Webex Token Tray (日本 bots, ")
    assert entry["program"].lower() == windows_path(PYTHON / "pythonw.exe").lower()
    assert f'--config "{windows_path(config)}"' in entry["arguments"]
    assert entry["icon"] == windows_path(icon)
    assert icon.read_bytes()[:4] == b"\0\0\1\0"

    start = windows.with_program("-c", "import os, sys; os.startfile(sys.argv[1])")
    with start.started(entry["path"]):
        menu = screen.open_menu(screen.wait_colour(GREEN, STARTED))
        screen.save(PICTURES / "windows-10-from-the-start-menu.png")
        screen.click_word("Quit", menu)
        screen.wait_colour_gone(GREEN, 15)

    own = windows.run("launcher", "on")
    assert own.returncode == 0, own.stderr
    assert "Webex Token Tray.lnk" in windows.ask("start-menu")
    assert windows.run("--config", config, "launcher", "off").stdout.startswith("off: ")
    assert icon.exists()
    assert windows.run("launcher", "off").returncode == 0
    assert windows.ask("start-menu") == {}
    assert not icon.exists()


def test_the_entry_is_given_the_name_of_the_process(windows: Windows) -> None:
    assert windows.ask("app-id") == "An id"
