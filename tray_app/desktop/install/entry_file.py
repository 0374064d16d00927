"""An entry of the desktop that is a file: in a menu, or for the start at login."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class EntryFile:
    """One profile's entry, for this user. `command` starts the profile."""

    def __init__(self, path: Path, command: Sequence[str]) -> None:
        self._path = path
        self._command = command

    @property
    def location(self) -> str:
        """The file."""
        return str(self._path)

    def is_on(self) -> bool:
        """Whether the file exists."""
        return self._path.is_file()

    def turn_off(self) -> None:
        """Remove the file. Raises OSError."""
        from tray_app.system.directory_fd import remove  # the icon does not wait for it

        remove(self._path)
