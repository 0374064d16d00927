"""Serves the details page on loopback."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from tray_app.loopback.page_keys import COOKIE_LIFETIME
from tray_app.pages.document import TITLE, Document
from tray_app.pages.facts import style
from tray_app.pages.page_server import PageServer, Reply

if TYPE_CHECKING:
    from tray_app.loopback.request import Request
    from tray_app.model.details import Details


class DetailsServer(PageServer):
    """Any thread may call its methods. The thread "details" answers."""

    name = "details"
    title = TITLE
    again = (
        "To see the details, choose Details… in the menu of the tray icon, or run"
        " webex-token-tray report --open."
    )
    failure = "The details cannot be shown"

    def __init__(self, gather: Callable[[str], Details], *, idle: float = COOKIE_LIFETIME) -> None:
        """`gather` is called for each look at the page, with the name of the profile that is looked
        at or "", in the thread "details"; `idle`: seconds after the last look until the server
        ends."""
        super().__init__(style(), idle=idle)
        self._gather = gather

    def answer(self, request: Request) -> Reply:
        """Return the page of the profile that is looked at, or of all."""
        (name,) = parse_qs(request.query).get("profile", [""])[:1]
        details = self._gather(name)
        document = Document(details, style=self._style, policy=self._policy, reload=True)
        page = document.of_profile(name, "?") if name else None
        return Reply(page or document.overview(lambda name: f"?profile={quote(name, safe='')}"))
