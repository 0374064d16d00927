"""One run of the program on a desktop: worker and surface, from start to quit."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from tray_app import wiring
from tray_app.core.manners import Snooze
from tray_app.desktop.autostart import LoginItem
from tray_app.desktop.backend import Kind, Tray
from tray_app.desktop.ending import first_signal
from tray_app.desktop.headless import NoIcon
from tray_app.desktop.next_step import NextStep, Places
from tray_app.desktop.notices import Board, IconBoard, Notices
from tray_app.desktop.opener import open_page
from tray_app.snapshot import Snapshot
from tray_app.worker import Worker


class Surface(Protocol):
    """What a person sees: an icon, or nothing."""

    def run(self, ready: Callable[[], None]) -> None:
        """Show until `stop`; `ready` is called once it is up."""

    def stop(self) -> None:
        """Make `run` return. Any thread."""

    def show(self, snapshot: Snapshot) -> None:
        """Bring it up to date. Any thread."""

    def show_snooze(self, until: datetime | None) -> None:
        """Say until when (UTC) nothing is told, None where it is. Any thread."""


class Session:
    """Runs one profile. `listen` hears every snapshot, in the worker's thread."""

    def __init__(
        self,
        setup: wiring.Setup,
        found: Tray,
        listen: Callable[[Snapshot], None] = lambda _: None,
        login: LoginItem | None = None,
    ) -> None:
        """`login`: what the menu switches to start at login; None where that makes no sense."""
        self._listen = listen
        self._interrupted = False
        self.worker = Worker(
            lambda: wiring.open_engine(setup), self._publish, browse=open_page, pace=setup.pace
        )
        env_folder = partial(wiring.env_folder, setup)
        places = Places(setup.config_path, env_folder, setup.folders.log_file)
        self._surface, board = self._make_surface(places, found, login)
        self._notices = Notices(
            board,
            NextStep(self.worker, places).take,
            self._surface.show_snooze,
            setup.manners,
        )

    def run(self, ready: Callable[[], None] = lambda: None) -> bool:
        """Run in the main thread until Quit, `stop` or a signal. True: Ctrl-C ended it."""

        def start() -> None:
            self._notices.start()
            self.worker.start()
            ready()

        with first_signal(self._quit):
            try:
                self._surface.run(start)
            finally:
                self._notices.stop()
                self.worker.stop()
                self._notices.wait(0.5)
        return self._interrupted

    def stop(self) -> None:
        """End the run. Any thread."""
        self._surface.stop()

    def remind(self) -> None:
        """Tell what is so, in a notice: a person has started the program again. Any thread."""
        self._notices.remind()

    def _publish(self, snapshot: Snapshot) -> None:
        self._surface.show(snapshot)
        self._notices.hear(snapshot)
        self._listen(snapshot)

    def _make_surface(
        self, places: Places, found: Tray, login: LoginItem | None
    ) -> tuple[Surface, Board]:
        icon_class = found.icon_class()
        if icon_class is None:
            return NoIcon(), _bus_board()
        from tray_app.desktop.tray import TrayIcon

        tray = TrayIcon(icon_class, self.worker, places, login, self._snooze)
        return tray, IconBoard(tray.icon) if found.kind is Kind.NATIVE else _bus_board()

    def _snooze(self, choice: Snooze) -> None:
        self._notices.snooze(choice)

    def _quit(self, number: int) -> None:
        """Ctrl-C and SIGTERM quit as the menu does."""
        self._interrupted = number == signal.SIGINT
        # Not from within the handler: it may have interrupted the lock that stop needs.
        threading.Thread(target=self.stop, name="quit", daemon=True).start()


def _bus_board() -> Board:
    from tray_app.desktop.notification_bus import BusBoard  # Linux only

    return BusBoard()
