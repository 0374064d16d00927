"""B12: a second start, and places where a desktop, a home or room on the disk is missing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.program import ROOT, Program
from tests.faults.quit_desktop import Desktop, desktop, ended
from tests.faults.table import Bar, limit, rounds
from tray_app.sandbox.recording import Kind

pytestmark = pytest.mark.desktop

BAR = Bar("B12", "quit and start", least=rounds(10, 24))
LONG = rounds(0, 1)

AT_ONCE = limit(4.0)
"""Seconds: twice what the bar allows, which is measured where things hang."""


def run(
    made: Desktop, *arguments: str, config: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """The program to its end; `config`: in the place of the profile's own."""
    own = str(made.profile.config_path)
    command = [str(config or own) if word == own else word for word in made.command]
    return subprocess.run(
        [*command, *arguments],
        env=made.environ,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def lives(made: Desktop, program: Program) -> None:
    """Return once it has checked the token, and has ended at once when told to."""
    made.webex.wait_for_request(
        lambda seen: seen.kind is Kind.DATA_SOURCES and seen.status == 200, timedelta(seconds=60)
    )
    code, took = ended(program, signal.SIGTERM)
    assert (code, took <= AT_ONCE) == (0, True)
    assert not [line for line in program.lines if "Traceback" in line]


def a_second_start_says_so_though_the_first_one_hangs(tmp_path: Path) -> None:
    with desktop(tmp_path) as made:
        made.hang_keyring()
        made.start()
        made.item()
        made.keyring_hangs()
        second = run(made)
        assert (second.returncode, second.stdout) == (3, "")
        assert second.stderr.startswith(f"Already running for {made.profile.config_path}")
        assert second.stderr.count("\n") == 1


def without_display_and_bus_it_says_so_and_works(tmp_path: Path) -> None:
    with desktop(tmp_path, bus=False) as made:
        program = made.start()
        program.expect("The token is kept alive all the same.")
        lives(made, program)


DEAD_ENDS = {"DISPLAY": ":4999", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"}


def a_display_and_a_bus_that_lead_nowhere_are_none(tmp_path: Path) -> None:
    with desktop(tmp_path, bus=False) as made:
        made.environ.update(DEAD_ENDS)
        program = made.start()
        program.expect("The token is kept alive all the same.")
        lives(made, program)


# --- no home -------------------------------------------------------------------------------------


def move_home(made: Desktop, home: str) -> None:
    """Let this be the home, as far as the program can tell."""
    for name in [name for name in made.environ if name.startswith("XDG_")]:
        del made.environ[name]
    made.environ["HOME"] = home


def with_a_file_for_a_home_it_works(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    _without_a_home(tmp_path, str(tmp_path / "file"))


def with_a_home_that_cannot_be_made_it_works(tmp_path: Path) -> None:
    _without_a_home(tmp_path, "/proc/none")


def _without_a_home(folder: Path, home: str) -> None:
    """What would lie there is done without; the keyring and `.env` are elsewhere."""
    with desktop(folder) as made:
        move_home(made, home)
        program = made.start()
        made.until_green(made.item())
        lives(made, program)
        told = run(made, "status")
        assert (told.returncode, told.stderr) == (0, "")
        refused = run(made, "autostart", "on")
        assert refused.returncode == 70
        assert refused.stderr.count("\n") == 1
        assert "cannot be changed" in refused.stderr


def home_need_not_be_named_where_the_folders_are(tmp_path: Path) -> None:
    with desktop(tmp_path, bus=False) as made:
        del made.environ["HOME"]
        lives(made, made.start())


# --- a full disk ---------------------------------------------------------------------------------


@contextmanager
def full_disk(folder: Path, *keep: Path) -> Iterator[Path]:
    """A disk without room, with copies of these files on it."""
    place = folder / "full"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a full disk: only root may mount one")
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a full disk: this machine does not let us mount one")
    try:
        for file in keep:
            shutil.copy(file, place)
        with pytest.raises(OSError, match="No space left"):
            (place / "all the rest").write_bytes(bytes(1 << 20))
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def with_a_full_home_it_works(tmp_path: Path) -> None:
    """Journal and log are done without."""
    with desktop(tmp_path) as made, full_disk(tmp_path) as home:
        move_home(made, str(home))
        program = made.start()
        made.until_green(made.item())
        lives(made, program)
        assert run(made, "refresh").returncode == 0


def with_a_full_disk_under_env_nothing_is_lost_and_it_is_said(tmp_path: Path) -> None:
    """The new pair waits in the keyring, and gets into `.env` once there is room."""
    with desktop(tmp_path) as made:
        profile = made.profile
        assert run(made, "refresh", "--if-due").returncode == 0  # the keyring has the pair now
        with full_disk(tmp_path, profile.config_path, profile.env_path) as place:
            elsewhere = place / profile.config_path.name
            before = (place / ".env").read_bytes()
            made.webex.revoke_service_access()
            told = run(made, "refresh", config=elsewhere)
            assert (told.returncode, "Traceback" in told.stderr) == (2, False)
            assert "No space left on device" in told.stdout
            assert (place / ".env").read_bytes() == before
            (place / "all the rest").unlink()
            assert run(made, "refresh", "--if-due", config=elsewhere).returncode == 0
            assert (place / ".env").read_bytes() != before
        assert made.webex.reuses == 0


CASES = [
    a_second_start_says_so_though_the_first_one_hangs,
    without_display_and_bus_it_says_so_and_works,
    with_a_full_disk_under_env_nothing_is_lost_and_it_is_said,
]
MORE = [
    a_display_and_a_bus_that_lead_nowhere_are_none,
    with_a_file_for_a_home_it_works,
    with_a_home_that_cannot_be_made_it_works,
    home_need_not_be_named_where_the_folders_are,
    with_a_full_home_it_works,
]


@pytest.mark.parametrize("case", CASES + MORE * LONG, ids=lambda case: case.__name__)
def test_start(case: Callable[[Path], None], tmp_path: Path) -> None:
    case(tmp_path)
