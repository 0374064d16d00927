"""Opens the details page in the browser, on a click. Light to import: the page itself is loaded on
first use."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from tray_app.desktop.opener import open_page
from tray_app.desktop.served_page import ServedPage

if TYPE_CHECKING:
    from tray_app.bootstrap import ProfileContext
    from tray_app.model.details import Details
    from tray_app.model.health import Health
    from tray_app.model.snapshot import Snapshot
    from tray_app.pages.server import DetailsServer

log = logging.getLogger(__name__)

Browse = Callable[[str, Callable[[], None]], None]


class DetailsPage(ServedPage):
    """The page of these profiles, served while it is in use. Call from any thread."""

    _server: DetailsServer | None

    def __init__(self, setups: Mapping[str, ProfileContext], browse: Browse = open_page) -> None:
        """`setups`: by profile name."""
        super().__init__()
        self._setups = setups
        self._browse = browse
        self._healths: dict[str, Health] = {}

    def update(self, name: str, snapshot: Snapshot) -> None:
        """Show this snapshot from now on."""
        self._healths[name] = snapshot.health

    def open(self, name: str = "") -> None:
        """Open the page of this profile; "" opens that of all profiles. Returns at once."""
        threading.Thread(target=self._open, args=(name,), name="opener", daemon=True).start()

    def _open(self, name: str) -> None:
        from tray_app.loopback.server import PortUnusable
        from tray_app.pages.server import DetailsServer

        try:
            with self._lock:
                if self._closed:
                    return
                self._server = self._server or DetailsServer(self._gather)
                address = self._server.address()
        except (PortUnusable, OSError) as error:
            log.warning("the details cannot be shown: %s", error)
            return
        query = f"?profile={quote(name, safe='')}" if name else ""
        self._browse(address + query, lambda: None)

    def _gather(self, wanted: str) -> Details:
        from tray_app.model.snapshot import STARTING
        from tray_app.pages.facts import Known, gather

        profiles = {
            name: Known(setup, self._healths.get(name, STARTING.health), attended=True)
            for name, setup in self._setups.items()
        }
        return gather(profiles, [wanted])
