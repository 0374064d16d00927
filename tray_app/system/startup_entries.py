"""What starts the program at login or from a menu, and which configs that names."""

from __future__ import annotations

import importlib
import itertools
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tray_app.system.dirs import APP, user_home, xdg_folder

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
"""A quoted word, or one without quotes."""

_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"


class StartupEntry(Protocol):
    """What starts one profile at login or from a menu."""

    @property
    def location(self) -> str:
        """Where it is, or would be, for a person."""

    def is_on(self) -> bool:
        """Whether it exists and is not switched off in the system's settings."""

    def turn_on(self) -> None:
        """Create or replace it. Raises OSError."""

    def turn_off(self) -> None:
        """Remove it. Raises OSError."""


def named_configs(environ: Mapping[str, str], platform: str = sys.platform) -> frozenset[str]:
    """Return the paths after `--config` in all of them."""
    return frozenset(
        path for words in _commands(environ, platform) for path in _after_config(words)
    )


def _after_config(words: Sequence[str]) -> Iterator[str]:
    for word, following in itertools.pairwise(words):
        if word == "--config":
            yield following


def _commands(environ: Mapping[str, str], platform: str) -> Iterator[list[str]]:
    if platform == "win32":
        yield from _run_keys()
        return
    if platform == "darwin":
        for path in _our_files(user_home(environ) / "Library/LaunchAgents", ".plist"):
            yield _arguments_of_plist(path)
        return
    config = xdg_folder(environ, "XDG_CONFIG_HOME", ".config")
    data = xdg_folder(environ, "XDG_DATA_HOME", ".local/share")
    for folder in (config / "autostart", data / "applications"):
        for path in _our_files(folder, ".desktop"):
            yield from (_of_desktop(value) for value in _values(path, "Exec"))
    for path in _our_files(config / "systemd/user", ".service"):
        yield from (_of_unit(value) for value in _values(path, "ExecStart"))


def _our_files(folder: Path, suffix: str) -> list[Path]:
    with suppress(OSError):
        return sorted(folder.glob(f"{APP}*{suffix}"))
    return []


def _values(path: Path, key: str) -> Iterator[str]:
    from tray_app.system import atomic_file  # the icon does not wait for it

    with suppress(OSError):
        for line in atomic_file.read_small(path).decode(errors="replace").splitlines():
            name, _, value = line.partition("=")
            if name.strip() == key:
                yield value.strip()


def _of_desktop(value: str) -> list[str]:
    """The words of an `Exec` line, as our desktop entries have it."""
    words = _WORD.findall(value.replace("\\\\", "\\"))
    plain = [word or re.sub(r"\\(.)", r"\1", quoted) for quoted, word in words]
    return [word.replace("%%", "%") for word in plain]


def _of_unit(value: str) -> list[str]:
    """The words of an `ExecStart` line, as `systemd.unit_text` writes it."""
    words = _WORD.findall(value.removeprefix(":"))
    plain = [word or os.fsdecode(_unescaped(quoted)) for quoted, word in words]
    return [word.replace("%%", "%") for word in plain]


def _unescaped(text: str) -> bytes:
    """Unescape a quoted word: `\\xNN` is a byte, any other escaped character itself."""
    found = b""
    for part in re.split(r"(\\x[0-9a-f]{2}|\\.)", text):
        if re.fullmatch(r"\\x[0-9a-f]{2}", part):
            found += bytes.fromhex(part.removeprefix("\\x"))
        else:
            found += os.fsencode(part.removeprefix("\\"))
    return found


def _arguments_of_plist(path: Path) -> list[str]:
    import plistlib

    from tray_app.system import atomic_file

    with suppress(OSError, ValueError, plistlib.InvalidFileException):
        entry = plistlib.loads(atomic_file.read_small(path))
        words = entry.get("ProgramArguments") if isinstance(entry, dict) else None
        return list(map(str, words)) if isinstance(words, list) else []
    return []


def _run_keys() -> Iterator[list[str]]:
    winreg = importlib.import_module("winreg")  # Windows only
    with suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
        for index in range(winreg.QueryInfoKey(key)[1]):
            name, line, _ = winreg.EnumValue(key, index)
            if str(name).startswith(APP):
                yield [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', line)]
