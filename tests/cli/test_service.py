"""`watch --install` and `--uninstall`: what is written, run, said, and left to a person."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is on Linux only")

STUB = """#!/bin/sh
echo "$0 $*" | sed 's|.*/||' >> "{calls}"
case "$*" in {failing}) echo "Failed to connect to bus: No medium found" >&2; exit 1;; esac
echo Linger={linger}
"""


class Bench:
    """A PATH with a systemctl and a loginctl that note how they were called."""

    def __init__(self, program: Program, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._calls = folder / "calls"
        folder.mkdir()
        self.stub()

    def stub(self, *, failing: str = "nothing", linger: str = "no") -> None:
        for name in ("systemctl", "loginctl"):
            path = self._folder / name
            text = STUB.format(calls=self._calls, failing=failing, linger=linger)
            path.write_text(text)
            path.chmod(0o755)

    def shortfall(self) -> None:
        """As in a container: neither is there."""
        for name in ("systemctl", "loginctl"):
            (self._folder / name).unlink()
        self._program.environ["PATH"] = str(self._folder)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []


@pytest.fixture
def bench(program: Program, tmp_path: Path) -> Bench:
    made = Bench(program, tmp_path / "bin")
    program.environ["PATH"] = f"{tmp_path / 'bin'}:{program.environ['PATH']}"
    return made


@pytest.fixture
def units(program: Program) -> Path:
    return Path(program.environ["HOME"]) / ".config/systemd/user"


def unit(units: Path) -> Path:
    (found,) = units.glob("*.service")
    return found


def test_it_is_written_enabled_and_started_each_step_named(
    program: Program, profile: Profile, bench: Bench, units: Path
) -> None:
    done = program("watch", "--install")
    assert done.returncode == 0, done.stderr
    path = unit(units)
    assert path.name.startswith("webex-token-tray-")
    steps = ["daemon-reload", f"enable {path.name}", f"restart {path.name}"]
    assert [call for call in bench.calls if call.startswith("systemctl")] == [
        f"systemctl --user {step}" for step in steps
    ]
    said = done.stdout.splitlines()
    assert said[0] == f"wrote: {path}"
    assert said[1:4] == [f"ran: systemctl --user {step}" for step in steps]
    assert said[4].endswith("loginctl enable-linger")
    assert "WEBEX" not in done.stdout
    line = next(line for line in path.read_text().splitlines() if line.startswith("ExecStart="))
    command = shlex.split(line.removeprefix("ExecStart=:"))
    assert command[-1] == "watch"
    assert command[command.index("--config") + 1] == str(profile.config_path)
    assert command[command.index("--api-base") + 1] == program.environ["WEBEX_API_BASE"]


def test_the_unit_of_another_config_is_another_one(
    program: Program, profile: Profile, bench: Bench, units: Path
) -> None:
    other = profile.folder / "other.json"
    other.write_text(profile.config_path.read_text())
    program("watch", "--install")
    program("--config", str(other), "watch", "--install")
    assert len(list(units.glob("*.service"))) == 2


def test_where_there_is_no_user_manager_it_says_what_is_left_to_do(
    program: Program, bench: Bench, units: Path
) -> None:
    """As over `su`, or in a session without one; the unit is there all the same."""
    bench.stub(failing="*daemon-reload*")
    done = program("watch", "--install")
    name = unit(units).name
    assert done.returncode == 1
    reload, enable = "systemctl --user daemon-reload", f"systemctl --user enable {name}"
    assert f"failed: {reload}: Failed to connect to bus: No medium found\n" in done.stderr
    left = f"left to do: {reload} && {enable} && systemctl --user restart {name}\n"
    assert left in done.stderr


def test_where_it_does_not_start_it_says_where_to_look(
    program: Program, bench: Bench, units: Path
) -> None:
    bench.stub(failing="*restart*")
    done = program("watch", "--install")
    assert done.returncode == 1
    assert f"it says why: journalctl --user -u {unit(units).name} -n 20\n" in done.stderr
    assert "ran: systemctl --user enable" in done.stdout


def test_where_there_is_no_systemd_the_file_is_written_and_that_is_said(
    program: Program, bench: Bench, units: Path
) -> None:
    bench.shortfall()
    done = program("watch", "--install")
    assert done.returncode == 1
    assert f"wrote: {unit(units)}\n" in done.stdout
    assert "daemon-reload: there is no such program here\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_service_would_not_know_is_named(program: Program, bench: Bench) -> None:
    """Its name, not its value."""
    bench.stub(linger="yes")
    done = program(
        "watch", "--install", WEBEX_PERSONAL_ACCESS_TOKEN="CANARY", HTTPS_PROXY="http://proxy"
    )
    assert "The service does not inherit " in done.stdout
    assert "HTTPS_PROXY" in done.stdout
    assert "WEBEX_PERSONAL_ACCESS_TOKEN" in done.stdout
    assert "CANARY" not in done.stdout + done.stderr
    assert "enable-linger" not in done.stdout


def test_a_tray_that_starts_at_login_is_named(program: Program, bench: Bench) -> None:
    """Only one of both can run."""
    program("autostart", "on")
    assert "webex-token-tray autostart off" in program("watch", "--install").stdout


def test_a_config_that_cannot_be_used_is_exit_78_and_nothing_is_written(
    program: Program, profile: Profile, bench: Bench, units: Path
) -> None:
    profile.config_path.write_text("{}")
    assert program("watch", "--install").returncode == 78
    assert not units.exists()
    assert bench.calls == []


def test_uninstall_takes_it_all_away(program: Program, bench: Bench, units: Path) -> None:
    program("watch", "--install")
    path = unit(units)
    done = program("watch", "--uninstall")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"ran: systemctl --user disable --now {path.name}",
        f"removed: {path}",
        "ran: systemctl --user daemon-reload",
    ]
    assert not path.exists()
    again = program("watch", "--uninstall")
    assert (again.returncode, again.stdout) == (0, f"not installed: {path}\n")


def test_uninstall_removes_the_file_though_systemctl_fails(
    program: Program, bench: Bench, units: Path
) -> None:
    program("watch", "--install")
    path = unit(units)
    wanted = units / "default.target.wants" / path.name
    wanted.parent.mkdir()
    wanted.symlink_to(path)
    bench.stub(failing="*disable*")
    done = program("watch", "--uninstall")
    assert done.returncode == 1
    assert "left to do: systemctl --user disable --now" in done.stderr
    assert not path.exists()
    assert not wanted.is_symlink()


def test_uninstall_and_forget_know_the_unit_of_a_package(
    program: Program, bench: Bench, units: Path
) -> None:
    """This user has no more of it than the link that starts it, which the package leaves behind."""
    program("watch", "--install")
    wanted = units / "default.target.wants" / unit(units).name
    wanted.parent.mkdir()
    unit(units).unlink()
    for command in (("watch", "--uninstall"), ("forget", "--yes")):
        wanted.symlink_to(f"/usr/lib/systemd/user/{wanted.name}")
        done = program(*command)
        assert f"removed: {wanted}\n" in done.stdout
        assert not wanted.is_symlink()


def test_forget_takes_the_service_away_first(program: Program, bench: Bench, units: Path) -> None:
    """It would write everything anew."""
    program("status")
    program("watch", "--install")
    path = unit(units)
    done = program("forget", "--yes")
    assert done.returncode == 0
    assert f"removed: {path}\n" in done.stdout
    assert not path.exists()
