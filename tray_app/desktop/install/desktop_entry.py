"""Desktop entries of Linux: https://specifications.freedesktop.org/desktop-entry-spec."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tray_app.desktop.install.command_line import refuse_control_characters


def desktop_file(entry: Mapping[str, str]) -> bytes:
    """Return the file with these keys, in their order."""
    lines = ["[Desktop Entry]", *(f"{key}={value}" for key, value in entry.items())]
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")


def text_value(text: str) -> str:
    """Return a string without control characters as a value, escaped as the specification
    wants."""
    return text.replace("\\", "\\\\")


def exec_line(command: Sequence[str]) -> str:
    """Return a command as the value of `Exec`: quoted, then escaped as any string.

    https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html
    Raises OSError for a command that an entry cannot hold.
    """
    refuse_control_characters(command)
    return text_value(" ".join(map(_quoted, command)).replace("%", "%%"))


def program_of(entry: str) -> str | None:
    """Return the program that a desktop entry starts; None if its `Exec` is invalid."""
    import shlex

    line = next((line for line in entry.splitlines() if line.startswith("Exec=")), "")
    value = line.partition("=")[2].replace("\\\\", "\\")
    try:
        words = shlex.split(value)
    except ValueError:
        return None
    return words[0].replace("%%", "%") if words else None


def _quoted(argument: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./-]+", argument):
        return argument
    return '"' + re.sub(r'(["`$\\])', r"\\\1", argument) + '"'
