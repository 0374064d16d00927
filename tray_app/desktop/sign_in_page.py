"""The page that shows the outcome of a sign-in. Light to import: the page itself is loaded on first
use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from tray_app.desktop.served_page import ServedPage

if TYPE_CHECKING:
    from tray_app.model.snapshot import Snapshot
    from tray_app.pages.sign_in_server import SignInServer

log = logging.getLogger(__name__)


class SignInPage(ServedPage):
    """The page of one profile's sign-ins, served while it is in use. Call from any thread."""

    _server: SignInServer | None

    def __init__(
        self, env_file: Callable[[], str], profile: str = "", *, attended: bool = True
    ) -> None:
        """`env_file` returns the path of `.env`, "" if it is not known; `profile`: its name, "" if
        it has none; `attended`: whether the tray runs."""
        super().__init__()
        self._profile = profile
        self._attended = attended
        self._env_file = env_file

    def address(self) -> str:
        """Return the address of a page that waits for the outcome, and shows it; "" if it cannot
        be served."""
        from tray_app.loopback.server import PortUnusable
        from tray_app.pages.sign_in_server import SignInServer

        with self._lock:
            if self._server is not None:
                self._server.close()
            if self._closed:
                return ""
            self._server = SignInServer(self._env_file, self._profile, attended=self._attended)
            try:
                return self._server.address()
            except (PortUnusable, OSError) as error:
                log.warning("the outcome of the sign-in cannot be shown: %s", error)
                return ""

    def wait_shown(self) -> None:
        """Block until a browser has got the outcome, for as long as one may take."""
        server = self._server
        if server is not None:
            server.wait_shown()

    def update(self, snapshot: Snapshot) -> None:
        """Take what a worker has published."""
        server = self._server
        if server is not None:
            server.update(snapshot)
