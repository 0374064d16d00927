"""The unit of a user's service: systemd itself reads it as it was meant, whatever the paths."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tray_app.system.systemd import CannotRun, UserUnit, run, unit_text

ANALYZE = shutil.which("systemd-analyze")
SYSTEMD = pytest.mark.skipif(ANALYZE is None, reason="not installed: systemd-analyze")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="systemd is on Linux only")

FOLDERS = [
    "plain",
    "a space",
    "100%h %%",
    "$HOME ${x}",
    'it\'s "quoted"',
    "back\\slash\\n",
    "ünïcödé ✓",
    "tab\tand;semi#colon=@!-:+",
    "{braces}",
]


def verified(folder: Path, *units: str) -> str:
    """What systemd finds wrong with them, in one go: it takes its time."""
    paths = [folder / f"ours-{number}.service" for number, _ in enumerate(units)]
    for path, unit in zip(paths, units, strict=True):
        path.write_text(unit)
    done = subprocess.run(
        [str(ANALYZE), "--user", "--man=no", "verify", *map(str, paths)],
        env=os.environ | {"XDG_RUNTIME_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stderr if done.returncode or "ours-" in done.stderr else ""


@pytest.mark.process
@LINUX
@SYSTEMD
def test_systemd_finds_nothing_wrong_with_it_whatever_the_paths(tmp_path: Path) -> None:
    """It looks for the program, too: an escape that went wrong would lead nowhere."""
    units = []
    for name in FOLDERS:
        folder = tmp_path / name
        folder.mkdir()
        program = folder / "webex-token-tray"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        command = [str(program), "--config", str(folder / "token-config.json"), "watch"]
        units.append(unit_text(command, f"keeps {folder}/.env true"))
    assert verified(tmp_path, *units) == ""


@pytest.mark.process
@LINUX
@SYSTEMD
def test_what_systemd_would_find_wrong_is_found(tmp_path: Path) -> None:
    """Or the test above would pass everything."""
    nonsense = unit_text(["/bin/true"], "x").replace("notify", "nonsense")
    found = verified(tmp_path, unit_text(["/no-such"], "x"), nonsense)
    assert "/no-such" in found
    assert "nonsense" in found


def test_the_line_has_every_argument_quoted_and_no_specifier() -> None:
    """By systemd.service(5): "%" doubled, quotes and backslashes escaped, "$" plain after ":"."""
    text = unit_text(
        ["/opt/a b/x", "--config", '/h/100% "q" \\ $HOME', "", "watch"], 'the "100%" \\ of it'
    )
    assert ('ExecStart=:"/opt/a b/x" --config "/h/100%% \\"q\\" \\\\ $HOME" "" watch\n') in text
    assert 'Description=the "100%%" \\ of it\n' in text, "which systemd does not unquote"


@pytest.mark.posix
def test_a_newline_and_a_byte_that_is_no_utf_8_do_not_break_the_line() -> None:
    text = unit_text(["/x", os.fsdecode(b"a\nb\xff")], "one\ntwo")
    assert 'ExecStart=:/x "a\\x0ab\\xff"\n' in text
    assert "Description=one?two\n" in text
    text.encode("utf-8")


def test_it_is_written_for_this_user_and_removed_with_what_enabling_made(tmp_path: Path) -> None:
    unit = UserUnit("ours", {"HOME": str(tmp_path)})
    assert unit.path == tmp_path / ".config/systemd/user/ours.service"
    unit.write("one")
    unit.write("two")
    assert unit.path.read_text() == "two"
    if os.name == "posix":
        assert stat.S_IMODE(unit.path.stat().st_mode) == 0o600
        wanted = unit.path.parent / "default.target.wants/ours.service"
        wanted.parent.mkdir()
        wanted.symlink_to(unit.path)
        unit.remove()
        assert not wanted.is_symlink()
    unit.remove()
    assert not unit.path.exists()


@pytest.mark.posix
def test_xdg_config_home_leads_if_it_is_absolute(tmp_path: Path) -> None:
    for chosen, folder in (("/x", Path("/x")), ("x", tmp_path / ".config")):
        unit = UserUnit("ours", {"HOME": str(tmp_path), "XDG_CONFIG_HOME": chosen})
        assert unit.path == folder / "systemd/user/ours.service"


@pytest.mark.process
def test_what_a_command_prints_is_returned_and_its_failure_said() -> None:
    python = sys.executable
    assert run([python, "-c", "print('out')"]) == "out\n"
    with pytest.raises(CannotRun, match=r"^first line$"):
        run([python, "-c", "raise SystemExit('first line\\nsecond')"])
    with pytest.raises(CannotRun, match=r"^exit code 3$"):
        run([python, "-c", "raise SystemExit(3)"])
    with pytest.raises(CannotRun, match=r"^there is no such program here$"):
        run(["no-such-program"])
