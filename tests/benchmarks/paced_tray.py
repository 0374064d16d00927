"""The program on the profile named on its command line, which checks as often as the config says.

A thousand polls take four days in life. Everything else is the program's own: the OS keyring, the
icon, the journal. Its memory is not closed, so that it can be measured.
"""

import sys
from pathlib import Path

from tray_app.adapters.paths import Folders
from tray_app.core.permissions import RESIDENT
from tray_app.core.schedule import Pace
from tray_app.desktop.backend import find_tray
from tray_app.desktop.session import Session
from tray_app.wiring import Setup


def main(config: str, api_base: str) -> None:
    """Runs until SIGTERM."""
    setup = Setup(
        Path(config),
        Folders.of_user(),
        api_base,
        pace=Pace(slice=0.05, gap=0.0),
        least_poll_seconds=0.0,
        permissions=RESIDENT,
    )
    Session(setup, find_tray()).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
