"""Exit codes (docs/commands.md, "Exit codes").

64, 70 and 78 are from sysexits.h; 125 to 127 are what programs that run others use, as env(1).
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.model.signs import Colour


class Exit(IntEnum):
    """The exit code of a command."""

    GREEN = 0
    AMBER = 1
    RED = 2
    ALREADY_RUNNING = 3
    USAGE = 64
    INTERNAL = 70
    CONFIG = 78
    NO_TOKEN = 125
    CANNOT_RUN = 126
    NOT_FOUND = 127
    INTERRUPTED = 130
    BROKEN_PIPE = 141


def exit_code_for(colour: Colour | str) -> Exit:
    """Return the exit code of a colour."""
    return {"green": Exit.GREEN, "amber": Exit.AMBER, "red": Exit.RED}[colour]
