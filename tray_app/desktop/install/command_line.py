"""The command that starts this program for a profile, at login or from a menu."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tray_app.bootstrap import ProfileContext
from tray_app.model.printable import printable
from tray_app.system.dirs import APP, CONFIG_NAME
from tray_app.webex.api_base import PRODUCTION

OF_PACKAGE = Path("/usr/bin", APP)
"""The program of a system's package: a link that stays, though its target may move."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def refuse_control_characters(command: Sequence[str]) -> None:
    """Raise OSError if an argument has a control character or a line end. In an entry it could
    begin another key, and readers differ in how they take it."""
    for argument in command:
        if _CONTROL.search(argument):
            message = f"{printable(argument)} has control characters: rename it, or its folder"
            raise OSError(errno.EINVAL, message)


def start_line(setup: ProfileContext, executable: str, platform: str) -> list[str]:
    """Return the command that starts this installation for this profile."""
    command = [*_program(executable, platform)]
    if not _is_users_own(setup):
        # In full, because working directory and environment are different at login.
        command += ["--config", str(setup.config_path)]
    if setup.api_base != PRODUCTION:
        command += ["--api-base", setup.api_base]
    return command


def entry_name(setup: ProfileContext) -> str:
    """Return the name of the profile's entries, which no other profile has."""
    if _is_users_own(setup):
        return APP
    return f"{APP}-{hashlib.sha256(os.fsencode(setup.config_path)).hexdigest()[:8]}"


def _is_users_own(setup: ProfileContext) -> bool:
    return setup.config_path == setup.folders.config / CONFIG_NAME


def _program(executable: str, platform: str) -> Sequence[str]:
    """Return the command of this installation; pip, pipx and uv differ only in the folder."""
    folder = Path(executable).parent
    if platform == "win32":
        # The script would open a console window.
        windowless = folder / "pythonw.exe"
        if windowless.is_file():
            return (str(windowless), "-m", "tray_app")
        bundled = folder / f"{APP}-gui.exe"
        if bundled.is_file():
            return (str(bundled),)
    script = folder / (f"{APP}.exe" if platform == "win32" else APP)
    if script.is_file():
        return (str(OF_PACKAGE if _is_same_file(OF_PACKAGE, script) else script),)
    # A PyInstaller bundle is its own interpreter, without -m.
    return (executable,) if hasattr(sys, "frozen") else (executable, "-m", "tray_app")


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
