"""An icon for a session whose tray has not started yet, and may be of either Linux kind.

At login a panel often starts a moment after the programs, and only then shows which protocol it
speaks. So this icon waits for both. Once a panel takes the StatusNotifier item, the XEmbed icon is
hidden: some panels know both protocols and would show two icons.
"""

from collections.abc import Callable
from typing import Any

from tray_app.desktop.tray import statusnotifier
from tray_app.desktop.tray.pystray_base import Setup
from tray_app.desktop.tray.watcher import WATCHER
from tray_app.desktop.tray.xembed import xembed
from tray_app.desktop.tray.xembed.display import NoDisplayError

STOP_TIMEOUT = 2


class Icon(statusnotifier.Icon):
    """The StatusNotifier icon, and with it, in a thread of its own, one for XEmbed trays.

    `run()` returns on `stop()`, or when the bus or the X server goes away.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As `statusnotifier.Icon`."""
        self._has_panel = False
        super().__init__(*arguments, **named)
        self._xembed = _XembedIcon(self)

    def run(self, setup: Setup | None = None) -> None:
        """Serve whichever tray starts, until `stop()` or the end of the session. Any thread."""
        other: _XembedIcon | None = self._xembed
        try:
            self._xembed.run_detached(lambda _: None)
        except NoDisplayError as error:
            self._log.info("no XEmbed icon: %s", error)
            other = None
        try:
            super().run(setup)
        finally:
            if other is not None:
                other.stop()
                other.wait(STOP_TIMEOUT)

    def on_signal(self, interface: str | None, member: str, body: tuple[Any, ...]) -> None:
        """Note that a panel has started or ended on the bus."""
        super().on_signal(interface, member, body)
        if member == "NameOwnerChanged" and body[0] == WATCHER:
            self._has_panel = bool(body[2])
            self._update_xembed()

    def _show(self) -> None:
        super()._show()
        self._update_xembed()

    def _hide(self) -> None:
        super()._hide()
        self._xembed.visible = False

    def _update_icon(self) -> None:
        super()._update_icon()
        self._xembed.icon = self.icon

    def _update_title(self) -> None:
        super()._update_title()
        self._xembed.title = self.title

    def _update_menu(self) -> None:
        super()._update_menu()
        self._xembed.menu = self.menu

    def _update_xembed(self) -> None:
        if self._xembed.icon is not None:
            self._xembed.visible = self._visible and not self._has_panel


class _XembedIcon(xembed.Icon):
    """The XEmbed icon; a click on it counts as a click on the other."""

    def __init__(self, of: Icon) -> None:
        super().__init__(of.name, of.icon, of.title, of.menu)
        self._other = of

    def _handler(self, callback: Callable[..., object]) -> Callable[..., None]:
        return self._other._handler(callback)  # noqa: SLF001 - pystray's

    def _run(self) -> None:
        super()._run()
        if self.connection_lost:
            self._other.connection_lost = True
            self._other.stop()
