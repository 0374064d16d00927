"""The program's entry in the Start menu of Windows, with its icon."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tray_app.desktop.install.command_line import refuse_control_characters
from tray_app.desktop.install.entry_file import EntryFile
from tray_app.system import atomic_file
from tray_app.system.dirs import APP

APP_ID = "WebexTokenTray"
"""The AppUserModelID: under this name Windows groups our windows and signs our notices. The process
and the entry in the Start menu have the same."""

ICON_SIZES = (16, 20, 24, 28, 32, 40, 48, 64)
"""The small icon at 100 % to 400 %."""

_LARGEST = 256


class StartMenuEntry(EntryFile):
    """The shortcut of one profile, with its icon. Used on Windows only.

    `title`: the text in the menu; `icon_folder`: where the icon goes.
    """

    def __init__(self, title: str, command: Sequence[str], icon_folder: Path) -> None:
        """Raises OSError if Windows does not say where the Start menu is."""
        super().__init__(_shell_link().programs_folder() / f"{title}.lnk", command)
        self._icon = icon_folder / f"{APP}.ico"

    def turn_on(self) -> None:
        """Create or replace the shortcut and the icon. Raises OSError."""
        from tray_app.desktop.icon_art import as_ico, draw
        from tray_app.model.signs import Colour, Shape

        refuse_control_characters(self._command)
        sizes = (*ICON_SIZES, _LARGEST)
        pictures = [draw(Shape.CHECK, Colour.GREEN, size) for size in sizes]
        atomic_file.write(self._icon, as_ico(pictures))
        about = "Keeps the Webex service app token in .env alive"
        _shell_link().write(self._path, self._command, self._icon, about, APP_ID)

    def turn_off(self) -> None:
        """Remove the shortcut, and the icon with the last profile's. Raises OSError."""
        super().turn_off()
        if not any(self._path.parent.glob("Webex Token Tray*.lnk")):
            self._icon.unlink(missing_ok=True)


def _shell_link() -> Any:
    return importlib.import_module("tray_app.desktop.install.shell_link")  # Windows only
