"""Files on Windows, where no file that is open can be replaced, renamed or removed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.profile import Profile
from tests.windows.machine import Windows

HOLD = """
import sys, time
with open(sys.argv[1], "rb"):
    print("held", flush=True)
    time.sleep(60)
"""

HOOK = """
import subprocess, sys, time
subprocess.Popen([sys.executable, sys.argv[1]], stdin=subprocess.DEVNULL)
time.sleep(60)
"""

CHILD = """
import pathlib, time
for number in range(600):
    pathlib.Path(__file__).with_name("alive").write_text(str(number))
    time.sleep(0.1)
"""

RUN_HOOK = """
import pathlib, sys, time
from tray_app.system.locks import Locks
from tray_app.system.config_commands import Change, ConfigCommands
folder = pathlib.Path(sys.argv[1])
command = (sys.executable, str(folder / "hook.py"), str(folder / "child.py"))
commands = ConfigCommands(Locks(folder / "locks", 20), limit=5.0)
commands.schedule(Change(command, folder / ".env", folder / "token-config.json", None))
commands.close()
last = (folder / "alive").read_text()
time.sleep(1)
print(*commands.drain_notices(), last == (folder / "alive").read_text())
"""

LOG = """
import logging, pathlib, sys
from tray_app.system import log
from tray_app.system.dirs import AppDirs
log.start(AppDirs.under(pathlib.Path(sys.argv[1])))
for number in range(1000):
    logging.getLogger("tray_app").warning("%s %04d %s", sys.argv[2], number, "x" * 500)
"""


def test_secrets_go_into_a_file_if_the_config_says_so(windows: Windows, profile: Profile) -> None:
    profile.secret_store = "file"
    profile.write_config()
    before = profile.env_access()
    for _ in range(2):
        done = windows.run("--config", profile.config_path, "refresh")
        assert done.returncode == 0, done.stdout + done.stderr
    assert profile.env_access() != before
    assert "secrets.json" in windows.run("--config", profile.config_path, "doctor").stdout


def test_env_that_another_program_keeps_open_is_named_and_the_new_token_is_not_lost(
    windows: Windows, profile: Profile, folder: Path
) -> None:
    profile.secret_store = "file"
    profile.write_config()
    script = folder / "hold.py"
    script.write_text(HOLD)
    with windows.with_program(script).started(profile.env_path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        done = windows.run("--config", profile.config_path, "refresh")
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "A new token has come, but .env cannot be written." in done.stdout
    before = profile.env_access()
    done = windows.run("--config", profile.config_path, "refresh", "--if-due")
    assert done.returncode == 0, done.stdout + done.stderr
    assert profile.env_access() != before


def test_what_a_hook_has_started_ends_with_it(windows: Windows, tmp_path: Path) -> None:
    for name, text in (("hook", HOOK), ("child", CHILD), ("run", RUN_HOOK)):
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "token-config.json").write_text(json.dumps({}))
    done = windows.python(tmp_path / "run.py", tmp_path)
    assert "took longer than 5 seconds and was ended True" in done.stdout, done.stderr


def test_two_processes_lose_no_line_of_a_log_that_rolls_over(
    windows: Windows, tmp_path: Path
) -> None:
    """Windows appends in two steps, and renames no file that another process has open."""
    script = tmp_path / "log.py"
    script.write_text(LOG)
    writer = windows.with_program(script)
    with writer.started(tmp_path, "a") as one, writer.started(tmp_path, "b") as other:
        assert [each.wait(100) for each in (one, other)] == [0, 0]
    files = sorted((tmp_path / "log").iterdir())
    assert len(files) > 1
    lines = [line.split()[3:5] for file in files for line in file.read_text().splitlines()]
    assert sorted(map(tuple, lines)) == [
        (name, f"{number:04}") for name in ("a", "b") for number in range(1000)
    ]
