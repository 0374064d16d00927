"""One run of the program on a desktop: the surface first, then all that is behind it, until quit.

Before the icon is seen, no more is loaded than it takes: the worker with all that it needs, and
whatever words a notice, come after it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tray_app import bootstrap
from tray_app.desktop.actions import ActionQueue
from tray_app.desktop.headless import NoIcon
from tray_app.desktop.next_step import NextStep, ProfileLocations
from tray_app.desktop.opener import open_page
from tray_app.desktop.tray.detect import Kind, Tray
from tray_app.system.signals import on_first_signal

if TYPE_CHECKING:
    from pystray import Icon

    from tray_app.desktop.icon import TrayIcon
    from tray_app.desktop.install.autostart import LoginItem
    from tray_app.desktop.notifications.notifier import NotificationBackend, Notifier
    from tray_app.model.quiet_hours import Snooze
    from tray_app.model.snapshot import Snapshot
    from tray_app.runtime.scheduler import Scheduler
    from tray_app.runtime.single_profile import SingleProfile


class TrayFrontend(Protocol):
    """What a person sees: an icon, or nothing."""

    def run(self, ready: Callable[[], None]) -> None:
        """Show until `stop`; `ready` is called once it is up."""

    def stop(self) -> None:
        """Make `run` return. Any thread."""

    def show_snooze(self, until: datetime | None) -> None:
        """Say until when (UTC) nothing is told, None where it is. Any thread."""


class DesktopApp:
    """Runs one profile. `listen` hears every snapshot, in the worker's thread."""

    def __init__(
        self,
        setup: bootstrap.ProfileContext,
        found: Tray,
        listen: Callable[[Snapshot], None] = lambda _: None,
        login: LoginItem | None = None,
    ) -> None:
        """`login`: what the menu switches to start at login; None where that makes no sense."""
        self._setup = setup
        self._listen = listen
        self._interrupted = False
        self._clicks = ActionQueue()
        self._starting = threading.Lock()
        self._over = self._reminded = False
        self._failure: Exception | None = None
        self._worker: SingleProfile | Scheduler | None = None
        self._notices: Notifier | None = None
        env_folder = partial(bootstrap.env_folder, setup)
        self._locations = ProfileLocations(setup.config_path, env_folder, setup.folders.log_file)
        self._tray: TrayIcon | None = None
        self._frontend, self._make_backend = self._make_frontend(found, login)

    def run(
        self, before: Callable[[], None] = lambda: None, ready: Callable[[], None] = lambda: None
    ) -> bool:
        """Run in the main thread until Quit, `stop` or a signal. True: Ctrl-C ended it.

        Once the icon is up, in a thread: `before` is called, then the work begins, then `ready` is
        called. What they raise ends the run, and is raised here.
        """
        with on_first_signal(self._quit):
            try:
                self._frontend.run(lambda: self._start(before, ready))
            finally:
                self._end()
        if self._failure is not None:
            raise self._failure
        return self._interrupted

    def _start(self, before: Callable[[], None], ready: Callable[[], None]) -> None:
        with self._starting:
            if self._over:
                return
            try:
                before()
                self._begin_work()
                ready()
            except Exception as error:  # noqa: BLE001 - for the thread of `run` to raise
                self._failure = error
        if self._failure is not None:
            # Not from this thread, which is what some icons wait for.
            threading.Thread(target=self.stop, name="quit", daemon=True).start()

    def _begin_work(self) -> None:
        from tray_app.desktop.notifications.notifier import Notifier
        from tray_app.runtime.single_profile import SingleProfile

        setup = self._setup
        self._notices = Notifier(
            self._make_backend(),
            NextStep(self._clicks, self._locations).take,
            self._frontend.show_snooze,
            setup.notification_timing,
        )
        self._notices.start()
        if self._reminded:  # while there was nobody yet to do so
            self._notices.remind()
        self._worker = SingleProfile(
            lambda: bootstrap.open_engine(setup), self._publish, browse=open_page, pace=setup.pace
        )
        self._clicks.obeyed_by(self._worker)
        self._worker.start()

    def _end(self) -> None:
        with self._starting:
            self._over = True
        if self._notices is not None:
            self._notices.stop()
        if self._worker is not None:
            self._worker.stop()
        if self._notices is not None:
            self._notices.wait(0.5)

    def stop(self) -> None:
        """End the run. Any thread."""
        self._frontend.stop()

    def remind(self) -> None:
        """Tell what is so, in a notice: a person has started the program again. Any thread."""
        self._reminded = True
        if self._notices is not None:
            self._notices.remind()

    def _publish(self, snapshot: Snapshot) -> None:
        tray, notices = self._tray, self._notices
        tell_all(
            (tray.show if tray else None, notices.hear if notices else None, self._listen), snapshot
        )

    def _make_frontend(
        self, found: Tray, login: LoginItem | None
    ) -> tuple[TrayFrontend, Callable[[], NotificationBackend]]:
        icon_class = found.icon_class()
        if icon_class is None:
            return NoIcon(), dbus_backend
        from tray_app.desktop.icon import TrayIcon

        self._tray = tray = TrayIcon(icon_class, self._clicks, self._locations, login, self._snooze)
        return tray, partial(
            pystray_backend, tray.icon
        ) if found.kind is Kind.NATIVE else dbus_backend

    def _snooze(self, choice: Snooze) -> None:
        if self._notices is not None:
            self._notices.snooze(choice)

    def _quit(self, number: int) -> None:
        """Ctrl-C, SIGTERM and SIGHUP quit as the menu does."""
        self._interrupted = number == signal.SIGINT
        # Not from within the handler: it may have interrupted the lock that stop needs.
        threading.Thread(target=self.stop, name="quit", daemon=True).start()


def tell_all(hearers: Iterable[Callable[[Snapshot], None] | None], snapshot: Snapshot) -> None:
    """Call each of them, also if one raises; the first error is raised then."""
    failure: Exception | None = None
    for hear in hearers:
        try:
            if hear is not None:
                hear(snapshot)
        except Exception as error:  # noqa: BLE001 - raised below
            failure = failure or error
    if failure is not None:
        raise failure


def dbus_backend() -> NotificationBackend:
    """Return where notices hang on Linux."""
    from tray_app.desktop.notifications.dbus import DBusBackend  # Linux only

    return DBusBackend()


def pystray_backend(icon: Icon) -> NotificationBackend:
    """Return where notices hang where the icon shows them."""
    from tray_app.desktop.notifications.notifier import PystrayBackend

    return PystrayBackend(icon)
