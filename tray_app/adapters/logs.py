"""The rotating log. A filter replaces every secret that this process has held."""

from __future__ import annotations

import base64
import logging
import logging.handlers
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from urllib.parse import quote

from tray_app.adapters.paths import Folders, private_directory
from tray_app.core.secret import Secret

_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
_MOST_BYTES = 512 * 1024
_KEPT_FILES = 3


class Redactor(logging.Formatter):
    """Formats a record, then hides known secrets in all of it, traceback included."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)
        self._known: dict[str, str] = {}

    def hide(self, secrets: Iterable[Secret]) -> None:
        """Know these secrets: raw, URL-encoded and base64."""
        for secret in secrets:
            value, shown = secret.reveal(), f"<{secret.fingerprint}>"
            encoded = base64.b64encode(value.encode()).decode()
            self._known |= {value: shown, quote(value, safe=""): shown, encoded: shown}

    def format(self, record: logging.LogRecord) -> str:
        """Return one line (CR and LF from outside cannot start another), plus any traceback."""
        record.message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        record.asctime = self.formatTime(record, self.datefmt)
        text = self.formatMessage(record)
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        for value, shown in tuple(self._known.items()):
            text = text.replace(value, shown)
        return text


REDACTOR = Redactor()
"""Logging is the process's own; so is what it hides."""


def start(folders: Folders, *, debug: bool = False) -> None:
    """Write this process's log into the log folder; uncaught exceptions go there too."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.getLogger("tray_app").setLevel(logging.DEBUG if debug else logging.INFO)
    handler: logging.Handler
    try:
        private_directory(folders.log)
        handler = logging.handlers.RotatingFileHandler(
            folders.log_file, maxBytes=_MOST_BYTES, backupCount=_KEPT_FILES, encoding="utf-8"
        )
        folders.log_file.chmod(0o600)
    except OSError:
        handler = logging.NullHandler()  # no home, full disk: the icon still tells
    handler.setFormatter(REDACTOR)
    root.addHandler(handler)
    if debug and sys.stderr is not None:
        screen = logging.StreamHandler(sys.stderr)
        screen.setFormatter(REDACTOR)
        root.addHandler(screen)
    threading.excepthook = _thread_died


def _thread_died(args: threading.ExceptHookArgs) -> None:
    thread = args.thread.name if args.thread else "a thread"
    error: BaseException = args.exc_value or args.exc_type()
    trace: TracebackType | None = args.exc_traceback
    logging.getLogger("tray_app").error(
        "%s ended by an error", thread, exc_info=(args.exc_type, error, trace)
    )
