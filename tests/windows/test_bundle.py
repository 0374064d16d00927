"""The bundle for Windows, built there, and both of its programs started from it: without Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.screen import Screen
from tests.profile import Profile
from tests.windows.installation import FOLDER, ROOT
from tests.windows.machine import Windows
from tests.windows.tray import PICTURES, Tray

_BUILT_SECONDS = 900
"""On a busy machine; an idle one takes a minute."""


@pytest.fixture(scope="module")
def bundle(machine: Windows) -> Path:
    """The folder with the programs, built as `make bundle` does."""
    built = FOLDER / "bundle"
    recipe = ROOT / "assets/packaging/webex-token-tray.spec"
    words = ("-m", "PyInstaller", "--noconfirm", "--log-level", "WARN")
    done = machine.python(
        *words, "--distpath", built, "--workpath", built / "work", recipe, timeout=_BUILT_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return built / "webex-token-tray"


def test_the_program_of_the_console_plays_the_demo(windows: Windows, bundle: Path) -> None:
    program = windows.with_executable(bundle / "webex-token-tray.exe")
    assert "Windows" in program.run("--version").stdout
    done = program.run("demo", "--once", "--pause", "0", "--backend", "none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 of 7" in done.stdout


def test_the_program_without_a_console_shows_its_icon_and_keeps_the_secrets(
    windows: Windows, screen: Screen, bundle: Path, profile: Profile
) -> None:
    """keyring finds its backend in the bundle."""
    program = windows.with_executable(bundle / "webex-token-tray-gui.exe")
    with Tray(program, screen, "--config", profile.config_path) as tray:
        menu = screen.open_menu(tray.icon())
        screen.save(PICTURES / "windows-10-bundle.png")
        tray.click_row(menu, "Quit")
        assert tray.ended(15) == 0
    kept = windows.ask("credentials").values()
    assert any(str(profile.env_access()) in text for text in kept)
    assert "@keyring" in profile.config_path.read_text("utf-8")
