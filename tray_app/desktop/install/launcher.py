"""The program's entry in the application menu of a Linux desktop, and its icons."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tray_app.desktop.install.desktop_entry import desktop_file, exec_line, text_value
from tray_app.desktop.install.entry_file import EntryFile
from tray_app.model.printable import one_line
from tray_app.model.signs import Colour, Shape
from tray_app.system import atomic_file
from tray_app.system.directory_fd import remove
from tray_app.system.dirs import APP, xdg_folder

SIZES = (16, 22, 24, 32, 48, 64, 128, 256)
"""The sizes for which the hicolor theme has folders."""


class Launcher(EntryFile):
    """The entry of one profile, with icons."""

    def __init__(
        self,
        name: str,
        title: str,
        command: Sequence[str],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._data = xdg_folder(environ, "XDG_DATA_HOME", ".local/share")
        super().__init__(self._data / "applications" / f"{name}.desktop", command)
        self._title = title

    def turn_on(self) -> None:
        """Create or replace the entry and the icons. Raises OSError."""
        entry = application_entry(self._title, self._command)
        for size in SIZES:
            atomic_file.write(self._data / icon_path(size), icon_png(size))
        atomic_file.write(self._path, entry)

    def turn_off(self) -> None:
        """Remove the entry, and the icons with the last profile's. Raises OSError."""
        super().turn_off()
        if not any(self._path.parent.glob(f"{APP}*.desktop")):
            for size in SIZES:
                remove(self._data / icon_path(size))


def application_entry(title: str, command: Sequence[str]) -> bytes:
    """Return the .desktop file: https://specifications.freedesktop.org/desktop-entry-spec."""
    return desktop_file(
        {
            "Type": "Application",
            "Version": "1.0",
            "Name": text_value(one_line(title)),
            "GenericName": "Token keeper",
            "Comment": "Keeps the Webex service app token in .env alive",
            "TryExec": text_value(command[0]),
            "Exec": exec_line(command),
            "Icon": APP,
            "Terminal": "false",
            "Categories": "Network;",
            "Keywords": "webex;token;oauth;tray;",
            "StartupNotify": "false",
        }
    )


def icon_path(size: int) -> Path:
    """Return the path of the icon of that size, relative to the data folder (`share`)."""
    return Path("icons/hicolor", f"{size}x{size}", "apps", f"{APP}.png")


def icon_png(size: int) -> bytes:
    """Return the program's icon as PNG, in green."""
    from tray_app.desktop.icon_art import draw

    written = io.BytesIO()
    draw(Shape.CHECK, Colour.GREEN, size).save(written, "png", optimize=True)
    return written.getvalue()
