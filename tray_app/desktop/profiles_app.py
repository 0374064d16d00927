"""One run for many profiles: one fleet, one icon, one place for notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from tray_app import bootstrap
from tray_app.desktop.actions import ActionQueue
from tray_app.desktop.app import DesktopApp, TrayFrontend, dbus_backend, pystray_backend, tell_all
from tray_app.desktop.headless import NoIcon
from tray_app.desktop.next_step import NextStep, ProfileLocations
from tray_app.desktop.opener import open_page
from tray_app.desktop.tray.detect import Kind, Tray

if TYPE_CHECKING:
    from tray_app.desktop.install.autostart import LoginItem
    from tray_app.desktop.notifications.notifier import NotificationBackend
    from tray_app.desktop.profiles_icon import ProfilesIcon
    from tray_app.model.snapshot import Snapshot


class ProfilesApp(DesktopApp):
    """Runs many profiles. `listen` hears every snapshot, in the thread whose turn it is."""

    def __init__(
        self,
        setups: Mapping[str, bootstrap.ProfileContext],
        found: Tray,
        listen: Callable[[Snapshot], None] = lambda _: None,
        login: LoginItem | None = None,
    ) -> None:
        """`setups` by the names of the profiles."""
        self._setups = setups
        self._members = {name: (ActionQueue(), _locations(setup)) for name, setup in setups.items()}
        self._icon: ProfilesIcon | None = None
        super().__init__(next(iter(setups.values())), found, listen, login)

    def _begin_work(self) -> None:
        from tray_app.desktop.notifications.profiles_notifier import ProfilesNotifier
        from tray_app.runtime.scheduler import Scheduler

        steps = {name: NextStep(*member).take for name, member in self._members.items()}
        notices = ProfilesNotifier(
            self._make_backend(), steps, self._frontend.show_snooze, self._setup.notification_timing
        )
        self._notices = notices
        notices.start()
        if self._reminded:
            notices.remind()
        shared = bootstrap.Shared(self._setup)
        self._worker = scheduler = Scheduler(pace=self._setup.pace, over=shared.close)
        for name, setup in self._setups.items():
            show = partial(self._icon.show, name) if self._icon else None
            publish = partial(tell_all, (show, partial(notices.hear_of, name), self._listen))
            opened = partial(bootstrap.open_engine, setup, shared)
            self._members[name][0].obeyed_by(scheduler.add(opened, publish, browse=open_page))
        scheduler.start()

    def _make_frontend(
        self, found: Tray, login: LoginItem | None
    ) -> tuple[TrayFrontend, Callable[[], NotificationBackend]]:
        icon_class = found.icon_class()
        if icon_class is None:
            return NoIcon(), dbus_backend
        from tray_app.desktop.profiles_icon import ProfilesIcon

        self._icon = ProfilesIcon(icon_class, self._members, login, self._snooze)
        backend = dbus_backend
        if found.kind is Kind.NATIVE:
            backend = partial(pystray_backend, self._icon.icon)
        return self._icon, backend


def _locations(setup: bootstrap.ProfileContext) -> ProfileLocations:
    return ProfileLocations(
        setup.config_path, partial(bootstrap.env_folder, setup), setup.folders.log_file
    )
