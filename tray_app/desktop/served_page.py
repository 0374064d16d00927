"""What our pages have in common that the icon opens: each is served while it is in use. Light to
import: the pages themselves are loaded on first use."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.pages.page_server import PageServer


class ServedPage:
    """A page that is served from its first opening on. Call from any thread."""

    _server: PageServer | None

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server = None
        self._closed = False

    def close(self) -> None:
        """Stop serving: the program ends."""
        with self._lock:
            self._closed = True
            server, self._server = self._server, None
        if server is not None:
            server.close()
