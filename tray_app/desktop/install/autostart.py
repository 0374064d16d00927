"""Start at login: an entry for this user, as each system stores it."""

from __future__ import annotations

import errno
import importlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from tray_app.bootstrap import ProfileContext
from tray_app.desktop.install.command_line import (
    entry_name,
    refuse_control_characters,
    start_line,
)
from tray_app.desktop.install.desktop_entry import desktop_file, exec_line, program_of
from tray_app.desktop.install.entry_file import EntryFile
from tray_app.system.dirs import user_home, xdg_folder
from tray_app.system.startup_entries import StartupEntry


class LoginItem(StartupEntry, Protocol):
    """The entry that starts one profile at login."""

    def program(self) -> str | None:
        """Return the program that the existing entry starts; None if that is unknown."""


def login_item(
    setup: ProfileContext,
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    executable: str = sys.executable,
) -> LoginItem:
    """Return the entry that starts this profile. Each profile has its own."""
    command, name = start_line(setup, executable, platform), entry_name(setup)
    if platform == "win32":
        return RunKey(name, command)
    if platform == "darwin":
        return LaunchAgent(user_home(environ) / f"Library/LaunchAgents/{name}.plist", command)
    folder = xdg_folder(environ, "XDG_CONFIG_HOME", ".config")
    return DesktopEntry(folder / "autostart" / f"{name}.desktop", command)


class _Entry(EntryFile):
    """An entry that settings programs may switch off."""

    def _read(self) -> bytes:
        from tray_app.system import atomic_file  # the icon does not wait for it

        try:
            return atomic_file.read_small(self._path)
        except OSError:
            return b""

    def _write(self, content: bytes) -> None:
        from tray_app.system import atomic_file

        atomic_file.write(self._path, content)


class DesktopEntry(_Entry):
    """Linux: https://specifications.freedesktop.org/autostart-spec/latest/ (0.5)."""

    def is_on(self) -> bool:
        """Settings programs switch it off with one of two keys, and keep the file."""
        text = self._read().decode(errors="replace")
        lines = {line.replace(" ", "") for line in text.splitlines()}
        off = {"Hidden=true", "X-GNOME-Autostart-enabled=false"}
        return "[DesktopEntry]" in lines and not lines & off

    def program(self) -> str | None:
        """Return the first word of `Exec`."""
        return program_of(self._read().decode(errors="replace"))

    def turn_on(self) -> None:
        """Write the file."""
        entry = {
            "Type": "Application",
            "Name": "Webex Token Tray",
            "Comment": "Keeps the Webex service app token in .env alive",
            "Exec": exec_line(self._command),
            "Terminal": "false",
        }
        self._write(desktop_file(entry))


class LaunchAgent(_Entry):
    """MacOS: `man launchd.plist`."""

    def is_on(self) -> bool:
        """Whether launchd will use the file."""
        entry = self._entry()
        return entry is not None and not entry.get("Disabled", False)

    def program(self) -> str | None:
        """Return the first of `ProgramArguments`."""
        arguments = (self._entry() or {}).get("ProgramArguments")
        return str(arguments[0]) if isinstance(arguments, list) and arguments else None

    def _entry(self) -> dict[str, Any] | None:
        import plistlib

        try:
            entry = plistlib.loads(self._read())
        except (ValueError, plistlib.InvalidFileException):
            return None
        return entry if isinstance(entry, dict) else None

    def turn_on(self) -> None:
        """Write the file, which launchd reads at the next login."""
        import plistlib

        refuse_control_characters(self._command)
        entry = {
            "Label": self._path.stem,
            "ProgramArguments": list(self._command),
            "RunAtLoad": True,
            "LimitLoadToSessionType": "Aqua",
            "ProcessType": "Interactive",
        }
        self._write(plistlib.dumps(entry))


class RunKey:
    """Windows: a value under the user's Run key."""

    RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
    APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
    MAX_LENGTH = 260

    def __init__(self, name: str, command: Sequence[str]) -> None:
        from subprocess import list2cmdline

        self._name = name
        self._command = command
        self._line = list2cmdline(command)

    @property
    def location(self) -> str:
        """The value's full name in the registry."""
        return rf"HKEY_CURRENT_USER\{self.RUN}\{self._name}"

    def is_on(self) -> bool:
        """Task Manager switches it off with an odd first byte elsewhere, and keeps the value."""
        approved = self._value(self.APPROVED)
        off = isinstance(approved, bytes) and bool(approved[:1]) and approved[0] % 2 == 1
        return self._value(self.RUN) is not None and not off

    def program(self) -> str | None:
        """Return the first word of the value."""
        line = self._value(self.RUN)
        found = re.match(r'"([^"]+)"|(\S+)', line) if isinstance(line, str) else None
        return (found[1] or found[2]) if found else None

    def turn_on(self) -> None:
        """Set the value, and remove Task Manager's setting."""
        refuse_control_characters(self._command)
        if len(self._line) > self.MAX_LENGTH:
            raise OSError(errno.ENAMETOOLONG, f"Windows takes {self.MAX_LENGTH} characters here")
        winreg = _winreg()
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, self.RUN) as key:
            winreg.SetValueEx(key, self._name, 0, winreg.REG_SZ, self._line)
        self._delete(self.APPROVED)

    def turn_off(self) -> None:
        """Delete the value."""
        self._delete(self.RUN)
        self._delete(self.APPROVED)

    def _value(self, path: str) -> object:
        winreg = _winreg()
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
                return winreg.QueryValueEx(key, self._name)[0]
        except OSError:
            return None

    def _delete(self, path: str) -> None:
        winreg = _winreg()
        with (
            suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_SET_VALUE) as key,
        ):
            winreg.DeleteValue(key, self._name)


def _winreg() -> Any:
    return importlib.import_module("winreg")  # Windows only
