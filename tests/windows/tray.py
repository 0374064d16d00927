"""The program with its icon on the screen of the session, and a mouse beside it."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.e2e.screen import Box, Screen
from tests.windows.machine import Windows
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour

GREEN, RED = FILL[Colour.GREEN], FILL[Colour.RED]
PICTURES = Path(__file__).parents[2] / "test-results"
STARTED = 60.0
"""Seconds until the icon is green: Wine, Python and the first check, on a busy machine."""
ASIDE = (300, 300)


def without_notices(config: dict[str, Any]) -> None:
    """Change a config: a notice that nobody asked for would cover the menu."""
    config["tray"]["quietHours"] = "00:00-23:59"


class Tray:
    """The program in the session, with a mouse beside it."""

    def __init__(self, windows: Windows, screen: Screen, *words: str | Path) -> None:
        self.screen = screen
        self._windows = windows
        self._started = windows.started(*words)
        self._process: subprocess.Popen[str] | None = None
        self.output = ""

    def __enter__(self) -> Tray:
        self._process = self._started.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._started.__exit__(*raised)
        self.screen.wait_colour_gone(GREEN, timeout=15)

    def icon(self, colour: tuple[int, int, int] = GREEN) -> Box:
        return self.screen.wait_colour(colour, STARTED)

    def click_row(self, menu: Box, word: str) -> None:
        self.screen.move(*ASIDE)  # on the icon it brings up a tooltip, which covers the last row
        self.screen.still_picture()
        self.screen.click_word(word, menu)
        self.screen.move(*ASIDE)

    def open_options(self) -> Box:
        """Open the menu, and in it the submenu of options; return where both are."""
        menu = self.screen.open_menu(self.icon())
        self.screen.click_word("Options", menu)
        self.screen.still_picture()
        return (0, 0, *self.screen.picture().size)

    def interrupt(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)

    def ended(self, seconds: float) -> int:
        """The exit code; AssertionError if it does not end in that time."""
        assert self._process is not None
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"not ended after {seconds} s") from None
        self.output, _ = self._process.communicate(timeout=15)  # Wine's console ends 2 s later
        return code

    def ask(self, command: str) -> Any:
        return self._windows.ask(command)
