"""The program on the profile named on its command line, some hundred times faster than in life.

SIGTERM ends it, as it ends the program.
"""

import sys
from datetime import timedelta
from pathlib import Path

from tray_app.bootstrap import ProfileContext
from tray_app.desktop.app import DesktopApp
from tray_app.desktop.tray.detect import find_tray
from tray_app.model.permissions import RESIDENT
from tray_app.model.quiet_hours import NotificationTiming
from tray_app.model.settings import Timing
from tray_app.secrets.store import MemoryStore
from tray_app.system.dirs import AppDirs


def main(config: str, api_base: str) -> None:
    """Runs until it is told to end. The config says how often it polls, down to a tenth."""
    path = Path(config)
    setup = ProfileContext(
        path,
        AppDirs.under(path.parent),
        api_base,
        store=MemoryStore(durable=True),
        pace=Timing(slice=0.05, gap=0.05, first_retry=0.1, longest_retry=0.2),
        notification_timing=NotificationTiming(delay=timedelta(seconds=0.2)),
        least_poll_seconds=0.1,
        environ={},
        permissions=RESIDENT,
    )
    DesktopApp({"": setup}, find_tray()).run()
    print("ended", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
