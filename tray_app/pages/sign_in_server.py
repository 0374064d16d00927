"""Serves the outcome of a sign-in on loopback, to the browser that comes back from Webex."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tray_app.pages.facts import style
from tray_app.pages.page_server import PageServer, Reply
from tray_app.pages.setup_form import SetupPages
from tray_app.system.running_time import RunningTime

if TYPE_CHECKING:
    from tray_app.loopback.request import Request
    from tray_app.model.snapshot import Snapshot

_PATIENCE = 1.5
"""Seconds for which the browser waits, before it gets a page that says what is being done."""

_OPENING_SECONDS, _SHOWING_SECONDS = 1.0, 4.0
"""How long a browser may take to ask for the page, and then for the outcome."""

_IDLE = 60.0
"""Seconds after the last request until the server ends: while Webex is asked, the page is loaded
again every few seconds."""


class SignInServer(PageServer):
    """Any thread may call its methods. The thread "signed-in" answers."""

    name = "signed-in"
    title = "Sign-in"
    again = "The tray icon, or the terminal in which you began, tells you how it ended."
    failure = "The outcome of the sign-in cannot be shown"

    def __init__(
        self,
        env_file: Callable[[], str],
        profile: str = "",
        *,
        attended: bool = True,
        idle: float = _IDLE,
    ) -> None:
        """`env_file` returns the path of `.env`, "" if it is not known; `profile`: its name, "" if
        it has none; `attended`: whether the tray runs; `idle`: seconds after the last request until
        the server ends."""
        super().__init__(style("set-up.css"), idle=idle)
        self._env_file = env_file
        self._pages = SetupPages(self._style, self._policy, page=self.title, profile=profile)
        self._attended = attended
        self._ended, self._opened, self._shown = (threading.Event() for _ in range(3))
        self._snapshot: Snapshot | None = None
        self._is_told = False

    def update(self, snapshot: Snapshot) -> None:
        """Take the snapshot that ends the sign-in; others are ignored. Any thread."""
        if snapshot.signed_in is not None and self._snapshot is None:
            self._snapshot = snapshot
            self._ended.set()

    def wait_shown(self) -> None:
        """Block until a browser has got the outcome, for as long as one may take."""
        if RunningTime().wait(self._opened.wait, _OPENING_SECONDS):
            RunningTime().wait(self._shown.wait, _SHOWING_SECONDS)

    def sent(self) -> None:
        """As of every page."""
        if self._is_told:
            self._shown.set()

    def answer(self, request: Request) -> Reply:
        """Return the outcome, or a page that waits for it."""
        self._opened.set()
        self._ended.wait(_PATIENCE)
        if self._snapshot is None:
            said = "Webex has answered. Getting the token…"
            return Reply(self._pages.progress(request.path, said))
        self._is_told = True
        page = self._pages.signed_in(
            self._snapshot, datetime.now(UTC), self._env_file(), attended=self._attended
        )
        return Reply(page)
