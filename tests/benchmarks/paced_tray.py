"""The program on the profile named on its command line, which checks as often as the config says.

A thousand polls take four days in life. Everything else is the program's own: the OS keyring, the
icon, the journal. Its memory is not closed, so that it can be measured.
"""

import sys
from pathlib import Path

from tray_app.bootstrap import ProfileContext
from tray_app.desktop.app import DesktopApp
from tray_app.desktop.tray.detect import find_tray
from tray_app.model.permissions import RESIDENT
from tray_app.model.settings import Timing
from tray_app.runtime.libraries import import_light_libraries
from tray_app.system.dirs import AppDirs


def main(config: str, api_base: str) -> None:
    """Runs until SIGTERM."""
    setup = ProfileContext(
        Path(config),
        AppDirs.of_user(),
        api_base,
        pace=Timing(slice=0.05, gap=0.0),
        least_poll_seconds=0.0,
        permissions=RESIDENT,
    )
    DesktopApp({"": setup}, find_tray()).run(import_light_libraries)


if __name__ == "__main__":
    main(*sys.argv[1:])
