"""The program without a console, as Windows starts it at login or by a double click."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.screen import Screen
from tests.profile import Profile
from tests.windows.installation import windows_path
from tests.windows.machine import Windows
from tests.windows.tray import Tray

START = """
import ctypes, json, pathlib, subprocess, sys, time
user = ctypes.windll.user32
program = [str(pathlib.Path(sys.executable).with_name("pythonw.exe")), "-m", "tray_app"]
streams = {name: 0 for name in ("hStdInput", "hStdOutput", "hStdError")}
nowhere = subprocess.STARTUPINFO(dwFlags=subprocess.STARTF_USESTDHANDLES, **streams)
process = subprocess.Popen([*program, "--config", sys.argv[1]], startupinfo=nowhere)
end, box = time.monotonic() + 60, 0
while not box and process.poll() is None and time.monotonic() < end:
    time.sleep(0.1)
    box = user.FindWindowW("#32770", "Webex Token Tray")
found, label, text = [], None, ctypes.create_unicode_buffer(1000)
while label := user.FindWindowExW(box, label, "Static", None) if box else None:
    user.SendMessageW(label, 0x0D, 1000, text)  # WM_GETTEXT
    found.append(text.value)
user.PostMessageW(box, 0x10, 0, 0)
print(json.dumps([" ".join(found), process.wait(30)]))
"""


def started(windows: Windows, folder: Path, config: Path) -> tuple[str, int]:
    """The text of the message box, and the exit code."""
    script = folder / "start.py"
    script.write_text(START)
    done = windows.python(script, config)
    text, code = json.loads(done.stdout)
    return text, code


def test_why_it_cannot_start_is_shown_in_a_message_box(windows: Windows, tmp_path: Path) -> None:
    """Otherwise nothing at all would be seen."""
    text, code = started(windows, tmp_path, tmp_path / "missing.json")
    assert code == 78
    assert "missing.json: there is no such file" in text


def test_why_a_second_tray_of_the_same_env_ends_is_shown(
    windows: Windows, screen: Screen, profile: Profile, tmp_path: Path
) -> None:
    """The first one notices nothing of it."""
    other = tmp_path / "other"
    other.mkdir()
    config = json.loads(profile.config_path.read_text("utf-8"))
    config["tray"]["envFile"] = windows_path(profile.env_path)
    (other / "token-config.json").write_text(json.dumps(config))
    with Tray(windows, screen, "--config", profile.config_path, "tray") as running:
        running.icon()
        text, code = started(windows, tmp_path, other / "token-config.json")
    assert code == 3
    assert windows_path(profile.env_path) in text
