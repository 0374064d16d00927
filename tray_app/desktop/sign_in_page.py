"""The page that shows the outcome of a sign-in. Light to import: the page itself is loaded on first
use."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.model.snapshot import Snapshot
    from tray_app.pages.sign_in_server import SignInServer

log = logging.getLogger(__name__)


class SignInPage:
    """The page of one profile's sign-ins, served while it is in use. Call from any thread."""

    def __init__(self, env_file: Callable[[], str]) -> None:
        """`env_file` returns the path of `.env`, "" if it is not known."""
        self._env_file = env_file
        self._lock = threading.Lock()
        self._server: SignInServer | None = None
        self._closed = False

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
            self._server = SignInServer(self._env_file)
            try:
                return self._server.address()
            except (PortUnusable, OSError) as error:
                log.warning("the outcome of the sign-in cannot be shown: %s", error)
                return ""

    def update(self, snapshot: Snapshot) -> None:
        """Take what a worker has published."""
        server = self._server
        if server is not None:
            server.update(snapshot)

    def close(self) -> None:
        """Stop serving: the program ends."""
        with self._lock:
            self._closed = True
            server, self._server = self._server, None
        if server is not None:
            server.close()
