"""What we use of pystray, loaded without its own Linux backends.

They have no menu (xorg), need bindings that pip cannot install (gtk, appindicator), and raise
ValueError or DisplayNameError at import without a display; ours is in `statusnotifier`. Import
pystray from here only, because its first import chooses the backend.
"""

import os
import sys
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tray_app.desktop.tray.job_queue import ConnectionLoop
from tray_app.desktop.tray.pixmaps import Drawing, resampled
from tray_app.model.printable import printable

if TYPE_CHECKING:
    from PIL import Image

_CHOICE = "PYSTRAY_BACKEND"

_chosen = os.environ.get(_CHOICE)
if sys.platform not in {"win32", "darwin"}:
    os.environ[_CHOICE] = "dummy"
try:
    from pystray import Icon, Menu, MenuItem, _base
finally:  # the environment is the user's, and our child processes inherit it
    if _chosen is None:
        os.environ.pop(_CHOICE, None)
    else:
        os.environ[_CHOICE] = _chosen

__all__ = [
    "Icon",
    "IconEvents",
    "LoopIcon",
    "Menu",
    "MenuItem",
    "Setup",
    "_base",
    "drawing_of",
    "paint",
]

if not TYPE_CHECKING:  # for type checkers it is pystray's own

    class MenuItem(MenuItem):
        """A row whose text is one line: control characters in paths and names are escaped."""

        @property
        def text(self) -> str:
            """The row's present text."""
            return printable(super().text)


Setup = Callable[[_base.Icon], None]


def _ignore() -> None:
    pass


@dataclass(slots=True)
class IconEvents:
    """Callbacks for events of Windows and macOS other than clicks on the icon.

    `notice_dismissed`: it was closed or timed out; macOS reports no events of notices.
    `session_ends`: blocks until everything is saved.
    """

    notice_clicked: Callable[[], None] = _ignore
    notice_dismissed: Callable[[], None] = _ignore
    session_ends: Callable[[], None] = _ignore


class LoopIcon(_base.Icon):
    """An icon with a menu, shown over a connection that a loop serves: the base of ours on Linux.

    It appears when a tray starts, and again when the tray restarts. `run()` returns on `stop()`, or
    when the connection is lost at logout: then `connection_lost` is True. An icon can run only
    once.
    """

    HAS_NOTIFICATION = False

    def __init__(
        self,
        loop: ConnectionLoop,
        name: str,
        icon: "Image.Image | None" = None,
        title: str | None = None,
        menu: Menu | Iterable[MenuItem] | None = None,
    ) -> None:
        super().__init__(name, icon, title, menu)
        self.connection_lost = False
        self.needs_attention = False
        """Whether a panel that hides icons should show this one. Set it before the drawing."""
        self.program_name = name
        """What the panel calls the program; `title` is what it does now."""
        self._loop = loop
        self._thread: threading.Thread | None = None

    def paint(self, draw: Drawing) -> None:
        """Show this drawing, sharp at every size. Any thread."""
        self.icon = cast("Image.Image", _StandIn(draw))  # pystray only passes it on

    def run(self, setup: Setup | None = None) -> None:
        """Serve the tray until `stop()`, or until the connection is lost. Any thread."""
        self._open()
        super().run(setup)

    def run_detached(self, setup: Setup | None = None) -> None:
        """As `run()`, in a daemon thread of its own."""
        self._open()
        super().run_detached(setup)

    def stop(self) -> None:
        """Make `run()` return, even if it has not begun yet, which pystray's own would ignore."""
        self._loop.stop()
        super().stop()

    def wait(self, timeout: float) -> None:
        """Wait for the end of `run_detached()`."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    @abstractmethod
    def _open(self) -> None:
        """Connect. Called before pystray starts its setup thread, which an exception would leave
        behind."""

    # Called by pystray's base class, on any thread.

    def _run(self) -> None:
        self._mark_ready()
        if not self._loop.run():
            self.connection_lost = True

    def _run_detached(self) -> None:
        self._thread = threading.Thread(target=self._run, name="icon", daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        self._loop.stop()

    # Loop thread.

    def _click(self, item: MenuItem) -> None:
        self._handler(item)()  # pystray's: calls the action, then updates the menu


class _StandIn:
    """Stands in for an icon's image: a drawing that is made when it is shown, at each size."""

    def __init__(self, draw: Drawing) -> None:
        self.draw = draw


def drawing_of(image: "Image.Image | None") -> Drawing | None:
    """Return the drawing of an icon's image; None if there is no image."""
    if image is None:
        return None
    return image.draw if isinstance(image, _StandIn) else resampled(image)


def paint(icon: Icon, draw: Drawing) -> None:
    """Show this drawing: made for each size if the icon takes that, else 64 pixels wide."""
    painter = getattr(icon, "paint", None)
    if painter is not None:
        painter(draw)
    else:
        icon.icon = draw(64)
