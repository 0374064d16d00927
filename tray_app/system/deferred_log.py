"""A log that is opened at its first record: until then nothing of it is loaded.

What writes it and hides secrets takes a while to load, and an icon is to be seen first.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.system.dirs import AppDirs


def start(folders: AppDirs, *, debug: bool = False) -> None:
    """As `logs.start`, but later: with the first record, or with `open_now`."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.getLogger("tray_app").setLevel(logging.DEBUG if debug else logging.INFO)
    for earlier in [handler for handler in root.handlers if isinstance(handler, _Later)]:
        root.removeHandler(earlier)
    later = _Later(folders, debug=debug)
    root.addHandler(later)
    sys.excepthook = later.died
    threading.excepthook = later.thread_died


def open_now() -> None:
    """Open the log that waits, if one does."""
    for handler in list(logging.getLogger().handlers):
        if isinstance(handler, _Later):
            handler.open()


class _Later(logging.Handler):
    """Stands before the log, and puts it behind itself when the first record comes. Any thread.

    It stays: whoever is being told of a record now, handler by handler, comes to the log next.
    """

    def __init__(self, folders: AppDirs, *, debug: bool) -> None:
        super().__init__()
        self._folders = folders
        self._debug = debug
        self._opening = threading.RLock()
        self._is_open = False

    def open(self) -> None:
        """Open the log."""
        from tray_app.system import logs

        with self._opening:
            if not self._is_open:
                self._is_open = True
                logs.start(self._folders, debug=self._debug)

    def emit(self, _record: logging.LogRecord) -> None:
        """Open the log, which then hears of the record by itself."""
        self.open()

    def died(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Write down an uncaught exception."""
        self.open()
        sys.excepthook(kind, error, trace)

    def thread_died(self, args: threading.ExceptHookArgs) -> None:
        """The same, of a thread."""
        self.open()
        threading.excepthook(args)
