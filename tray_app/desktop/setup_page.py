"""Opens the set-up page in the browser, on a click or on the first start. Light to import: the page
itself is loaded on first use."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING

from tray_app import bootstrap
from tray_app.desktop.opener import open_page
from tray_app.desktop.served_page import ServedPage
from tray_app.model.errors import ConfigError

if TYPE_CHECKING:
    from tray_app.bootstrap import ProfileContext
    from tray_app.model.snapshot import Snapshot
    from tray_app.pages.setup_server import SetupServer
    from tray_app.runtime.commands import ProfileHandle
    from tray_app.system.startup_entries import StartupEntry

log = logging.getLogger(__name__)

Browse = Callable[[str, Callable[[], None]], None]


class SetupPage(ServedPage):
    """The page of one profile, served while it is in use. Call from any thread."""

    _server: SetupServer | None

    def __init__(
        self,
        setup: ProfileContext,
        handle: ProfileHandle,
        instead: Callable[[], None],
        browse: Browse = open_page,
        *,
        name: str = "",
        login: StartupEntry | None = None,
    ) -> None:
        """`instead` is called if there is no browser or the page cannot be served; `name`: of the
        profile, "" if it has none; `login`: what the page offers once the token works."""
        super().__init__()
        self._setup = setup
        self._handle = handle
        self._instead = instead
        self._browse = browse
        self._name = name
        self._login = login
        self._snapshot: Snapshot | None = None

    def open(self) -> None:
        """Open the page. Returns at once."""
        threading.Thread(target=self._open, name="opener", daemon=True).start()

    @property
    def is_in_use(self) -> bool:
        """Whether somebody is setting up there: it asks for what a notification would ask for."""
        server = self._server
        return server is not None and server.is_in_use

    def update(self, snapshot: Snapshot) -> None:
        """Show this snapshot from now on."""
        self._snapshot = snapshot
        server = self._server
        if server is not None:
            server.update(snapshot)

    def browse(self, address: str, failed: Callable[[], None]) -> None:
        """Open the sign-in's page: in the window that asked for it, or else in a new one."""
        server = self._server
        if server is None or not server.lead(address):
            self._browse(address, failed)

    def return_address(self) -> str:
        """Return where a browser goes that comes back from Webex; "" if the page is not open."""
        server = self._server
        return server.return_address() if server is not None else ""

    def env_file(self) -> str:
        """Return the path of `.env`; "" if the config cannot be used."""
        try:
            return bootstrap.read_config(self._setup).env_file
        except ConfigError:
            return ""

    def _open(self) -> None:
        from tray_app.loopback.server import PortUnusable

        if not self._setup.is_approved:
            self._instead()
            return
        try:
            with self._lock:
                if self._closed:
                    return
                if self._server is not None and self._server.extend():
                    address = self._server.address()
                else:
                    address = self._serve()
        except (PortUnusable, OSError) as error:
            log.warning("the set-up page cannot be shown: %s", error)
            self._instead()
            return
        self._browse(address, self._instead)

    def _serve(self) -> str:
        from tray_app.pages.setup_server import SetupServer
        from tray_app.setup.session import SetupSession

        with ExitStack() as undo:
            session = undo.enter_context(closing(SetupSession(self._setup, self._on_saved)))
            path = str(self._setup.config_path)
            server = SetupServer(
                session,
                path,
                self._handle.authorize,
                self.env_file,
                profile=self._name,
                login=self._login,
            )
            if self._snapshot is not None:  # an earlier sign-in is no news here
                server.update(replace(self._snapshot, signed_in=None))
            address = server.address()
            undo.pop_all()  # the server ends it
        self._server = server
        return address

    def _on_saved(self) -> None:
        server = self._server
        if server is not None:
            server.saved()
        self._handle.cancel_sign_in(by_user=False)  # it was for the old answers
        self._handle.poll()  # the page shows the result
