"""The program without a console, as Windows starts it at login or by a double click."""

from __future__ import annotations

import json
from pathlib import Path

from tests.windows.machine import Windows

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


def test_why_it_cannot_start_is_shown_in_a_message_box(windows: Windows, tmp_path: Path) -> None:
    """Otherwise nothing at all would be seen."""
    script = tmp_path / "start.py"
    script.write_text(START)
    done = windows.python(script, tmp_path / "missing.json")
    text, code = json.loads(done.stdout)
    assert code == 78
    assert "missing.json: there is no such file" in text
