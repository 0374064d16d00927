"""The program on the profile named on its command line, some hundred times faster than in life.

SIGTERM ends it, as it ends the program.
"""

import sys
from datetime import timedelta
from pathlib import Path

from tray_app.adapters.paths import Folders
from tray_app.adapters.store import MemoryStore
from tray_app.core.manners import Manners
from tray_app.core.permissions import RESIDENT
from tray_app.core.schedule import Pace
from tray_app.desktop.backend import find_tray
from tray_app.desktop.session import Session
from tray_app.wiring import Setup


def main(config: str, api_base: str) -> None:
    """Runs until it is told to end. The config says how often it polls, down to a tenth."""
    path = Path(config)
    setup = Setup(
        path,
        Folders.under(path.parent),
        api_base,
        store=MemoryStore(durable=True),
        pace=Pace(slice=0.05, gap=0.05, first_retry=0.1, longest_retry=0.2),
        manners=Manners(patience=timedelta(seconds=0.2)),
        least_poll_seconds=0.1,
        environ={},
        permissions=RESIDENT,
    )
    Session(setup, find_tray()).run()
    print("ended", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
