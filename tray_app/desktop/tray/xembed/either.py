"""An icon for a session whose tray has yet to start, and may be of either Linux kind.

At login a panel often starts a moment after the programs. Which of the two protocols it speaks
shows only then, so this icon waits on both. Where a panel takes StatusNotifier items, the XEmbed
icon goes: some panels know both, and nobody wants two.
"""

from collections.abc import Callable
from typing import Any

from tray_app.desktop.tray import statusnotifier
from tray_app.desktop.tray.pixmaps import Drawing
from tray_app.desktop.tray.watcher import WATCHER
from tray_app.desktop.tray.xembed import xembed
from tray_app.desktop.tray.xembed.display import NoDisplayError

PATIENCE_SECONDS = 2


class Icon(statusnotifier.Icon):
    """The StatusNotifier icon, and beside it, on a thread of its own, one for XEmbed trays.

    `run()` returns on `stop()` or when the bus or the X server goes away; the latter is told by
    `display_lost`.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As `statusnotifier.Icon`."""
        self._panel_came = False
        self._beside: _Beside | None = None
        super().__init__(*arguments, **named)
        self._beside = _Beside(self)
        if (draw := statusnotifier.drawing_of(self.icon)) is not None:
            self._beside.paint(draw)

    @property
    def display_lost(self) -> bool:
        """Whether the X server went away."""
        return self._beside is not None and self._beside.display_lost

    def paint(self, draw: Drawing) -> None:
        """Shows that drawing, sharp at every size. Any thread."""
        super().paint(draw)
        if self._beside is not None:
            self._beside.paint(draw)

    def run(self, setup: statusnotifier.Setup | None = None) -> None:
        """Serves whichever tray comes until `stop()` or until the session ends. Any thread."""
        beside = self._beside
        if beside is None:
            return
        try:
            beside.run_detached(lambda _: None)
        except NoDisplayError as error:
            self._log.info("no XEmbed icon: %s", error)
            beside = None
        try:
            super().run(setup)
        finally:
            if beside is not None:
                beside.stop()
                beside.wait(PATIENCE_SECONDS)

    def hear(self, interface: str | None, member: str, body: tuple[Any, ...]) -> None:
        """A panel has come or gone on the bus."""
        super().hear(interface, member, body)
        if member == "NameOwnerChanged" and body[0] == WATCHER:
            self._panel_came = bool(body[2])
            self._show_beside()

    def _show(self) -> None:
        super()._show()
        self._show_beside()

    def _hide(self) -> None:
        super()._hide()
        if self._beside is not None:
            self._beside.visible = False

    def _update_icon(self) -> None:
        super()._update_icon()
        if self._beside is not None and statusnotifier.drawing_of(self.icon) is None:
            self._beside.icon = self.icon

    def _update_title(self) -> None:
        super()._update_title()
        if self._beside is not None:
            self._beside.title = self.title

    def _update_menu(self) -> None:
        super()._update_menu()
        if self._beside is not None:
            self._beside.menu = self.menu

    def _show_beside(self) -> None:
        if self._beside is not None and self._beside.icon is not None:
            self._beside.visible = self._visible and not self._panel_came


class _Beside(xembed.Icon):
    """The XEmbed icon; what is clicked in it counts as clicked in the other."""

    def __init__(self, of: Icon) -> None:
        super().__init__(of.name, of.icon, of.title, of.menu)
        self._of = of

    def __call__(self) -> None:
        self._of()

    def _handler(self, callback: Callable[..., object]) -> Callable[..., None]:
        return self._of._handler(callback)  # noqa: SLF001 - pystray's

    def _run(self) -> None:
        super()._run()
        if self.display_lost:
            self._of.stop()
