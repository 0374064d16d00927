"""One run of the program on a desktop: the icon first, then everything behind it, until Quit.

Before the icon is on the panel, no more is loaded than the icon needs: the scheduler with all that
it imports, and the texts of notifications, come later.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from tray_app import bootstrap
from tray_app.desktop.actions import ProfileLocations, take_action
from tray_app.desktop.details import DetailsPage
from tray_app.desktop.opener import open_path
from tray_app.desktop.setup_page import SetupPage
from tray_app.desktop.sign_in_page import SignInPage
from tray_app.desktop.tray.detect import Kind, Tray
from tray_app.runtime.commands import ProfileHandle
from tray_app.system.signals import on_first_signal, waking_main_thread

if TYPE_CHECKING:
    from pystray import Icon

    from tray_app.desktop.icon import ProfileIcon
    from tray_app.desktop.install.autostart import LoginItem
    from tray_app.desktop.notifications.backend import NotificationBackend
    from tray_app.desktop.notifications.notifier import Notifier
    from tray_app.desktop.profiles_icon import ProfilesIcon
    from tray_app.desktop.tray.pystray_base import IconEvents
    from tray_app.model.quiet_hours import Snooze
    from tray_app.model.snapshot import Snapshot
    from tray_app.runtime.scheduler import Scheduler


class NoIcon:
    """Takes the icon's place if there is no tray: keeps the program running until `stop`."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def run(self, ready: Callable[[], None]) -> None:
        """Call `ready`, then wait for `stop`."""
        ready()
        # On Windows, Ctrl-C cannot interrupt a wait without a timeout.
        while not self._stopped.wait(1.0 if os.name == "nt" else None):
            pass

    def stop(self) -> None:
        """Make `run` return. Any thread."""
        self._stopped.set()

    def show(self, name: str, snapshot: Snapshot) -> None:
        """Show nothing."""

    def show_snooze(self, until: datetime | None) -> None:
        """Show nothing."""


class DesktopApp:
    """Runs one profile or several, with one icon."""

    def __init__(
        self,
        setups: Mapping[str, bootstrap.ProfileContext],
        found: Tray,
        listen: Callable[[Snapshot], None] = lambda _: None,
        login: LoginItem | None = None,
        begin: Callable[[], None] | None = None,
    ) -> None:
        """`setups`: by profile name; `listen` is called with every snapshot, in the turn's thread;
        `login`: the entry that the menu switches, None if there can be none; `begin`: given if the
        only profile has no config: the set-up page is opened, which offers `login` in the end; if
        that fails, this is called."""
        self._setups = setups
        self._listen = listen
        self._interrupted = self._ended = self._reminded = False
        self._starting = threading.Lock()
        self._failure: Exception | None = None
        self._scheduler: Scheduler | None = None
        self._notifier: Notifier | None = None
        self._details = DetailsPage(setups)
        self._profiles: dict[str, tuple[ProfileHandle, ProfileLocations]] = {}
        self._setup_pages: dict[str, SetupPage] = {}
        self._sign_in_pages: dict[str, SignInPage] = {}
        self._is_first_start = begin is not None
        for name, setup in setups.items():
            handle = ProfileHandle()
            instead = begin or partial(open_path, setup.config_path)
            page = SetupPage(setup, handle, instead, name=name, login=login if begin else None)
            self._setup_pages[name] = page
            self._sign_in_pages[name] = SignInPage(page.env_file, name)
            details = partial(self._details.open, name)
            self._profiles[name] = handle, _locations(setup, details, page.open)
        self._frontend = self._make_frontend(found, login)
        self._is_native = found.kind is Kind.NATIVE
        events: IconEvents | None = getattr(self._frontend, "events", None)
        if events is not None:
            events.session_ends = self._end

    def run(
        self, before: Callable[[], None] = lambda: None, ready: Callable[[], None] = lambda: None
    ) -> bool:
        """Run in the main thread until Quit, `stop` or a signal. True: Ctrl-C ended it.

        Once the icon is up, in another thread: `before` is called, the work begins, and `ready` is
        called. An exception from any of them ends the run and is raised here.
        """
        with waking_main_thread(), on_first_signal(self._quit):
            try:
                self._frontend.run(lambda: self._start(before, ready))
            finally:
                self._end()
        if self._failure is not None:
            raise self._failure
        return self._interrupted

    def _start(self, before: Callable[[], None], ready: Callable[[], None]) -> None:
        with self._starting:
            if self._ended:
                return
            try:
                before()
                self._begin_work()
                ready()
            except Exception as error:  # noqa: BLE001 - a boundary: `run` raises it in its thread
                self._failure = error
        if self._failure is not None:
            # Not from this thread: some icons wait for it to end.
            threading.Thread(target=self.stop, name="quit", daemon=True).start()

    def _begin_work(self) -> None:
        from tray_app.desktop.notifications.notifier import Notifier
        from tray_app.runtime.scheduler import Scheduler

        first = next(iter(self._setups.values()))
        self._notifier = Notifier(
            self._make_backend(),
            {name: partial(take_action, *profile) for name, profile in self._profiles.items()},
            self._frontend.show_snooze,
            first.notification_timing,
            lambda name: self._setup_pages[name].is_in_use,
        )
        self._notifier.start()
        if self._reminded:  # before there was a notifier
            self._notifier.remind()
        shared = bootstrap.Shared(first) if len(self._setups) > 1 else None
        on_closed = shared.close if shared else lambda: None
        self._scheduler = Scheduler(pace=first.pace, on_closed=on_closed)
        for name, setup in self._setups.items():
            self._scheduler.add(
                partial(bootstrap.open_engine, setup, shared),
                partial(self._publish, self._notifier, name),
                handle=self._profiles[name][0],
                browse=self._setup_pages[name].browse,
                onward=partial(self._page_after_sign_in, name),
            )
        self._scheduler.start()
        if self._is_first_start:
            for page in self._setup_pages.values():
                page.open()

    def _end(self) -> None:
        """Save and end; Windows calls it for the end of the session, then `run` does again."""
        with self._starting:
            self._ended = True
        self._details.close()
        for page in self._setup_pages.values():
            page.close()
        for outcome in self._sign_in_pages.values():
            outcome.close()
        if self._notifier is not None:
            self._notifier.stop()
        if self._scheduler is not None:
            self._scheduler.stop()
        if self._notifier is not None:
            self._notifier.wait(0.5)

    def stop(self) -> None:
        """End the run. Any thread."""
        self._frontend.stop()

    def remind(self) -> None:
        """Show the state in a notification: the user has started the program again. Any thread."""
        self._reminded = True
        if self._notifier is not None:
            self._notifier.remind()

    def _publish(self, notifier: Notifier, name: str, snapshot: Snapshot) -> None:
        page = self._setup_pages[name]
        # What came of the answers on the way (secrets moved) is no news to who has just given them.
        notices = () if page.is_in_use else snapshot.notices
        self._details.update(name, snapshot)
        page.update(snapshot)
        self._sign_in_pages[name].update(snapshot)
        call_all(
            (
                partial(self._frontend.show, name, snapshot),
                partial(notifier.on_snapshot, name, replace(snapshot, notices=notices)),
                partial(self._listen, snapshot),
            )
        )

    def _page_after_sign_in(self, name: str) -> str:
        return self._setup_pages[name].return_address() or self._sign_in_pages[name].address()

    def _make_frontend(
        self, found: Tray, login: LoginItem | None
    ) -> ProfileIcon | ProfilesIcon | NoIcon:
        icon_class = found.icon_class()
        if icon_class is None:
            return NoIcon()
        if len(self._profiles) > 1:
            from tray_app.desktop.profiles_icon import ProfilesIcon

            return ProfilesIcon(icon_class, self._profiles, login, self._snooze, self._details.open)
        from tray_app.desktop.icon import ProfileIcon

        (profile,) = self._profiles.values()
        return ProfileIcon(icon_class, *profile, login, self._snooze)

    def _make_backend(self) -> NotificationBackend:
        if self._is_native and not isinstance(self._frontend, NoIcon):
            return backend_for(self._frontend.icon)
        return backend_for(None)

    def _snooze(self, choice: Snooze) -> None:
        if self._notifier is not None:
            self._notifier.snooze(choice)

    def _quit(self, number: int) -> None:
        """Ctrl-C, SIGTERM and SIGHUP quit as the menu does."""
        self._interrupted = number == signal.SIGINT
        # Not from within the handler: it may have interrupted the lock that stop needs.
        threading.Thread(target=self.stop, name="quit", daemon=True).start()


def backend_for(icon: Icon | None, platform: str = sys.platform) -> NotificationBackend:
    """Return what shows notifications. `icon`: that of Windows or macOS, None without one."""
    from tray_app.desktop.notifications.backend import NoBackend, PystrayBackend, WindowsBackend

    if icon is not None:
        events: IconEvents | None = getattr(icon, "events", None)
        if events is None or platform == "darwin":
            return PystrayBackend(icon)
        return WindowsBackend(icon, events)
    if platform in {"win32", "darwin"}:
        return NoBackend()
    from tray_app.desktop.notifications.dbus import DBusBackend  # Linux only

    return DBusBackend()


def _locations(
    setup: bootstrap.ProfileContext,
    open_details: Callable[[], None],
    open_setup: Callable[[], None],
) -> ProfileLocations:
    env_folder = partial(bootstrap.env_folder, setup)
    log_file = setup.folders.log_file
    return ProfileLocations(setup.config_path, env_folder, log_file, open_details, open_setup)


def call_all(listeners: Iterable[Callable[[], None]]) -> None:
    """Call each of them, also if one raises; then raise the first exception."""
    failure: Exception | None = None
    for listener in listeners:
        try:
            listener()
        except Exception as error:  # noqa: BLE001 - raised below
            failure = failure or error
    if failure is not None:
        raise failure
